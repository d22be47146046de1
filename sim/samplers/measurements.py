"""What a tempering run writes down at each measurement: sums over sites, one per chain."""

from __future__ import annotations

import array_api_compat
import numpy as np
from glasswell.theory.model import EvenPolynomial, Model

from .._typing import Array, Floats, Integers
from ..backend.devices import to_host
from ..sample.sites import AnyModel
from .hmc import State

PER_REPLICA = ("energy", "bond_energy", "virial", "polarisation", "q_hat", "fourth_moment")
"""Of each of the two replicas at a temperature, (S, T, 2)."""

PER_PAIR = ("overlap", "square_overlap")
"""Between the two replicas at a temperature, (S, T)."""


def measure(state: State, chains: Integers, model: AnyModel) -> dict[str, Floats]:
    """The quantities of physics.md §5, per site, by temperature.

        energy          U/N
        bond_energy     e_J = -(1/2N) Σ_{i≠j} J_ij v_i v_j
        virial          2 e_J + (1/N) Σ_i v_i (G'(v_i)/γ - H)
        polarisation    p = Σ_i v_i/N
        q_hat           Q = Σ_i v_i²/N
        fourth_moment   K = Σ_i v_i⁴/N
        overlap         R = Σ_i v_i¹ v_i²/N
        square_overlap  L = Σ_i (v_i¹ v_i²)²/N

    Parameters
    ----------
    state
        S samples, R = 2T columns: the T chains of replica 1, then those of replica 2.
    chains
        (S, 2, T) the chain at each temperature.
    model
        Of all samples; where sites differ, with arrays that broadcast against displacements.
    """
    xp = array_api_compat.array_namespace(state.v)
    v, N = state.v, state.v.shape[1]
    bond = -0.5 * xp.mean(v * state.Jv, axis=1)
    G = model.G
    # Of sites that are alike no more arrays of all sites are made than moments need.
    moments_do = isinstance(model, Model) and isinstance(G, EvenPolynomial)
    powers = len(G.parameters) if moments_do else 0
    p, moments = xp.mean(v, axis=1), _even_moments(v, max(powers, 2))
    onsite = -model.field * p
    if moments_do:
        # v G'(v) = Σ_n 2n c_n v^(2n)
        for n, c in enumerate(G.parameters, start=1):
            onsite += (2 * n * c / model.gamma) * moments[n - 1]
    elif isinstance(model, Model):
        onsite += xp.mean(v * G.slope(v), axis=1) / model.gamma
    else:
        onsite += xp.mean(v * G.slope(v) / model.gamma, axis=1)
    by_column = {
        "energy": state.potential / N,
        "bond_energy": bond,
        "virial": 2.0 * bond + onsite,
        "polarisation": p,
        "q_hat": moments[0],
        "fourth_moment": moments[1],
    }
    measured = {name: _by_temperature(values, chains) for name, values in by_column.items()}
    one, two = (in_order(v, chains, replica) for replica in (0, 1))
    product = one * two
    measured["overlap"] = to_host(xp.mean(product, axis=1))
    measured["square_overlap"] = to_host(xp.mean(product * product, axis=1))
    return measured


def _even_moments(v: Array, count: int) -> list[Array]:
    """Σ_i v_i^(2n)/N for n = 1 … count, (S, R) each."""
    xp = array_api_compat.array_namespace(v)
    square = v * v
    power = xp.asarray(square, copy=True)
    moments = [xp.mean(power, axis=1)]
    while len(moments) < count:
        power *= square
        moments.append(xp.mean(power, axis=1))
    return moments


def _by_temperature(values: Array, chains: Integers) -> Floats:
    """(S, 2T) of columns -> (S, T, 2)."""
    by_chain = to_host(values).reshape(chains.shape)
    return np.swapaxes(np.take_along_axis(by_chain, chains, axis=-1), -1, -2)


def in_order(v: Array, chains: Integers, replica: int) -> Array:
    """One replica's displacements by ascending temperature, (S, N, T)."""
    xp = array_api_compat.array_namespace(v)
    T = chains.shape[-1]
    device = array_api_compat.device(v)
    return xp.stack(
        [
            xp.take(v[s, ...], xp.asarray(replica * T + chains[s, replica], device=device), axis=1)
            for s in range(v.shape[0])
        ]
    )
