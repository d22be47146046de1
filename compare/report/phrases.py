"""Numbers in words: predictions with their z-scores, powers of N, goodness of fit."""

from __future__ import annotations

import math
from collections.abc import Sequence

from glasswell.theory.numerics.limits import Number, error_of

from ..confront.fields import Fit
from ..confront.verdicts import Prediction
from ..statistics.bootstrap import Estimate
from ..statistics.extrapolation import OMEGA_STABLE
from ..statistics.histogram import Deviation

LARGE_Z = 1000.0
"""Beyond this a z-score is only said to be beyond this."""


def value_and_z(prediction: Prediction | None) -> str:
    """A prediction and its z-score, such as ``-37.62 (+4.4)``; a dash where there is none."""
    if prediction is None or not math.isfinite(prediction.value):
        return "-"
    value = value_text(prediction.value)
    return f"{value} ({z_text(prediction.z)})" if math.isfinite(prediction.z) else value


def value_text(value: Number) -> str:
    """A prediction's number: five digits, or as many as an error leaves."""
    number, error = float(value), error_of(value)
    if error > 0:
        return str(Estimate(number, error))
    return f"{number:.5g}" if abs(number) > 1e-99 else "0"


def z_text(z: float) -> str:
    """A z-score in a few characters."""
    if abs(z) > LARGE_Z:
        return f"{'+' if z > 0 else '-'}>{LARGE_Z:.0f}"
    if abs(z) < 0.05:
        return "0.0"
    return f"{z:+.1f}" if abs(z) < 100 else f"{z:+.0f}"


def power_of_N(omega: float) -> str:
    """A correction N^(-ω) as text."""
    return "1/N" if omega == OMEGA_STABLE else "N^(-2/3)"


def fits_text(fits: Sequence[Fit], what: str) -> str:
    """How well each theory fits a distribution of ``what``, such as sites."""
    return "; ".join(f"{fit.theory}: {_deviation(fit.deviation, what)}" for fit in fits)


def _deviation(deviation: Deviation, what: str) -> str:
    relation = "<" if deviation.exceeded == 0 else "="
    return (
        f"χ² = {deviation.statistic:.0f} where chance gives {deviation.bins} "
        f"(p {relation} {deviation.p_value:.2g}), {100 * deviation.misplaced:.1f} % of all {what} "
        f"misplaced ({100 * deviation.misplaced_by_chance:.1f} % by chance)"
    )
