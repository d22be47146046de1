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
from glasswell.sim import Archive, CavityPotentials, DoubleWells, Status
from glasswell.sim.equilibrium.jackknife import FEWEST_SAMPLES
from glasswell.sim.minima.collect import same_energy
from glasswell.sim.records.blocks import Size
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
        data = archive.sizes[N]
        good = data.status == int(Status.CONVERGED)
        same = same_energy(data.energy, data.energy[:, :1], archive.model)
        lowest = good & (np.arange(good.shape[1]) == 0)
        rng = np.random.default_rng([seed, N])
        resampling = Resampling.draw(len(good), resamples, rng)
        how = archive.config.sampler.label(N)
        for name, chosen in ((f"lowest of {how}", lowest), (f"others of {how}", good & ~same)):
            if np.count_nonzero(chosen.any(axis=1)) >= FEWEST_SAMPLES:
                values = _values(data, chosen, archive.model, width, resampling)
                found.append(PreparedMinima(name, N, int(chosen.sum()), values))
    return tuple(found)


def _values(
    data: Size, chosen: Bools, model: Model, width: float, resampling: Resampling
) -> dict[str, Estimate]:
    def mean(values: Floats, weight: Bools = chosen) -> Estimate:
        """Of states (S, K), or of sites (S, K, N), with a weight of the same shape."""
        axes = tuple(range(1, values.ndim))
        total = np.where(weight, values, 0.0).sum(axis=axes)
        return resampling.estimate(total, weight.sum(axis=axes).astype(np.float64))

    h, C = data.cavity_field, data.cavity_susceptibility
    near = (np.abs(h) < width).mean(axis=2) / (2 * width)
    sites = float(chosen.sum() * data.N)
    found = {
        "energy": mean(data.energy),
        "softest": mean(data.smallest_eigenvalue),
        "q": mean((data.displacement**2).mean(axis=2)),
        "C": mean(C.mean(axis=2)),
        "P_h0": counted(mean(near), sites * 2 * width),
    }
    if not model.random:
        wells = DoubleWells.of(CavityPotentials.of(h, C, model)).over_sites
        double = wells.double & chosen[:, :, None]
        found["dwp_fraction"] = counted(mean(double.sum(axis=2) / data.N), sites)
        for name in ("barrier", "asymmetry", "distance"):
            found[name] = mean(getattr(wells, name), double)
    return found
