"""Mirror moves v_i → c - v_i: through the barriers of G, which no heat bath climbs.

Mirrored at c/2, half way between two of G's wells, a site goes from one of them into the other:
c = 0 for the wells ±w of a bare double well, c = w between 0 and w. The map is its own inverse and
keeps volumes, so that one Metropolis test on the change of the energy makes it exact at every T:

    ΔU = [G_i(c - v_i) - G_i(v_i)]/γ_i - (c - 2 v_i)(Σ_j J_ij v_j + H)

Which sites are tried, and at which c, all columns have in common; their fields then come from
matrix products, a block of sites at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, pairwise

import array_api_compat
import numpy as np
from glasswell.theory.model import EvenFunction

from .._typing import Array, Bools, Floats, Integers
from ..backend.mirror_kernels import decide
from ..sample.sites import AnyModel, at_sites, kinds, stacked
from .sweep_noise import Trials

Moves = Callable[[Array, Array, float], None]
"""Changes displacements and momenta in place, at a temperature."""

PER_BATH = 16
"""Sites that an anneal tries per encounter with the heat bath."""

BLOCK = 32
"""Sites whose fields come from one product: few calls, and little that is computed twice."""


def needed(model: AnyModel) -> bool:
    """Whether G itself has several wells, of some site at least, as in the limit of hard spins.

    Its barriers are then there at every temperature; one that the neighbours' response makes
    is not, and annealing crosses it without help.
    """
    return any(centres(site.G) for _, site in kinds(model))


@lru_cache(maxsize=4096)
def centres(G: EvenFunction) -> tuple[float, ...]:
    """All sums c = a + b of two different wells of G, ascending; none if there is one well only.

    >>> from glasswell.theory import EvenPolynomial
    >>> centres(EvenPolynomial.quartic(-1.0, 6.0))  # wells at ±1
    (0.0,)
    >>> centres(EvenPolynomial((0.5, -1.0, 0.5)))  # at 0 and ±1
    (-1.0, 0.0, 1.0)
    """
    rest = [0.0, *(float(v) for v in G.rest_points())]
    between = [0.5 * (low + high) for low, high in pairwise(rest)]
    # G is even, and rises in the end.
    after = [*(float(G.slope(v)) > 0.0 for v in between), True]
    before = [not after[0], *after[:-1]]
    wells = {v for v, falls, rises in zip(rest, before, after, strict=True) if rises and not falls}
    every = sorted(wells | {-v for v in wells})
    return tuple(sorted({a + b for a, b in combinations(every, 2)}))


@dataclass(frozen=True)
class Mirrors:
    """Where the sites of S samples are mirrored."""

    model: AnyModel
    """Of all of them: ``sites.stacked``."""
    twice: Floats
    """(S, N, K) the sums c of every site, zeros after its last one."""
    count: Integers
    """(S, N) how many there are; sites without any are left alone."""

    @classmethod
    def of(cls, models: Sequence[AnyModel], J: Array) -> Mirrors | None:
        """Of S samples with couplings (S, N, N); None if no site of any has wells of its own."""
        N = J.shape[-1]
        found = [[centres(site.G) for _, site in kinds(model)] for model in models]
        most = max(len(c) for sample in found for c in sample)
        if most == 0:
            return None
        padded = [[[*c, *[0.0] * (most - len(c))] for c in sample] for sample in found]
        count = [np.broadcast_to([len(c) for c in sample], (N,)) for sample in found]
        twice = [np.broadcast_to(np.asarray(sample), (N, most)) for sample in padded]
        return cls(stacked(models, J), np.stack(twice), np.stack(count))

    @property
    def shifting(self) -> bool:
        """True if some c is not zero: then G changes too."""
        return bool(np.any(self.twice))

    def chosen(self, trials: Trials) -> tuple[Floats, Bools]:
        """(S, n, 1) c of the sites that are tried, and which of them may move at all."""
        count = self.count[:, trials.sites]
        kind = np.floor(trials.choices * count).astype(np.intp)
        twice = np.take_along_axis(self.twice[:, trials.sites], kind[..., None], axis=-1)
        return twice, count[..., None] > 0


def sweep(
    v: Array, J: Array, mirrors: Mirrors, T: Array | float, trials: Trials, p: Array | None = None
) -> Array:
    """One Metropolis test per column of every site that is tried, one site after the other.

    Parameters
    ----------
    v, p
        (S, N, R) displacements, and momenta, which turn with the sites; changed in place.
    J
        (S, N, N) couplings.
    T
        Temperature, (S, R) or a number.

    Returns
    -------
    (S, R) how many sites of each column were mirrored.
    """
    xp = array_api_compat.array_namespace(v, J)
    device = array_api_compat.device(v)
    level = T if isinstance(T, (int, float)) else T[:, None, :]
    moved = xp.zeros_like(v[:, 0, :])
    twice, movable = (xp.asarray(x, device=device) for x in mirrors.chosen(trials))
    twice = xp.astype(twice, v.dtype)
    n = len(trials.sites)
    for start in range(0, n, BLOCK):
        block = slice(start, min(start + BLOCK, n))
        sites = trials.sites[block]
        index = xp.asarray(sites, device=device)
        rows = xp.take(J, index, axis=1)
        x = xp.take(v, index, axis=1)
        step = twice[:, block, :] - 2.0 * x
        climb = xp.zeros_like(x)
        if mirrors.shifting:
            own = at_sites(mirrors.model, sites, v)
            climb = (own.G.value(x + step) - own.G.value(x)) / own.gamma
        limit = xp.astype(-level * xp.log1p(-trials.decisions[:, block, :]), v.dtype)
        limit = xp.where(movable[:, block, :], limit, -xp.inf)
        pull = rows @ v + mirrors.model.field
        taken = decide(v, sites, step, climb, pull, limit, xp.take(rows, index, axis=2))
        moved += xp.sum(taken, axis=1)
        if p is not None:
            for m, site in enumerate(sites.tolist()):
                p[:, site, :] *= 1.0 - 2.0 * taken[:, m, :]
    return moved


def moves(
    J: Array,
    models: Sequence[AnyModel],
    generators: Sequence[np.random.Generator],
    *,
    count: int,
) -> Moves:
    """``count`` random sites at every call, in (S, N, R) columns, each sample by itself."""
    own = [
        _moves(J[s, ...][None, ...], model, generator, count)
        for s, (model, generator) in enumerate(zip(models, generators, strict=True))
    ]

    def shake(v: Array, p: Array, T: float) -> None:
        for s, one in enumerate(own):
            one(v[s, ...][None, ...], p[s, ...][None, ...], T)

    return shake


def _moves(J: Array, model: AnyModel, generator: np.random.Generator, count: int) -> Moves:
    """The same of one sample, (1, N, R)."""
    xp, device = array_api_compat.array_namespace(J), array_api_compat.device(J)
    mirrors = Mirrors.of((model,), J)

    def shake(v: Array, p: Array, T: float) -> None:
        if mirrors is None:
            return
        _, N, R = v.shape
        for start in range(0, count, N):
            sites = generator.permutation(N)[: count - start]
            decisions = xp.asarray(generator.random((1, len(sites), R)), device=device)
            trials = Trials(sites, generator.random(len(sites)), decisions)
            sweep(v, J, mirrors, T, trials, p)

    return shake
