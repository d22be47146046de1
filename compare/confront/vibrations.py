"""Vibrations of lowest states: their Hessians, made again from couplings and displacements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from glasswell.sim import Archive, blocks
from glasswell.sim.sample import spectrum
from glasswell.theory import Theory

from .._typing import Floats
from ..measured.lowest_states import LowestStates, certified
from ..statistics.bins import told_apart
from ..statistics.bootstrap import Estimate, Resampling
from ..statistics.extrapolation import limit_of_histograms
from ..statistics.histogram import Histogram, histogram
from .fields import BINS, CENTRAL, Fit


@dataclass(frozen=True)
class Vibrations:
    """Modes of the lowest state of each sample of size N, (S, N) each, softest first."""

    eigenvalue: Floats
    participation: Floats
    resampling: Resampling

    @classmethod
    def of(cls, states: LowestStates, archive: Archive) -> Vibrations:
        """Diagonalise the Hessians of the states; S times 10 N³ operations, one matrix at a time.

        Parameters
        ----------
        archive
            What the states were taken from.
        """
        eigenvalue, participation = np.empty((2, states.samples, states.N))
        done = 0
        for block in blocks(archive.sizes[states.N]):
            for row in certified(block):
                sample = archive.sample(states.N, int(block.sample[row]))
                modes = spectrum.modes(block.displacement[row, 0], sample.J, sample.sites)
                eigenvalue[done], participation[done] = modes.eigenvalue, modes.participation
                done += 1
        return cls(eigenvalue, participation, states.resampling)

    @property
    def N(self) -> int:
        """Modes per sample."""
        return int(self.eigenvalue.shape[1])

    @property
    def frequency(self) -> Floats:
        """ω = √λ; NaN where λ < 0."""
        return np.sqrt(np.where(self.eigenvalue >= 0, self.eigenvalue, np.nan))

    @property
    def chi_SG(self) -> Estimate:
        """[Tr (∂²U)⁻²]/N."""
        return self._mean((self.eigenvalue**-2).mean(axis=1))

    @property
    def softest(self) -> Estimate:
        """[λ_min]."""
        return self._mean(self.eigenvalue[:, 0])

    @property
    def softest_participation(self) -> Estimate:
        """Sites that take part in the softest mode, [N × participation ratio]."""
        return self._mean(self.N * self.participation[:, 0])

    def eigenvalue_histogram(self, edges: Floats) -> Histogram:
        """ρ(λ) per site in bins."""
        return histogram(self.eigenvalue, np.array(1.0), edges, self.resampling, self.N)

    def frequency_histogram(self, edges: Floats) -> Histogram:
        """D(ω) per site in bins."""
        return histogram(self.frequency, np.array(1.0), edges, self.resampling, self.N)

    def participation_in(self, edges: Floats) -> list[Estimate]:
        """Mean participation ratio of the modes in each bin of ω."""
        found = []
        for low, high in pairwise(edges):
            inside = (self.frequency >= low) & (self.frequency < high)
            total = np.where(inside, self.participation, 0.0).sum(axis=1)
            found.append(self.resampling.estimate(total, inside.sum(axis=1).astype(np.float64)))
        return found

    def _mean(self, per_sample: Floats) -> Estimate:
        return self.resampling.estimate(per_sample, np.ones(len(per_sample)))


def spectrum_fits(
    theories: Mapping[str, Theory], sizes: Sequence[Vibrations], omega: float
) -> tuple[Fit, ...]:
    """The goodness of fit of every theory's ρ(λ), N → ∞ in each bin by corrections N^(-ω).

    ω is known where replica symmetry is stable; in the glass it is that of the energy, and this an
    assumption. None where all eigenvalues are the same.
    """
    edges = told_apart(np.quantile(sizes[-1].eigenvalue, np.linspace(*CENTRAL, BINS + 1)))
    if len(edges) < 2:
        return ()
    histograms = [modes.eigenvalue_histogram(edges) for modes in sizes]
    limit = limit_of_histograms([modes.N for modes in sizes], histograms, omega)
    return tuple(
        Fit(
            name,
            limit.deviation(np.diff(theory.hessian_spectrum.count_below(edges)) / limit.widths),
        )
        for name, theory in theories.items()
    )
