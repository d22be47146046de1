"""Reading a driven curve: where its second minimum is, and the highest it goes before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import CubicHermiteSpline

from .._typing import Floats
from .relaxation import Loop

FINE = 16
"""Points per step at which profiles are sampled for their integral."""


@dataclass(frozen=True)
class Profile:
    """U_i^ad from the start to the second minimum."""

    displacement: Floats
    """Dense, monotone; the ends are the minima."""
    energy: Floats
    top: float
    """The highest energy on the way, up to where an avalanche sets in."""
    step: int
    """The step of the drive nearest to the second minimum."""


def read_profile(driven: Loop, column: int, beyond: float) -> Profile | None:
    """The way there of one column up to its first minimum past ``beyond``; None without one.

    Energies and slopes make a cubic of every step; at an avalanche the curve breaks off and begins
    anew.
    """
    drive, avalanches = driven.there, driven.avalanches_there
    displacement, energy = drive.displacement[:, column], drive.energy[:, column]
    sign = 1.0 if displacement[-1] > displacement[0] else -1.0
    way, slope = sign * displacement, sign * drive.slope[:, column]
    mine = avalanches.column == column
    tops = dict(zip(avalanches.step[mine], avalanches.energy_before[mine], strict=True))
    breaks = [*sorted(int(step) for step in tops), len(way) - 1]
    first, ways, energies, heights = 0, [], [], [float(energy[0])]
    for last in breaks:
        if last > first:
            piece = slice(first, last + 1)
            spline = CubicHermiteSpline(way[piece], energy[piece], slope[piece])
            end = _minimum(spline, sign * beyond)
            x = np.linspace(
                way[first], way[last] if end is None else end, FINE * (last - first) + 1
            )
            ways.append(x)
            energies.append(spline(x))
            turns = np.append(spline.derivative().roots(extrapolate=False), x[-1])
            heights += [float(spline(turn)) for turn in turns if turn <= x[-1]]
            if end is not None:
                step = int(np.argmin(np.abs(way - end)))
                x = np.concatenate(ways)
                return Profile(sign * x, np.concatenate(energies), max(heights), step)
        else:
            ways.append(way[first : first + 1])
            energies.append(energy[first : first + 1])
        heights.append(float(tops.get(last, energy[last])))
        first = last + 1
    return None


def _minimum(spline: CubicHermiteSpline, beyond: float) -> float | None:
    """The first minimum past ``beyond``."""
    flat = spline.derivative().roots(extrapolate=False)
    minima = [x for x in flat if x > beyond and float(spline(x, 2)) > 0.0]
    return float(min(minima)) if minima else None
