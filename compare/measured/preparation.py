"""Minima by how they were prepared: the lowest of each sample apart from all others.

The lowest state of many starts stands for the ground state. The other minima that the same starts
ended in are those of an anneal or a quench; they lie higher, and their fields, responses and double
wells are not those of ground states. They count as often as starts ended in them, but for those
that repeat the lowest one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from glasswell.sim import Archive, CavityPotentials, DoubleWells, SizeData, Status, blocks
from glasswell.sim.equilibrium.jackknife import FEWEST_SAMPLES
from glasswell.sim.minima.collect import same_energy
from glasswell.theory.model import Model

from .._typing import Bools, Floats
from ..statistics.bootstrap import Estimate, Resampling, counted


@dataclass(frozen=True)
class PreparedMinima:
    """Means over minima of one size that were prepared in one way; ``minima`` in all samples."""

    name: str
    N: int
    minima: int
    values: dict[str, Estimate]


def by_preparation(
    archives: Sequence[Archive], N: int, width: float, resamples: int, seed: int
) -> tuple[PreparedMinima, ...]:
    """The lowest and the other minima of size N of every archive that has enough of them.

    Energy, λ_min, q, C, P(h) in |h| < width and, where sites are alike, the double wells.
    """
    found = []
    for archive in archives:
        if N not in archive.sizes:
            continue
        data, how = archive.sizes[N], archive.config.sampler.label(N)
        sums: dict[str, list[Sums]] = {f"lowest of {how}": [], f"others of {how}": []}
        for block in blocks(data):
            good = block.status == int(Status.CONVERGED)
            same = same_energy(block.energy, block.energy[:, :1], archive.model)
            lowest = good & (np.arange(good.shape[1]) == 0)
            wells = _wells(block, archive.model)
            for each, chosen in zip(sums.values(), (lowest, good & ~same), strict=True):
                each.append(_sums(block, chosen, wells, width))
        rng = np.random.default_rng([seed, N])
        resampling = Resampling.draw(len(data.sample), resamples, rng)
        found += [
            PreparedMinima(name, N, minima, values)
            for name, each in sums.items()
            if (of := _averages(each, N, width, resampling)) is not None
            for minima, values in [of]
        ]
    return tuple(found)


Sums = dict[str, tuple[Floats, Floats]]
"""Sums and weights by quantity, (S,) each."""


def _averages(
    parts: Sequence[Sums], N: int, width: float, resampling: Resampling
) -> tuple[int, dict[str, Estimate]] | None:
    """How many minima, and their averages; None where too few samples have any."""
    sums = {
        name: tuple(np.concatenate(each) for each in zip(*(p[name] for p in parts), strict=True))
        for name in parts[0]
    }
    number = sums["energy"][1]
    if np.count_nonzero(number) < FEWEST_SAMPLES:
        return None
    found = {name: resampling.estimate(x, w) for name, (x, w) in sums.items()}
    sites = float(number.sum() * N)
    found["P_h0"] = counted(found["P_h0"], sites * 2 * width)
    if "dwp_fraction" in found:
        found["dwp_fraction"] = counted(found["dwp_fraction"], sites)
    return int(number.sum()), found


def _wells(data: SizeData, model: Model) -> DoubleWells | None:
    """Of all states, where sites are alike."""
    if model.random:
        return None
    sites = CavityPotentials.of(data.cavity_field, data.cavity_susceptibility, model)
    return DoubleWells.of(sites).over_sites


def _sums(data: SizeData, chosen: Bools, wells: DoubleWells | None, width: float) -> Sums:
    def sums(values: Floats, weight: Bools = chosen) -> tuple[Floats, Floats]:
        """Of states (S, K), or of sites (S, K, N), with a weight of the same shape."""
        axes = tuple(range(1, values.ndim))
        total = np.where(weight, values, 0.0).sum(axis=axes)
        return total, weight.sum(axis=axes).astype(np.float64)

    h, C = data.cavity_field, data.cavity_susceptibility
    near = (np.abs(h) < width).mean(axis=2) / (2 * width)
    found = {
        "energy": sums(data.energy),
        "softest": sums(data.smallest_eigenvalue),
        "q": sums((data.displacement**2).mean(axis=2)),
        "C": sums(C.mean(axis=2)),
        "P_h0": sums(near),
    }
    if wells is not None:
        double = wells.double & chosen[:, :, None]
        found["dwp_fraction"] = sums(double.sum(axis=2) / data.N)
        for name in ("barrier", "asymmetry", "distance"):
            found[name] = sums(getattr(wells, name), double)
    return found
