"""What the symbols of a report mean, for who reads it without physics.md."""

from __future__ import annotations

SYMBOLS = (
    ("N", "number of sites of a sample"),
    ("v_i", "displacement of site i, in units that a and J fix; k_B = m_0 = ħ = 1"),
    ("γ, J0, J, k, a, H", "the model: see the equation on top"),
    ("[v²], q̂", "self-overlap Σ v_i²/N, averaged over samples"),
    ("h_i", "cavity field: what the other sites exert on site i, less its own echo"),
    ("C_i", "response of the other sites to site i, which softens its potential by J² C_i"),
    ("C, C_reg", "all of the theory's response, and its regular part without jumps between wells"),
    ("P(h)", "density of cavity fields; its pseudogap is its vanishing as h → 0"),
    ("V, Δ, d", "barrier, asymmetry and distance of a double well"),
    ("λ", "tunnelling exponent of a double well; of a Hessian, an eigenvalue"),
    ("P0", "density of double wells per site and asymmetry at Δ → 0, at constant λ"),
    ("RS, 1RSB, full RSB", "replica symmetry, one step of breaking, and infinitely many"),
    ("z", "measured minus predicted, in standard deviations"),
    ("T_g", "temperature of the glass transition, where replica symmetry breaks"),
)
"""Pairs of a symbol and its meaning."""
