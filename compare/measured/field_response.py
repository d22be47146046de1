"""C in small random fields, level crossings and all, as an average over samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from glasswell.sim.local.response import Response

from .._typing import Floats
from ..statistics.bootstrap import Estimate, Resampling


@dataclass(frozen=True)
class FieldResponse:
    """Susceptibilities of S samples in F random fields (physics.md §5); arrays (S, F).

    ``field`` is (F,) their mean size, ``regular`` (S,) C_reg of the Hessian without a field. NaN
    where a minimisation did not converge.
    """

    field: Floats
    regular: Floats
    same_state: Floats
    lowest_state: Floats
    crossings: Floats
    resampling: Resampling

    @classmethod
    def of(cls, answers: Sequence[Response], resampling: Resampling) -> FieldResponse:
        """From one measurement per sample, all in the same fields."""
        return cls(
            field=answers[0].field,
            regular=np.array([answer.regular for answer in answers]),
            same_state=np.stack([answer.same_state for answer in answers]),
            lowest_state=np.stack([answer.lowest_state for answer in answers]),
            crossings=np.stack([answer.crossings for answer in answers]),
            resampling=resampling,
        )

    @property
    def hessian(self) -> Estimate:
        """[C_reg]."""
        return self.resampling.estimate(self.regular, np.ones(len(self.regular)))

    def averages(self, name: str) -> list[Estimate]:
        """Means of ``same_state``, ``lowest_state`` or ``crossings`` at every field.

        Over the samples that converged.
        """
        values = getattr(self, name)
        known = np.isfinite(values)
        total = np.where(known, values, 0.0)
        return [
            self.resampling.estimate(total[:, n], known[:, n].astype(np.float64))
            for n in range(len(self.field))
        ]
