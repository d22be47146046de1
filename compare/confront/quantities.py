"""The observables of every comparison, in the order of the table: one list."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from glasswell.theory import Limit, Model, Solution, Theory

from ..measured.lowest_states import LowestStates
from .fields import bin_density
from .observable import Observable

NEAR_ZERO = 0.1
"""P(h → 0) is measured in |h| < NEAR_ZERO √(J² q), a tenth of the width of P_RS."""

SMALL_ASYMMETRY = 0.5
"""P0 is measured at Δ < SMALL_ASYMMETRY [Δ]: small, and yet with events enough."""

WELL_NAMES = {
    "barrier": "barrier V",
    "asymmetry": "asymmetry Δ",
    "distance": "distance d",
    "exponent": "tunnelling exponent λ",
}


def built_in(model: Model, solutions: Mapping[str, Theory]) -> list[Observable]:
    """What is measured and predicted wherever ``model`` has it.

    Bins near zero have one width for all theories, which is why the solutions are asked.
    """
    theories = list(solutions.values())
    found = [*_energy_and_moments(theories), *_responses(model, theories)]
    found.append(_near_zero(near_zero_width(model, theories)))
    return found + _double_wells(small_asymmetry(solutions))


def _energy_and_moments(theories: Sequence[Theory]) -> list[Observable]:
    """The energy per site and its derivatives, whose corrections of finite size are known."""
    found = [
        Observable(
            key="energy",
            name="ground-state energy",
            measured=lambda states: states.scalar_sums("energy"),
            predicted=lambda theory: theory.free_energy,
            extrapolate="always",
        ),
        Observable(
            key="q",
            name="self-overlap [v²]",
            measured=lambda states: states.scalar_sums("q"),
            predicted=lambda theory: theory.q_hat,
            extrapolate="always",
        ),
    ]
    if any(theory.p != 0 for theory in theories):
        polarisation = Observable(
            key="p",
            name="polarisation [v]",
            measured=lambda states: states.scalar_sums("p"),
            predicted=lambda theory: theory.p,
            extrapolate="always",
        )
        found.append(polarisation)
    return found


def _responses(model: Model, theories: Sequence[Theory]) -> list[Observable]:
    """[C_i], against all of C and, where it has a part of jumps, against the rest."""
    J2 = model.J**2
    whole = Observable(
        key="C",
        name="mean C_i against J² C",
        measured=lambda states: states.scalar_sums("C"),
        predicted=lambda theory: J2 * theory.C,
        extrapolate="stable",
    )
    regular = Observable(
        key="C_reg",
        name="mean C_i against J² C_reg",
        measured=lambda states: states.scalar_sums("C"),
        predicted=lambda theory: J2 * theory.C_reg,
        extrapolate="stable",
    )
    return [whole] if all(theory.C_jump == 0 for theory in theories) else [whole, regular]


def _near_zero(width: float) -> Observable:
    return Observable(
        key="P_h0",
        name=f"P(h), mean over |h| < {width:.2g}",
        measured=lambda states: states.near_zero_sums(width),
        predicted=_positive(lambda solution: mean_density(solution, width)),
        trials=lambda states: states.field.size * 2 * width,
    )


def _double_wells(width: float) -> list[Observable]:
    """Their fraction, P0, and the means of V, Δ, d and λ; without P0 if no theory has any."""
    fraction = Observable(
        key="dwp_fraction",
        name="double-well fraction",
        measured=lambda states: states.scalar_sums("dwp_fraction"),
        predicted=_positive(lambda solution: solution.wells.fraction),
        trials=lambda states: states.field.size,
    )
    small = Observable(
        key="P0",
        name=f"P0, mean of P(Δ) over Δ < {width:.2g}",
        measured=lambda states: states.small_asymmetry_sums(width),
        predicted=_positive(lambda solution: few_below(solution, width)),
        trials=lambda states: states.field.size * width,
    )
    return [
        fraction,
        *([small] if math.isfinite(width) else []),
        *(_mean_of_wells(quantity, name) for quantity, name in WELL_NAMES.items()),
    ]


def _mean_of_wells(quantity: str, name: str) -> Observable:
    def measured(states: LowestStates) -> object:
        return states.scalar_sums(quantity)

    return Observable(
        key=f"mean_{quantity}",
        name=f"mean {name} of double wells",
        measured=measured,
        predicted=_positive(mean_of(quantity)),
    )


def _positive(quantity: Callable[[Solution], float]) -> Callable[[Theory], Limit | None]:
    """What cannot be negative, which an extrapolation does not know; None where there is none."""

    def predicted(theory: Theory) -> Limit | None:
        limit = theory.limit_of(quantity).at_least(0.0)
        return None if math.isnan(limit.value) else limit

    return predicted


def near_zero_width(model: Model, solutions: Sequence[Theory]) -> float:
    """Half-width of the bin at h = 0."""
    return NEAR_ZERO * model.J * math.sqrt(max(float(s.q_hat) for s in solutions)) or NEAR_ZERO


def mean_density(solution: Solution, width: float) -> float:
    """P(h) averaged over |h| < width."""
    return float(bin_density(solution, np.array([-width, width]), signed=True)[0])


def mean_of(quantity: str) -> Callable[[Solution], float]:
    """The mean of V, Δ, d or λ over a solution's double wells."""

    def mean(solution: Solution) -> float:
        return solution.wells.mean(quantity)

    return mean


def few_below(solution: Solution, width: float) -> float:
    """P(Δ) averaged over Δ < width."""
    return float(solution.wells.count_below("asymmetry", width)) / width


def small_asymmetry(solutions: Mapping[str, Theory]) -> float:
    """Δ below which P0 is measured: half the mean of the last theory that has double wells.

    NaN if none has.
    """
    means = [s.wells.mean("asymmetry") for s in solutions.values() if s.wells.fraction > 0]
    return SMALL_ASYMMETRY * means[-1] if means else math.nan
