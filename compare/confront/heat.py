"""Specific heat of measured local potentials beside theory's, at low T (physics.md §4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from glasswell.theory import Theory, glass_temperature
from glasswell.theory.heat import capacity as heat
from glasswell.theory.heat.prediction import RANGE, HeatPrediction

from .._typing import Floats
from ..measured.local_heat import HeatBand, measured_heat
from ..measured.lowest_states import LowestStates
from ..statistics.bootstrap import Estimate, Resampling, spread

POINTS = 80
"""Temperatures."""

POTENTIALS = 10_000
"""Whole samples are taken until there are so many local potentials: levels cost half a millisecond
each."""

SURE = 0.5
"""The exponent is given at the lowest T where 84 % of the resampled means exceed this part of C:
below, one well in all the samples decides."""


@dataclass(frozen=True)
class Heats:
    """C(T) with ħ = m0 = 1 of every theory, and of the lowest states of the largest size."""

    T_g: float
    predictions: Mapping[str, HeatPrediction]
    N: int
    band: HeatBand
    resampling: Resampling

    @classmethod
    def of(cls, theories: Mapping[str, Theory], states: LowestStates, seed: int) -> Heats:
        """From the levels of all local potentials.

        Raises
        ------
        LevelsError
            If forty levels do not reach high enough for the highest temperature.
        """
        model = states.model
        T_g = glass_temperature(model)
        T = T_g * np.geomspace(*RANGE, POINTS)
        samples = min(states.samples, max(2, POTENTIALS // states.N))
        h, C = states.field[:samples], states.response[:samples]
        band = measured_heat(h, C, model, T, seed=seed)
        rng = np.random.default_rng([seed, states.N])
        return cls(
            T_g=T_g,
            predictions={name: HeatPrediction.of(s, T) for name, s in theories.items()},
            N=states.N,
            band=band,
            resampling=Resampling.draw(samples, len(states.resampling.counts), rng),
        )

    @property
    def bump(self) -> Estimate:
        """T_b/T_g of the samples' C/T³."""
        n = self._lowest
        T = self.band.temperature[n:]
        tops = np.array([heat.bump(T, capacity)[0] for capacity in self._resampled[:, n:]])
        top, _ = heat.bump(T, self.band.capacity.value[n:])
        return Estimate(top / self.T_g, spread(tops / self.T_g))

    @property
    def exponent(self) -> tuple[float, Estimate]:
        """T/T_g, and d ln C/d ln T there: the lowest T at which samples are SURE of C."""
        n = self._lowest + 1
        T = self.band.temperature

        def slope(capacity: Floats) -> Floats:
            rise = np.log(capacity[..., n + 1] / capacity[..., n - 1])
            return np.asarray(rise / np.log(T[n + 1] / T[n - 1]))

        estimate = Estimate(float(slope(self.band.capacity.value)), spread(slope(self._resampled)))
        return float(T[n]) / self.T_g, estimate

    @property
    def _lowest(self) -> int:
        """The first temperature at which samples are sure of C, with two more above it."""
        sure = self.band.capacity.low > SURE * self.band.capacity.value
        return min(int(np.argmax(sure)), len(sure) - 3)

    @property
    def _resampled(self) -> Floats:
        """C(T) of resampled samples, (B, t)."""
        return self.resampling.means(self.band.capacity.by_sample)
