"""Local randomness of one sample: γ_i, k_i and a_i of its sites."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import array_api_compat
import numpy as np
from glasswell.theory.model import EvenFunction, EvenPolynomial, Model
from glasswell.theory.model.model import LOCAL

from .._typing import Array, Floats, Integers
from ..backend.devices import to_host
from ..errors import ShapeError
from .rng import Purpose, bit_stream, uniforms


@dataclass(frozen=True)
class LocalModel:
    """A model of which every site has parameters of its own; J0, J and the field are common.

    ``gamma`` and the parameters of ``G`` are (N,), or numbers where all sites agree; (S, N) where
    every sample has its own.
    """

    gamma: Array
    G: EvenFunction
    field: float = 0.0
    J0: float = 0.0
    J: float = 1.0

    @property
    def polynomial(self) -> bool:
        """True if G is an even polynomial."""
        return isinstance(self.G, EvenPolynomial)

    @property
    def symmetric(self) -> bool:
        """True when v → -v is a symmetry: no field."""
        return self.field == 0.0


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
    draws = {name: uniforms(bits, N) for name in LOCAL}
    return {name: getattr(model, name).quantile(draws[name]) for name in model.random}


def local_model(model: Model, N: int, *, seed: int, sample: int = 0) -> AnyModel:
    """One sample of a model: itself if all of its sites are alike.

    Raises
    ------
    SimulationError
        As ``local_parameters``.

    Examples
    --------
    >>> from scipy import stats
    >>> from glasswell.sim import sites
    >>> from glasswell.theory import Model
    >>> local = sites.local_model(Model(gamma=stats.uniform(8, 4)), 64, seed=1)
    >>> local.gamma.shape, bool(local.gamma.min() > 8), bool(local.gamma.max() < 12)
    ((64,), True, True)
    """
    return with_parameters(model, local_parameters(model, N, seed=seed, sample=sample))


def with_parameters(model: Model, values: Mapping[str, Array]) -> AnyModel:
    """A model whose random parameters have these values, of any one shape."""
    if not model.random:
        return model
    gamma, k, a = (values.get(name, getattr(model, name)) for name in LOCAL)
    return LocalModel(gamma, model.potential_of(k, a), model.field, model.J0, model.J)


def kinds(model: AnyModel) -> list[tuple[float, AnyModel]]:
    """Weights and models of sites that are all alike, whose average is that over all sites.

    Of a sample its sites, one by one; of a random model the nodes of ``Model.sites``.
    """
    if isinstance(model, Model):
        return list(model.sites())
    columns = [to_host(x).ravel().tolist() for x in (model.gamma, *model.G.parameters)]
    N = max(len(column) for column in columns)
    rows = zip(*(column * (N // len(column)) for column in columns), strict=True)
    return [(1 / N, replace(model, gamma=g, G=model.G.with_parameters(c))) for g, *c in rows]


def along_sites(model: AnyModel, v: Array) -> AnyModel:
    """The model with per-site arrays that broadcast against v: (N,), (N, R) or (S, N, R).

    Raises
    ------
    ShapeError
        If they are not of v's number of sites.
    """
    if isinstance(model, Model):
        return model
    N = v.shape[-1 if v.ndim == 1 else -2]

    def aligned(values: Array) -> Array:
        if isinstance(values, (int, float)):
            return values
        known = ((N,), (v.shape[0], N)) if v.ndim == 3 else ((N,),)
        if tuple(values.shape) not in known:
            raise ShapeError(f"parameters of {values.shape[-1]} sites, but displacements of {N}")
        return values if v.ndim == 1 else values[..., None]

    return _mapped(_beside(model, v), aligned)


def of_samples(models: Sequence[AnyModel]) -> AnyModel:
    """The models of S samples as one, for arrays (S, N, R): its parameters are (S, N).

    The model itself where all sites of all samples are alike.
    """
    first = models[0]
    if isinstance(first, Model) and all(model == first for model in models):
        return first
    N = max(np.size(to_host(x)) for model in models for x in (model.gamma, *model.G.parameters))

    def rows(values: Sequence[Array]) -> Array:
        if all(isinstance(value, (int, float)) and value == values[0] for value in values):
            return values[0]
        return np.stack([np.broadcast_to(to_host(value), (N,)) for value in values])

    parameters = zip(*(model.G.parameters for model in models), strict=True)
    G = first.G.with_parameters(rows(values) for values in parameters)
    gamma = rows([model.gamma for model in models])
    return LocalModel(gamma, G, first.field, first.J0, first.J)


def of_sample(model: AnyModel, s: int) -> AnyModel:
    """The model of one of the samples that ``of_samples`` has joined."""
    if isinstance(model, Model):
        return model
    return _mapped(model, lambda x: x[s, ...] if getattr(x, "ndim", 0) == 2 else x)


def beside(model: AnyModel, v: Array) -> AnyModel:
    """The model with its arrays where v is, so that they cross the bus once and for all."""
    return model if isinstance(model, Model) else _beside(model, v)


def stacked(models: Sequence[AnyModel], v: Array) -> AnyModel:
    """The models of S samples as one, beside v: its arrays broadcast against v, (S, N, R)."""
    return along_sites(of_samples(models), v)


def at_sites(model: AnyModel, sites: Integers, v: Array) -> AnyModel:
    """Of a stacked model those sites, (n,), beside v: it broadcasts against (S, n, R)."""
    if isinstance(model, Model):
        return model
    xp, device = array_api_compat.array_namespace(v), array_api_compat.device(v)
    index = xp.asarray(sites, device=device)

    def some(values: Array) -> Array:
        return values if isinstance(values, (int, float)) else xp.take(values, index, axis=-2)

    return _mapped(model, some)


def _beside(model: LocalModel, v: Array) -> LocalModel:
    xp, device = array_api_compat.array_namespace(v), array_api_compat.device(v)

    def moved(values: Array) -> Array:
        if isinstance(values, (int, float)):
            return values
        return xp.asarray(values, dtype=v.dtype, device=device)

    return _mapped(model, moved)


def _mapped(model: LocalModel, change: Callable[[Array], Array]) -> LocalModel:
    G = model.G.with_parameters(change(c) for c in model.G.parameters)
    return replace(model, gamma=change(model.gamma), G=G)
