"""An observable: a number that is measured in samples and, if theory knows it, predicted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from glasswell.theory.model.errors import one_line
from numpy.typing import ArrayLike

from .._typing import Floats
from ..errors import CompareError
from ..measured.lowest_states import LowestStates
from ..statistics.bootstrap import Estimate, counted
from .user_functions import Predicted, call, check_extrapolate, check_functions, refused

Sums = ArrayLike | tuple[ArrayLike, ArrayLike]
"""One value per sample, (S,), or sums and weights per sample, (S,) each."""


@dataclass(frozen=True, kw_only=True)
class Observable(Predicted):
    """A number per sample, averaged over the disorder, beside what each theory says of it.

        X = Σ_s x_s / Σ_s w_s,    errors by bootstrap over the samples s

    Parameters
    ----------
    name
        What it is called in tables and sentences.
    measured
        From the lowest states of one size (``LowestStates``: displacements and fields are (S, N)
        there) to one value per sample, (S,), or to a tuple of sums x_s and weights w_s ≥ 0, (S,)
        each, such as a sum over double wells and their number. Where there are very many samples
        they come in several parts, one after the other.
    predicted
        From a solution to a number or a ``Limit``; None, or a function that returns None, where
        theory does not say. ``solution.limit_of(f)`` takes f of one solution to its limit with full
        replica-symmetry breaking, and to f itself otherwise. Without it nothing is judged.
    unit
        Shown behind the name, if there is one; ħ = k_B = m0 = 1.
    key
        What it is called in report.json; the name by default.
    extrapolate
        How corrections of finite size are treated where there are two sizes or more. "always":
        the limit of a straight line in 1/N, or in N^(-2/3) where replica symmetry is broken, which
        is known for the energy and its derivatives. "stable": only where replica symmetry is
        stable. "never": the value at the largest size, with how far it may still be from its
        limit as a second error.
    trials
        For frequencies of rare events: how many trials the samples of a size are, such as
        ``lambda states: states.field.size``. The error is never smaller than one event's.

    Raises
    ------
    CompareError
        If a name is empty or has two lines, or what should be a function is none.

    Examples
    --------
    >>> fourth = Observable(
    ...     name="fourth moment [v⁴]",
    ...     measured=lambda states: (states.displacement**4).mean(axis=1),
    ... )
    >>> fourth.key, fourth.label
    ('fourth moment [v⁴]', 'fourth moment [v⁴]')
    """

    measured: Callable[[LowestStates], Any]
    extrapolate: Literal["never", "stable", "always"] = "never"
    trials: Callable[[LowestStates], float] | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        check_functions(self.name, {"measured": self.measured}, {"trials": self.trials})
        check_extrapolate(self.name, self.extrapolate)

    def sums(self, states: LowestStates) -> tuple[Floats, Floats]:
        """Sums and weights per sample, (S,) each, whose ratio is the observable.

        Raises
        ------
        CompareError
            If the function raises, or returns another shape or numbers that are not finite.
        """
        parts = [self._sums(part) for part in states.parts()]
        x, w = (np.concatenate(each) for each in zip(*parts, strict=True))
        return x, w

    def _sums(self, states: LowestStates) -> tuple[Floats, Floats]:
        found = call(self.name, "measured", self.measured, states)
        pair = found if isinstance(found, tuple) else (found, np.ones(states.samples))
        if len(pair) != 2:
            raise refused(
                self.name, f"measured returned a tuple of {len(pair)}: return (sums, weights)"
            )
        x, w = (self._per_sample(values, states.samples) for values in pair)
        if np.any(w < 0.0):
            raise refused(self.name, "measured returned a negative weight: weights must be ≥ 0")
        return x, w

    def estimate(self, states: LowestStates) -> Estimate:
        """Its average over the samples of one size, with its bootstrap error.

        Raises
        ------
        CompareError
            As ``sums``.
        """
        estimate = states.resampling.estimate(*self.sums(states))
        if self.trials is None:
            return estimate
        return counted(estimate, float(call(self.name, "trials", self.trials, states)))

    def _per_sample(self, values: object, samples: int) -> Floats:
        try:
            array = np.asarray(values, dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise refused(
                self.name,
                f"measured returned no numbers: return one per sample, shape ({samples},)",
            ) from error
        if array.shape != (samples,):
            raise refused(
                self.name,
                f"measured returned the shape {array.shape}: return one number per sample, shape "
                f"({samples},), for example a mean over sites with axis=1",
            )
        if not np.isfinite(array).all():
            bad = int(np.count_nonzero(~np.isfinite(array)))
            raise refused(
                self.name,
                f"measured is not finite in {bad} of {samples} samples: return (sums, weights) and "
                "give those samples weight 0",
            )
        return array


def check_names(own: Iterable[Predicted], taken: Iterable[Predicted]) -> None:
    """Refuse two observables of one name or of one key.

    Raises
    ------
    CompareError
        If there are two.
    """
    seen = {text for other in taken for text in (other.name, other.key)}
    for one in own:
        for text in {one.name, one.key}:
            if text in seen:
                raise CompareError(
                    f'there are two observables "{one_line(text)}": give each a name of its own'
                )
        seen |= {one.name, one.key}
