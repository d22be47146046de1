"""Local randomness of one sample: γ_i, k_i and a_i of its sites."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import array_api_compat
from glasswell.theory import EvenPolynomial, Model

from .errors import ShapeError
from .rng import Floats, Purpose, bit_stream, uniforms

Array = Any

PARAMETERS = ("gamma", "k", "a")
"""The order in which a sample's stream serves them."""


@dataclass(frozen=True)
class LocalModel:
    """A model of which every site has parameters of its own: what energy and force need of it.

    ``gamma`` and the coefficients of ``G`` are (N,), or numbers where all sites agree.
    """

    gamma: Array
    G: EvenPolynomial
    field: float


AnyModel = Model | LocalModel


def local_parameters(model: Model, N: int, *, seed: int, sample: int = 0) -> dict[str, Floats]:
    """Values (N,) of the random parameters, by the inverse of their distributions.

    They depend on (seed, N, sample) and on the parameter only: whether another one is random as
    well makes no difference, and two distributions of one parameter give values in the same order.

    Raises
    ------
    SimulationError
        If N < 2, or seed or sample is not a non-negative integer.
    """
    bits = bit_stream(Purpose.LOCAL_PARAMETERS, seed=seed, N=N, sample=sample)
    draws = {name: uniforms(bits, N) for name in PARAMETERS}
    return {name: getattr(model, name).quantile(draws[name]) for name in model.random}


def local_model(model: Model, N: int, *, seed: int, sample: int = 0) -> AnyModel:
    """One sample of a model: itself if all of its sites are alike.

    Raises
    ------
    SimulationError
        As ``local_parameters``.
    """
    if not model.random:
        return model
    values = local_parameters(model, N, seed=seed, sample=sample)
    gamma, k, a = (values.get(name, getattr(model, name)) for name in PARAMETERS)
    if model.coefficients is not None:
        return LocalModel(gamma, EvenPolynomial(model.coefficients), model.field)
    return LocalModel(gamma, EvenPolynomial.quartic(k, a), model.field)


def along_sites(model: AnyModel, v: Array) -> AnyModel:
    """The model with per-site arrays that broadcast against v: (N,), (N, R) or (S, N, R).

    Raises
    ------
    ShapeError
        If they are not of v's number of sites.
    """
    if isinstance(model, Model):
        return model
    xp = array_api_compat.array_namespace(v)
    device = array_api_compat.device(v)
    N = v.shape[-1 if v.ndim == 1 else -2]

    def aligned(values: Array) -> Array:
        if isinstance(values, (int, float)):
            return values
        if tuple(values.shape) != (N,):
            raise ShapeError(f"parameters of {values.shape[0]} sites, but displacements of {N}")
        values = xp.asarray(values, device=device)
        return values if v.ndim == 1 else values[:, None]

    G = EvenPolynomial(tuple(aligned(c) for c in model.G.coefficients))
    return LocalModel(aligned(model.gamma), G, model.field)
