"""Thermal observables of finite samples beside theory: exact above T_g, in question below.

Where replica symmetry is stable the corrections are those of a saddle point,

    X_N = X_∞ + b/N [1 + O(1/(N λ³))],    λ the replicon,

so that sizes inside the critical window, N λ³ of order one, take no part in the limit. Next to
T_g, where λ ~ T/T_g - 1, it is the window |T/T_g - 1| ~ N^(-1/3) of the mean-field spin glass,
and is taken to be as wide below as above. In the glass phase the free energy has corrections in
N^(-2/3), and so have its derivatives e and q̂ (see ``scaling``); for the rest no law is known.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from glasswell.theory import Model, glass_temperature, solve

from ..errors import CompareError
from ..measured.thermal import ThermalData
from ..statistics.bootstrap import Estimate
from ..statistics.extrapolation import (
    OMEGA_GLASS,
    OMEGA_STABLE,
    Extrapolation,
    extrapolate_errors,
    remaining,
)
from .observable import check_names
from .thermal_observable import ThermalObservable
from .thermal_quantities import THERMAL
from .thermal_theory import Curve, predict
from .verdicts import Prediction, Row

OUTSIDE = 4.0
"""Sizes with N λ³ beyond this are outside the critical window: the next order of the expansion is
then at most a quarter of the leading one."""

GUIDES = (0.9, 0.98, 1.002, 1.05, 1.1)
"""Where curves bend most, in T/T_g; closer to it from below, breaking is too weak to resolve."""


@dataclass(frozen=True)
class ThermalRow:
    """One observable at one temperature.

    ``fit`` is its trend in 1/N, or N^(-2/3) below the transition, where there is one; ``stable``
    says that replica symmetry is stable, so that theory is exact as N → ∞; ``critical`` that no
    size is outside the critical window.
    """

    key: str
    temperature: float
    row: Row
    stable: bool
    critical: bool
    fit: Extrapolation | None


@dataclass(frozen=True)
class ThermalComparison:
    """Rows, curves by theory and the data they rest on, smallest size first.

    Examples
    --------
    >>> import numpy as np
    >>> from glasswell.compare import ThermalData, compare_thermal
    >>> from glasswell.theory import Model
    >>> T = np.array([0.5, 1.0])  # uncoupled oscillators of stiffness 2: q̂ = T/2, C = 1/2
    >>> values = {"heat_capacity": np.full(2, 0.5), "q_hat": T / 2}
    >>> errors = {"heat_capacity": np.full(2, 0.01), "q_hat": np.full(2, 0.01)}
    >>> data = ThermalData(64, T, values, errors)
    >>> model = Model(gamma=0.5, J=0.0, a=1e-9)
    >>> comparison = compare_thermal(model, [data], rsb=[0])
    >>> comparison.T_g, list(comparison.curves)
    (0.0, ['RS'])
    """

    model: Model
    T_g: float
    data: tuple[ThermalData, ...]
    curves: dict[str, Curve]
    rows: tuple[ThermalRow, ...]
    observables: tuple[ThermalObservable, ...] = THERMAL

    @property
    def largest(self) -> ThermalData:
        """The data of the largest size."""
        return self.data[-1]

    def select(self, key: str, *, stable: bool) -> list[ThermalRow]:
        """Rows of one observable on one side of the transition, by ascending temperature."""
        return [row for row in self.rows if row.key == key and row.stable == stable]


def compare_thermal(
    model: Model,
    data: Sequence[ThermalData],
    rsb: Sequence[int | str] = (0, 1),
    guides: Sequence[float] = GUIDES,
    observables: Sequence[ThermalObservable] = THERMAL,
) -> ThermalComparison:
    """Solve the theory at every temperature measured and hold the observables against it.

    A limit N → ∞ needs a temperature that two sizes or more have in common. Without one the
    largest size is compared, and how far it may still be from its limit is part of z, as judged
    by the next smaller size. ``guides`` are temperatures T/T_g at which curves are solved too, for
    figures, as far as they are among those measured. ``observables`` are what the data may hold.

    Raises
    ------
    CompareError
        If there is nothing to compare, two data sets have the same N, one holds what is not among
        the observables, or two of these have one name.

    Examples
    --------
    >>> import numpy as np
    >>> from glasswell.compare import ThermalData, compare_thermal
    >>> from glasswell.theory import Model
    >>> T = np.array([0.5, 1.0])  # uncoupled oscillators of stiffness 2: q̂ = T/2, C = 1/2
    >>> values = {"heat_capacity": np.full(2, 0.5), "q_hat": T / 2}
    >>> errors = {"heat_capacity": np.full(2, 0.01), "q_hat": np.full(2, 0.01)}
    >>> data = ThermalData(64, T, values, errors)
    >>> model = Model(gamma=0.5, J=0.0, a=1e-9)
    >>> comparison = compare_thermal(model, [data], rsb=[0])
    >>> [row.key for row in comparison.rows]
    ['q_hat', 'heat_capacity']
    """
    if not data or not rsb:
        raise CompareError("a thermal comparison needs one size and one theory at least")
    ordered = tuple(sorted(data, key=lambda size: size.N))
    if len({size.N for size in ordered}) < len(ordered):
        raise CompareError("two data sets have the same N: merge them first")
    check_names(observables, ())
    known = [observable.key for observable in observables]
    if unknown := {key for size in ordered for key in size.values} - set(known):
        raise CompareError(f"no such observable: {sorted(unknown)}; known are {known}")
    temperatures = _union(ordered)
    T_g = glass_temperature(model)
    between = [T_g * x for x in guides if temperatures[0] < T_g * x < temperatures[-1]]
    solved = [predict(model, k, sorted({*temperatures, *between}), observables) for k in rsb]
    curves = {curve.name: curve for curve in solved}
    places = _places(model, T_g, temperatures, solved[0])
    rows = [
        found
        for observable in observables
        for place in places
        if (found := _row(observable, place, ordered, curves)) is not None
    ]
    return ThermalComparison(model, T_g, ordered, curves, tuple(rows), tuple(observables))


@dataclass(frozen=True)
class _Place:
    """A temperature, on which side of the transition it is, and how far from it."""

    temperature: float
    stable: bool
    distance: float
    """λ where replica symmetry is stable, dλ/dT (T_g - T) where it is not."""


def _places(model: Model, T_g: float, temperatures: list[float], curve: Curve) -> list[_Place]:
    """Without a T_g no critical window is known, and every unstable place counts as far."""
    above = 1.01
    slope = solve(model, temperature=above * T_g).replicon / (above - 1.0) if T_g > 0.0 else 0.0
    places = []
    for T in temperatures:
        replicon = curve.stability(T)
        below = slope * (1.0 - T / T_g) if T_g > 0.0 else math.inf
        stable = replicon > 0.0
        places.append(_Place(T, stable, replicon if stable else below))
    return places


def _union(data: Sequence[ThermalData]) -> list[float]:
    """All temperatures measured, those that differ by rounding once."""
    every = np.sort(np.concatenate([size.temperatures for size in data]))
    distinct = np.append(True, ~np.isclose(every[1:], every[:-1], rtol=1e-9, atol=0.0))
    return [float(T) for T in every[distinct]]


def _row(
    observable: ThermalObservable,
    place: _Place,
    data: Sequence[ThermalData],
    curves: dict[str, Curve],
) -> ThermalRow | None:
    """None where nothing was measured, or theory could say something and does not."""
    key, T, stable = observable.key, place.temperature, place.stable
    found = [(size.N, at) for size in data if (at := size.estimate(key, T)) is not None]
    asked = curves.items() if observable.predicted else ()
    values = {name: curve.at(key, T) for name, curve in asked}
    if not found or (values and not any(math.isfinite(value) for value in values.values())):
        return None
    judged = [(N, at) for N, at in found if N * place.distance**3 >= OUTSIDE]
    omega = OMEGA_STABLE if stable else OMEGA_GLASS
    known = ("stable", "always") if stable else ("always",)
    fit = _trend(judged, omega) if observable.extrapolate in known else None
    where, measured = f"N = {found[-1][0]}", _at_largest(found, omega)
    if fit is not None:
        where, measured = "N → ∞", fit.limit
    predictions = tuple(
        Prediction(name, value, math.nan if not judged else measured.z(value))
        for name, value in values.items()
    )
    row = Row(key, observable.name, where, measured, predictions, observable.unit)
    return ThermalRow(key, T, row, stable, not judged, fit)


def _trend(judged: Sequence[tuple[int, Estimate]], omega: float) -> Extrapolation | None:
    """The straight line in N^(-ω), of two sizes or more that have errors."""
    usable = [(N, at) for N, at in judged if at.error > 0.0 and math.isfinite(at.value)]
    if len(usable) < 2:
        return None
    sizes, estimates = zip(*usable, strict=True)
    values = np.array([at.value for at in estimates])
    errors = np.array([at.error for at in estimates])
    return extrapolate_errors(np.array(sizes, dtype=np.float64), values, errors, omega)


def _at_largest(found: Sequence[tuple[int, Estimate]], omega: float) -> Estimate:
    """At the largest size, with how far that may still be from N → ∞."""
    N, last = found[-1]
    if len(found) < 2:
        return last
    smaller, before = found[-2]
    return replace(last, finite_size=remaining(before, last, (smaller, N), omega))
