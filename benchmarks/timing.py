"""Ratios of times, measured so that a machine's moods cancel: by turns, median of the ratios."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Ratio:
    """A ratio of two times."""

    median: float
    low: float
    high: float
    """Quartiles over the turns."""
    seconds: tuple[float, float]
    """Median time of one call of each."""

    def __str__(self) -> str:
        return f"{self.median:.3g} [{self.low:.3g}, {self.high:.3g}]"


def seconds(
    function: Callable[[], object],
    calls: int = 1,
    clock: Callable[[], float] = time.process_time,
) -> float:
    """The time of one call, averaged over ``calls``.

    Of the processor, unless told otherwise: that others run on it too does not count then.
    """
    began = clock()
    for _ in range(calls):
        function()
    return (clock() - began) / calls


def calls_for(function: Callable[[], object], duration: float) -> int:
    """How many calls last about ``duration`` seconds; the first, which may compile, not counted."""
    function()
    return max(1, round(duration / seconds(function)))


def ratio(
    numerator: Callable[[], object],
    denominator: Callable[[], object],
    *,
    turns: int = 15,
    duration: float = 0.05,
) -> Ratio:
    """Time of the one over time of the other, by turns of ``duration`` seconds each.

    What slows the machine down slows both of a turn; the median forgets the turns in which it
    came in between.
    """
    counts = [calls_for(function, duration) for function in (numerator, denominator)]
    pairs = [(seconds(numerator, counts[0]), seconds(denominator, counts[1])) for _ in range(turns)]
    return of_pairs(pairs)


def of_pairs(pairs: list[tuple[float, float]]) -> Ratio:
    """The ratio of times that were measured in pairs."""
    ratios = [one / other for one, other in pairs]
    low, _, high = statistics.quantiles(ratios, n=4) if len(ratios) > 1 else [ratios[0]] * 3
    one, other = (statistics.median(times) for times in zip(*pairs, strict=True))
    return Ratio(statistics.median(ratios), low, high, (one, other))
