"""C/T³ against T/T_g, as in Fig. 2 of Kühn and Horstmann, and where it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import ArrayLike

from .._typing import Floats
from .canvas import COLOURS, MEASURED, blank

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..heat.capacity import HeatCurve
    from ..heat.prediction import HeatPrediction
    from ..heat.units import LaboratoryUnits


SHOWN = 1e-6
"""The part of the largest C/T³ down to which it is shown."""

PARTS = (("two_level", "two-level systems", "--"), ("harmonic", "wells' vibrations", "-."))


class Band(Protocol):
    """A curve and an interval around it, (t,) each."""

    @property
    def value(self) -> Floats:
        """The curve."""

    @property
    def low(self) -> Floats:
        """Below."""

    @property
    def high(self) -> Floats:
        """Above."""


class MeasuredHeat(Protocol):
    """C(T) of samples, from whoever measured it."""

    @property
    def temperature(self) -> Floats:
        """(t,)."""

    @property
    def capacity(self) -> Band:
        """C(T) with its errors."""


def heat_figure(
    curves: Mapping[str, HeatPrediction],
    glass_temperature: float,
    *,
    measured: Mapping[str, MeasuredHeat] | None = None,
    units: LaboratoryUnits | None = None,
    title: str = "",
) -> Figure:
    """Left: C/T³ of every theory and of samples; right: the parts of the first theory.

    ``glass_temperature`` is T_g in the model's units; with ``units`` a second axis is in kelvin.

    Examples
    --------
    >>> from glasswell.theory import HeatPrediction, Model, plots, solve
    >>> curve = HeatPrediction.of(solve(Model(gamma=0.4)), [0.2, 0.4, 0.8])
    >>> figure = plots.heat_figure({"RS": curve}, glass_temperature=1.0)
    >>> len(figure.axes)
    2
    """
    figure = blank(11.0, 5.0)
    left, right = figure.subplots(1, 2, sharey=True)
    for n, (name, curve) in enumerate(curves.items()):
        _predicted(left, name, curve, glass_temperature, COLOURS[n % len(COLOURS)])
    left.plot([], [], ":", color=MEASURED, lw=1, label=r"law $(\pi^2/6)\,P_0 T$ of each")
    for name, heat in (measured or {}).items():
        _measured(left, name, heat, glass_temperature)
    name, first = next(iter(curves.items()))
    _parts(right, first.heat, glass_temperature)
    highest = max(curve.heat.over_cube.max() for curve in curves.values())
    lowest = min(curve.heat.over_cube.min() for curve in curves.values())
    # Without double wells C vanishes exponentially: the figure need not follow.
    lowest = max(lowest, SHOWN * highest)
    for ax, heading in ((left, "(a)"), (right, f"(b) {name}, by origin")):
        ax.set(xscale="log", xlabel=r"$T/T_g$")
        if highest > 0:
            ax.set(yscale="log", ylim=(lowest / 2, 2 * highest))
        ax.set_title(heading, loc="left")
        ax.legend(frameon=False)
        if units is not None:
            _kelvin(ax, units)
    left.set_ylabel(r"$C/T^3$ per site  ($k_B$ and the model's unit of $T$)")
    figure.suptitle(title)
    return figure


def _predicted(ax: Axes, name: str, curve: HeatPrediction, T_g: float, colour: str) -> None:
    T, heat = curve.heat.temperature, curve.heat
    top, value = heat.bump
    bump = "" if np.isnan(top) else rf", $T_b/T_g$ = {1e3 * top / T_g:.2f}$\times 10^{{-3}}$"
    ax.plot(T / T_g, heat.over_cube, color=colour, label=name + bump)
    if curve.P0 > 0:
        law = np.pi**2 / 6 * curve.P0 / T**2
        shown = law > heat.over_cube / 3
        ax.plot(T[shown] / T_g, law[shown], ":", color=colour, lw=1)
    if not np.isnan(top):
        ax.plot(top / T_g, value, "v", color=colour, ms=6)


def _measured(ax: Axes, name: str, heat: MeasuredHeat, T_g: float) -> None:
    T, band = heat.temperature, heat.capacity
    # Where the band reaches zero the samples hold no soft double well, and a logarithm no value.
    seen = band.low > 0
    label = f"{name}, 68 % band"
    ax.plot(T[seen] / T_g, (band.value / T**3)[seen], color=MEASURED, lw=1.2, label=label)
    ax.fill_between(
        T[seen] / T_g,
        (band.low / T**3)[seen],
        (band.high / T**3)[seen],
        color=MEASURED,
        alpha=0.25,
        lw=0,
    )


def _parts(ax: Axes, heat: HeatCurve, T_g: float) -> None:
    x, cube = heat.temperature / T_g, heat.temperature**3
    ax.plot(x, heat.over_cube, color=COLOURS[0], label="all")
    for name, label, style in PARTS:
        ax.plot(x, getattr(heat, name) / cube, style, color=COLOURS[0], label=label)
    ax.plot(x, heat.single_well / cube, ":", color=COLOURS[0], label="single wells")


def _kelvin(ax: Axes, units: LaboratoryUnits) -> None:
    T_g = units.glass_temperature

    def to_kelvin(x: ArrayLike) -> ArrayLike:
        return np.asarray(x) * T_g

    def from_kelvin(T: ArrayLike) -> ArrayLike:
        return np.asarray(T) / T_g

    top = ax.secondary_xaxis("top", functions=(to_kelvin, from_kelvin))
    top.set_xlabel(rf"$T$ in K for $T_g$ = {T_g:g} K")
