"""What a solution says about the specific heat: the curve, and the numbers that are published."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ..ansatz.full_solution import AT_ZERO
from ..ansatz.theory import Theory
from . import capacity as heat
from .capacity import HeatCurve
from .ensemble import local_ensemble

RANGE = (1e-4, 2e-2)
"""Of T/T_g, as in Fig. 2 of Kühn and Horstmann."""


@dataclass(frozen=True)
class HeatPrediction:
    """C(T) of a solution's local potentials, and P0, with which it should begin; NaN for none.

    Examples
    --------
    >>> from glasswell.theory import HeatPrediction, Model, solve
    >>> prediction = HeatPrediction.of(solve(Model(gamma=0.4)), [0.5, 1.0])
    >>> prediction.heat.capacity.round(4), prediction.P0
    (array([0.4632, 0.7647]), 0.0)
    """

    heat: HeatCurve
    P0: float

    @classmethod
    def of(
        cls,
        solution: Theory,
        temperature: ArrayLike,
        *,
        count: int = 40,
        hbar: float = 1.0,
        mass: float = 1.0,
    ) -> HeatPrediction:
        """C at temperatures (t,); ``count``, ``hbar`` and ``mass`` as for ``levels``.

        Raises
        ------
        LevelsError
            As ``local_ensemble`` and ``heat.curve``.
        """
        T = np.asarray(temperature, dtype=np.float64)
        ensemble = local_ensemble(solution, float(T.min()), count=count, hbar=hbar, mass=mass)
        return cls(heat.curve(ensemble, T), _P0(solution))

    def to_dict(self, glass_temperature: float) -> dict[str, float | None]:
        """T_b/T_g, P0, d ln C/d ln T and C/(π²/6 P0 T) at the lowest T; null for what is not."""
        c, T = self.heat.capacity[0], self.heat.temperature[0]
        law = np.pi**2 / 6 * self.P0 * T
        values = {
            "T_b": self.heat.bump[0] / glass_temperature,
            "P0": self.P0,
            "exponent": self.heat.exponent[0],
            "over_linear_law": c / law if law > 0 else math.nan,
        }
        return {
            name: float(value) if math.isfinite(value) else None for name, value in values.items()
        }


def _P0(solution: Theory) -> float:
    """With full replica-symmetry breaking the limit: zero if that is within its error."""
    limit = solution.limit_of(lambda s: s.wells.P0, AT_ZERO)
    return limit.value if limit > limit.error else 0.0
