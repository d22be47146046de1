"""The double wells of many samples as a list: of most sites there are none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from glasswell.sim import DoubleWells

from .._typing import Floats, Indices

QUANTITIES = ("barrier", "asymmetry", "distance", "exponent")


@dataclass(frozen=True)
class WellList:
    """All double wells of S samples, one after the other: (n,) each.

    Examples
    --------
    >>> from glasswell.sim import CavityPotentials, DoubleWells
    >>> from glasswell.theory import Model
    >>> sites = CavityPotentials.of([[0.0, 5.0], [0.1, 0.2]], 0.9, Model(gamma=10.0))
    >>> wells = WellList.of(DoubleWells.of(sites).over_sites)
    >>> wells.sample, wells.number
    (array([0, 1, 1]), array([1., 2.]))
    """

    sample: Indices
    """Of which sample, 0 … S-1, each of them is."""
    values: Mapping[str, Floats]
    """V, Δ, d, λ."""
    number: Floats
    """(S,) of every sample."""
    sums: Mapping[str, Floats]
    """(S,) of V, Δ, d, λ over the wells of every sample."""

    @classmethod
    def of(cls, wells: DoubleWells) -> WellList:
        """From wells of all sites, (S, n)."""
        double = wells.double
        every = {name: getattr(wells, name) for name in QUANTITIES}
        return cls(
            sample=np.nonzero(double)[0],
            values={name: x[double] for name, x in every.items()},
            number=double.sum(axis=1).astype(np.float64),
            sums={name: np.where(double, x, 0.0).sum(axis=1) for name, x in every.items()},
        )

    @classmethod
    def joined(cls, parts: Sequence[WellList]) -> WellList:
        """Of samples one after the other."""
        first = np.cumsum([0, *(len(part.number) for part in parts)])
        return cls(
            sample=np.concatenate([at + x.sample for at, x in zip(first, parts, strict=False)]),
            values={n: np.concatenate([x.values[n] for x in parts]) for n in QUANTITIES},
            number=np.concatenate([x.number for x in parts]),
            sums={n: np.concatenate([x.sums[n] for x in parts]) for n in QUANTITIES},
        )

    def only(self, first: int, last: int) -> WellList:
        """Those of the samples first, …, last - 1, which are counted from 0 again."""
        low, high = np.searchsorted(self.sample, (first, last))
        return WellList(
            sample=self.sample[low:high] - first,
            values={name: x[low:high] for name, x in self.values.items()},
            number=self.number[first:last],
            sums={name: x[first:last] for name, x in self.sums.items()},
        )

    def counted(self, chosen: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> Indices:
        """How many of those chosen, (n,), every sample has: (S,)."""
        return np.bincount(self.sample[chosen], minlength=len(self.number))
