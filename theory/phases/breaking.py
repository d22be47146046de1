"""Where replica symmetry breaks at T = 0 in a field as J grows, and in which of two ways.

- Linear: the replicon 1 - J² ⟨χ²⟩ reaches zero while all sites have one well. Soft modes extend
  over the whole system, and D(ω) ~ ω².
- Non-linear: the softest sites begin to have two wells, J² C = κ_min, while the replicon is still
  positive. One site has ∫P χ² ~ (κ - J² C)^(-1/2), and the mean over a share A (κ - κ_min)^α dκ of
  all sites is finite for α > -1/2. Soft modes are these sites, and D(ω) ~ ω^(4 + 2α).

Where one stiffness is that of all sites the replicon vanishes first. The two lines meet where it
vanishes as wells begin. There m(x) = E ∫P dh/(s - x) has a term (κ_min - x)^(3/2 + α) beside a
linear one that cancels, so that λ ~ x^(3/2 + α) and D(ω) ~ ω^(1 + 2/(3/2 + α)), which is ω^(7/3)
for α = 0; for α ≥ 1/2 it is ω².

Without field all v are zero, ⟨χ²⟩ = E (κ - J² C)^(-2) is finite for α > 1 only, and then
D(ω) ~ ω^(1 + 2α).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import Enum

from scipy import optimize, special

from ..ansatz.solution import Solution
from ..ansatz.steps import solve_steps
from ..model.errors import NotConvergedError, SolveError
from ..model.model import Model
from ..model.status import in_words
from .critical import critical_state
from .rigid import RigidState
from .soft_end import SoftEnd

GROWTH = 1.4
"""Factor between trial values of J while the line is bracketed."""

FARTHEST = 1e4
"""A line that is not met below this multiple of its J without field is not there."""

PRECISION = 1e-13
"""Relative precision of J_c."""

MEET = 1e-10
"""A replicon below it where wells begin is zero: the two lines meet."""

SHORT_OF = 1 - 1e-12
"""Fraction of the J at which wells begin where ⟨χ²⟩ is a number."""

NOT_THERE = 1e-12
"""How close to κ_min, in units of it, the state without field is looked for."""


class Transition(Enum):
    """How replica symmetry breaks.

    Examples
    --------
    >>> from glasswell.theory import Transition
    >>> Transition.LINEAR.value
    'linear'
    """

    LINEAR = "linear"
    MEETING = "both at once"
    NON_LINEAR = "non-linear"


@dataclass(frozen=True)
class Breaking:
    """The point of the line J_c(H) at one field.

    ``model`` has J = J_c, and ``state`` is its replica-symmetric state.

    Examples
    --------
    >>> from scipy import stats
    >>> from glasswell.theory import Model, breaking
    >>> weak, strong = (
    ...     breaking(Model(gamma=1.0, k=stats.uniform(0.5, 0.5), field=H)) for H in (0.4, 3.0)
    ... )
    >>> weak.transition.value, round(weak.J, 6), weak.exponent
    ('linear', 0.556234, 2.0)
    >>> strong.transition.value, round(strong.J, 6), strong.exponent
    ('non-linear', 0.995654, 4.0)
    """

    model: Model
    state: RigidState
    transition: Transition

    @property
    def J(self) -> float:
        """J_c."""
        return self.model.J

    @property
    def replicon(self) -> float:
        """1 - J² ⟨χ²⟩ on the line: zero if it is linear."""
        return self.state.replicon if self.transition is Transition.NON_LINEAR else 0.0

    @property
    def margin(self) -> float:
        """κ_min - J² C on the line: zero where wells begin."""
        return self.state.margin if self.transition is Transition.LINEAR else 0.0

    @property
    def exponent(self) -> float:
        """s in D(ω) ~ ω^s for ω → 0 on the line."""
        power = self.state.end.power
        if self.transition is Transition.LINEAR or power is None:
            return 2.0
        if self.transition is Transition.MEETING:
            return 1 + 2 / (1.5 + power) if power < 0.5 else 2.0
        return 1 + 2 * power if self.state.width == 0.0 else 4 + 2 * power

    @property
    def amplitude(self) -> float:
        """D(ω)/ω^s for ω → 0 on the line.

        2/(π J³ √⟨χ³⟩) if it is linear. Else the resolvent has λ = x - κ_min times the replicon r,
        and with B = P(0) A β(1 + α, ½) √(2/g) in front of μ(s) ~ (s - κ_min)^(3/2 + α),
        2 B r^(-5/2 - α). Infinite where the two meet.
        """
        if self.transition is Transition.LINEAR:
            return 2 / (math.pi * self.J**3 * math.sqrt(self.state.mean_response(3)))
        end = self.state.end
        if self.transition is Transition.MEETING or end.power is None or end.amplitude is None:
            return math.inf
        if self.state.width == 0.0:
            return float(2 * end.amplitude * self.replicon ** (-1 - end.power))
        soft = self.state.density_at_zero * end.amplitude * end.root_stretch
        soft *= float(special.beta(1 + end.power, 0.5))
        return float(2 * soft * self.replicon ** (-2.5 - end.power))

    @property
    def participation(self) -> float:
        """Participation ratio of the softest modes: 1/(3 J⁴ ⟨χ⁴⟩), or zero, localised."""
        if self.transition is not Transition.LINEAR:
            return 0.0
        return 1 / (3 * self.J**4 * self.state.mean_response(4))


def breaking(model: Model) -> Breaking:
    """Where replica symmetry breaks at the field of ``model`` as J grows; its own J is not used.

    Raises
    ------
    SolveError
        If the soft end of the sites cannot be resolved, or J0 ≠ 0.
    NotConvergedError
        If a solution on the way does not converge.

    Examples
    --------
    >>> from glasswell.theory import Model, breaking
    >>> breaking(Model(gamma=1.0)).J  # without field k/(2γ), where E ends
    0.5
    """
    end = SoftEnd.of(model)
    resting = _without_field(end)
    if model.field == 0.0:
        return _kind(model, resting)
    along = _Along(replace(model, field=abs(model.field)), end)
    low, high = along.around_wells(resting.J)
    if end.power is not None:
        onset = along.critical(low, high, wells=True)
        if onset.replicon > -MEET:
            return _kind(model, onset)
        high = onset.J
    return _kind(model, along.critical(along.stable(low), high, wells=False))


def meeting_field(model: Model, low: float, high: float) -> float | None:
    """The field between two where the linear and the non-linear line meet; None if nowhere.

    Raises
    ------
    SolveError
        If the fields are not 0 < low < high, or as ``breaking``.
    NotConvergedError
        If a solution on the way does not converge.

    Examples
    --------
    >>> from scipy import stats
    >>> from glasswell.theory import Model, meeting_field
    >>> meeting_field(Model(gamma=1.0), 0.1, 4.0) is None  # all sites have one stiffness
    True
    >>> round(meeting_field(Model(gamma=1.0, k=stats.uniform(0.5, 0.5)), 2.11, 2.111), 4)
    2.11
    """
    if not 0 < low < high:
        raise SolveError(
            f"the lines meet between fields 0 < low < high, if they do: got {low:g} and {high:g}"
        )
    end = SoftEnd.of(model)
    if end.power is None:
        return None
    resting = _without_field(end)
    ends = []
    for field in (low, high):
        along = _Along(replace(model, field=field), end)
        ends.append(along.critical(*along.around_wells(resting.J), wells=True))
    if ends[0].replicon * ends[1].replicon >= 0:
        return None
    found = critical_state(min(ends, key=lambda state: abs(state.replicon)), soft=True, wells=True)
    if found is None or not low <= found.centre <= high:
        raise NotConvergedError(f"the lines meet between H = {low:g} and {high:g}: look closer")
    return found.centre


class _Along:
    """Replica-symmetric states of one field along J, each found from the last."""

    def __init__(self, model: Model, end: SoftEnd) -> None:
        self.model, self.end = model, end
        self._last: Solution | None = None

    def at(self, J: float) -> RigidState:
        """The state at J.

        Raises
        ------
        NotConvergedError
            If it is not found.
        """
        solution = solve_steps(replace(self.model, J=J), 0, 0.0, guess=self._last)
        if not solution.converged:
            raise NotConvergedError(
                f"no point of the line J_c(H): at {solution.model} {in_words(solution.status)}"
            )
        self._last = solution
        return RigidState.of(solution, self.end)

    def around_wells(self, J: float) -> tuple[float, float]:
        """Two J between which the softest sites begin to have two wells, from one without."""
        first = J
        while self.at(J).margin > 0:
            J *= GROWTH
            if J > FARTHEST * first:
                raise NotConvergedError(f"no double wells up to J = {J:g} in {self.model}")
        return J / GROWTH, J

    def stable(self, J: float) -> float:
        """A J not above this one with a positive replicon."""
        first = J
        while self.at(J).replicon <= 0:
            J /= GROWTH
            if J * FARTHEST < first:
                raise NotConvergedError(f"replica symmetry is nowhere stable in {self.model}")
        return J

    def critical(self, low: float, high: float, *, wells: bool) -> RigidState:
        """The state between two J at which the margin, or else the replicon, vanishes.

        By Newton's iteration, or where that leads elsewhere by looking at one J after another.
        """
        found = critical_state(self.at(low), soft=not wells, wells=wells)
        if found is not None and low <= found.J <= high:
            return found

        def vanishing(J: float) -> float:
            state = self.at(J)
            return state.margin if wells else state.replicon

        return self.at(float(optimize.brentq(vanishing, low, high * SHORT_OF, rtol=PRECISION)))


def _kind(model: Model, state: RigidState) -> Breaking:
    """The transition at a point of the line."""
    model = replace(model, J=state.J)
    if state.margin > NOT_THERE * state.end.least:
        return Breaking(model, state, Transition.LINEAR)
    meet = abs(state.replicon) < MEET
    return Breaking(model, state, Transition.MEETING if meet else Transition.NON_LINEAR)


def _without_field(end: SoftEnd) -> RigidState:
    """The end of the ergodic phase: with X = J² C, X = J² E 1/(κ - X) and 1 = J² E 1/(κ - X)²."""

    def state(distance: float) -> RigidState:
        resting = RigidState(end, J=1.0, centre=0.0, width=0.0, C=end.least - distance)
        J = math.sqrt((end.least - distance) / resting.mean_response(1))
        return replace(resting, J=J, C=resting.mean_response(1))

    near, far = math.log(NOT_THERE * end.least), math.log(end.least)

    def replicon(log_distance: float) -> float:
        return state(math.exp(log_distance)).replicon

    if replicon(near) > 0:
        return state(0.0)
    # As X → 0 the replicon tends to one: J does to zero.
    return state(math.exp(optimize.brentq(replicon, near, far - 1e-9, xtol=1e-15)))
