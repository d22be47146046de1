"""Thermal conductivity limited by resonant scattering of phonons on local levels.

    κ(T) = (1/3) ∫_0^{ω_D} C_D(ω, T) c l(ω, T) dω,     1/l = π ω g² S(ω, T)/(K c) + 1/L

with C_D(ω, T) = (9ω²/ω_D³) x² e^x/(e^x - 1)², x = ħω/T, the Debye heat per site and frequency, and

    S(ω, T) = Σ_{m<n} [ (p_m - p_n) |⟨m|v|n⟩|² δ(ħω - E_n + E_m) ]     per site,

p the Boltzmann factors. For two-level systems, where ⟨0|v|1⟩ = (d/2) Δ0/E, this is the result of
the standard tunnelling model, 1/l = π ω D² P̄ tanh(ħω/2T)/(ρc³) with deformation potential
D = g d/2; then κ ∝ T². What is assumed:

- heat is carried by plane waves of one velocity c for all three polarisations, cut off at ω_D;
- a strain ε shifts the local field, δh = g ε, the same g at every site, and nothing else;
- Fermi's golden rule: weak coupling, lines narrower than T, independent scattering events;
- resonant absorption only: no relaxation, no Rayleigh scattering, no umklapp;
- rates add (Matthiessen), and L is a boundary or grain length.

Energies and T are in the model's units, and so is K = ρ c² Ω, with Ω the volume per site; κ is in
units of k_B · (unit of c) · (unit of L)/Ω.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .._typing import Floats
from ..ansatz.theory import Theory
from ..model.errors import LevelsError
from ..numerics.quadrature import panel_rule
from ..quantum.matrix_elements import Transitions, transitions
from .ensemble import Component, components_of, fields_of
from .standard_models import StandardTunnelling

Absorption = Callable[[Floats, float], Floats]
"""S(E, T) at phonon energies E = ħω (w,)."""

LINE = 0.08
"""Relative width of a broadened line, above the 0.06 between the lines of neighbouring fields; it
adds half its square times p² to what varies as E^p."""

SOFTEST = 1e-4
"""Phonon energies from this part of T on: below, they carry 1e-8 of the heat."""


@dataclass(frozen=True)
class Phonons:
    """The phonons that carry heat.

    Parameters
    ----------
    velocity
        c.
    debye
        ħω_D in the model's energy unit.
    stiffness
        K = ρ c² Ω, an energy.
    coupling
        g = dh/dε.
    boundary
        L, infinite by default.
    hbar
        ħ.

    Raises
    ------
    LevelsError
        If a parameter is not positive.
    """

    velocity: float
    debye: float
    stiffness: float
    coupling: float
    boundary: float = np.inf
    hbar: float = 1.0

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not value > 0:
                raise LevelsError(f"{name} must be positive, got {value}")

    def inverse_length(self, energy: Floats, temperature: float, absorption: Absorption) -> Floats:
        """1/l at phonon energies E = ħω, (w,)."""
        rate = np.pi * energy / self.hbar * self.coupling**2 / self.stiffness
        return rate * absorption(energy, temperature) / self.velocity + 1 / self.boundary


def conductivity(phonons: Phonons, absorption: Absorption, temperature: ArrayLike) -> Floats:
    """κ(T), (t,), of phonons that are absorbed by levels with S(E, T) = ``absorption``.

    Raises
    ------
    LevelsError
        If nothing scatters some of the phonons: κ is infinite without a boundary.
    """
    T = np.atleast_1d(np.asarray(temperature, dtype=np.float64))
    return np.array([_at(phonons, absorption, float(t)) for t in T])


def _at(phonons: Phonons, absorption: Absorption, T: float) -> float:
    top = min(phonons.debye, 60 * T)
    E, dE = panel_rule(np.geomspace(SOFTEST * T, top, 40))
    x = E / T
    heat = 9 * E**2 / phonons.debye**3 * x**2 * np.exp(-x) / np.expm1(-x) ** 2
    inverse = phonons.inverse_length(E, T, absorption)
    if not np.all(inverse > 0):
        raise LevelsError(
            f"some phonons are scattered by nothing at T = {T:.3g}: give a boundary length"
        )
    return float(phonons.velocity / 3 * np.sum(heat / inverse * dE))


def of_standard_tunnelling(model: StandardTunnelling, distance: float) -> Absorption:
    """S(E, T) of the standard tunnelling model with wells ``distance`` d apart.

    P̄ (d/2)² tanh(E/2T) ∫(Δ0/E)² E/√(E² - Δ0²) dΔ0/Δ0, which is 1 for unlimited Δ0.
    """

    def absorption(energy: Floats, T: float) -> Floats:
        least = np.sqrt(np.maximum(energy**2 - model.asymmetry**2, 0.0))
        low, high = (np.maximum(edge, least) for edge in model.tunnelling)
        low, high = np.minimum(low, energy), np.minimum(high, energy)
        part = np.sqrt(1 - (low / energy) ** 2) - np.sqrt(1 - (high / energy) ** 2)
        return np.asarray(model.density * (distance / 2) ** 2 * np.tanh(energy / 2 / T) * part)

    return absorption


def of_levels(
    source: Theory | Component | list[Component],
    lowest_temperature: float,
    *,
    count: int = 20,
    hbar: float = 1.0,
    mass: float = 1.0,
) -> Absorption:
    """S(E, T) of all levels of the theory's local potentials, lines broadened by LINE.

    In a glass of one γ all double wells near h = 0 have one λ, and tunnel as weakly as that says:
    S then falls as (Δ0/E)² towards low E, and there is no T² law. It takes a distribution of λ.

    Raises
    ------
    LevelsError
        As ``local_ensemble``.
    """
    found: list[tuple[Floats, Transitions]] = []
    for component in components_of(source):
        h, weight, _ = fields_of(component, lowest_temperature)
        lines = transitions(h, component.C, component.model, count=count, hbar=hbar, mass=mass)
        found.append((component.weight * weight, lines))
    weight = np.concatenate([part for part, _ in found])
    excitation = np.concatenate([part.excitation for _, part in found])
    strength = np.concatenate([part.strength for _, part in found])
    return absorption_of(weight, Transitions(excitation, strength))


def absorption_of(weight: Floats, lines: Transitions) -> Absorption:
    """S(E, T) of potentials with weights (B,), each line a Gaussian in ln E of width LINE."""
    m, n = np.triu_indices(lines.excitation.shape[-1], k=1)
    gap = lines.excitation[:, n] - lines.excitation[:, m]
    strength = lines.strength[:, m, n]

    def absorption(energy: Floats, T: float) -> Floats:
        p = np.exp(-lines.excitation / T)
        p /= p.sum(axis=1, keepdims=True)
        drive = weight[:, None] * strength * (p[:, m] - p[:, n])
        driven = drive > 1e-12 * drive.max()
        amount, at = drive[driven], np.log(gap[driven])
        order = np.argsort(at)
        return np.asarray(_broadened(amount[order], at[order], np.log(energy)) / energy)

    return absorption


def _broadened(amount: Floats, at: Floats, x: Floats) -> Floats:
    """Σ amount · Gaussian(x - at) of width LINE, from those within 6 widths of x; ``at`` sorted."""
    first = np.searchsorted(at, x - 6 * LINE)
    last = np.searchsorted(at, x + 6 * LINE)
    total = np.zeros_like(x)
    for i, (low, high) in enumerate(zip(first, last, strict=True)):
        z = (x[i] - at[low:high]) / LINE
        total[i] = amount[low:high] @ np.exp(-(z**2) / 2)
    return np.asarray(total / (LINE * np.sqrt(2 * np.pi)))
