"""A thermal observable: measured against temperature and, if theory knows it, predicted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from glasswell.sim import Tempered
from glasswell.sim.equilibrium.jackknife import Average, average

from ..errors import CompareError
from ..measured.thermal import ThermalData
from .observable import Observable
from .user_functions import Predicted, call, check_extrapolate, check_functions, refused


@dataclass(frozen=True, kw_only=True)
class ThermalObservable(Predicted):
    """A function of T, averaged over the Gibbs measure and the disorder, beside each theory's.

        X(T) = [⟨x⟩_T],    errors by the jackknife over the samples

    Parameters
    ----------
    name
        What it is called in tables, sentences and figures.
    measured
        From the series of one size (``Tempered``: an energy is (S, T, chain, time) there) to the
        time averages of each sample, (S, T), or to an ``Average`` with errors of its own, (T,)
        each, such as those of ``glasswell.sim.observables``.
    predicted
        From the solution at one temperature to a number or a ``Limit``; None, or a function that
        returns None, where theory does not say. Without it nothing is judged.
    unit
        Shown behind the name, if there is one; ħ = k_B = m0 = 1.
    key
        What it is called in report.json; the name by default.
    extrapolate
        Where the limit N → ∞ is taken, if two sizes share a temperature. "stable": where replica
        symmetry is stable, in 1/N. "always": below the transition too, in N^(-2/3), which is
        known for the energy and its derivatives. "never": the value at the largest size.
    drawn
        In which figures it stands: the "curve" against T, the "trend" against 1/N above T_g.

    Raises
    ------
    CompareError
        If a name is empty or has two lines, what should be a function is none, or an option is
        unknown.

    Examples
    --------
    >>> fourth = ThermalObservable(
    ...     name="fourth moment [⟨v⁴⟩]",
    ...     measured=lambda run: run.fourth_moment.mean(axis=(-2, -1)),
    ... )
    >>> fourth.label, fourth.drawn
    ('fourth moment [⟨v⁴⟩]', ('curve', 'trend'))
    """

    measured: Callable[[Tempered], Any]
    extrapolate: Literal["never", "stable", "always"] = "stable"
    drawn: tuple[Literal["curve", "trend"], ...] = ("curve", "trend")

    def __post_init__(self) -> None:
        super().__post_init__()
        check_functions(self.name, {"measured": self.measured}, {})
        check_extrapolate(self.name, self.extrapolate)
        if not set(self.drawn) <= {"curve", "trend"}:
            raise refused(
                self.name, f'drawn must be a tuple of "curve" and "trend", got {self.drawn!r}'
            )

    def average(self, run: Tempered) -> Average:
        """Its average at every temperature of a run, with its error.

        Raises
        ------
        CompareError
            If the function raises, or returns another shape.
        """
        found = call(self.name, "measured", self.measured, run)
        samples, temperatures = run.energy.shape[:2]
        if isinstance(found, Average):
            if found.value.shape != (temperatures,) or found.error.shape != (temperatures,):
                raise refused(
                    self.name,
                    f"measured returned an Average of shape {found.value.shape}: return one value "
                    f"and one error per temperature, shape ({temperatures},)",
                )
            return found
        wanted = f"time averages of every sample, shape ({samples}, {temperatures})"
        try:
            values = np.asarray(found, dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise refused(self.name, f"measured returned no numbers: return {wanted}") from error
        if values.shape != (samples, temperatures):
            raise refused(
                self.name,
                f"measured returned the shape {values.shape}: return {wanted}, for example a mean "
                "over chains and times with axis=(-2, -1)",
            )
        return average(values)


def measure(run: Tempered, observables: Sequence[ThermalObservable]) -> ThermalData:
    """All observables of one size's tempering.

    Raises
    ------
    CompareError
        If one of them cannot be measured.
    """
    found = {observable.key: observable.average(run) for observable in observables}
    return ThermalData(
        run.N,
        run.temperatures,
        {key: average.value for key, average in found.items()},
        {key: average.error for key, average in found.items()},
    )


AnyObservable = Observable | ThermalObservable


def by_kind(
    observables: Sequence[AnyObservable],
) -> tuple[tuple[Observable, ...], tuple[ThermalObservable, ...]]:
    """Those of lowest states, and those of temperings.

    Raises
    ------
    CompareError
        If one is neither.
    """
    for one in observables:
        if not isinstance(one, AnyObservable):
            raise CompareError(
                f"observables must be Observable or ThermalObservable, got {type(one).__name__}"
            )
    return (
        tuple(one for one in observables if isinstance(one, Observable)),
        tuple(one for one in observables if isinstance(one, ThermalObservable)),
    )
