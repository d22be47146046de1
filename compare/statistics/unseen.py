"""How often the lowest state found is not the lowest there is, from how often it was hit."""

from __future__ import annotations

import math

import numpy as np

from .._typing import Floats
from .bootstrap import Estimate


def missed(hits: Floats, starts: int) -> Estimate:
    """The fraction of samples whose lowest state none of the starts has reached.

    A lowest state that one start reaches with probability p is hit h times in R starts, and not
    at all with probability (1-p)^R. With f_1 and f_2 samples in which the lowest state found was
    hit once and twice, those without a hit are at least about

        f_0 = (1 - 1/R) f_1 (f_1 - 1) / 2(f_2 + 1),

    whatever the distribution of p over the samples (A. Chao, Scand. J. Statist. 11, 265, 1984,
    corrected for bias; its variance is Chao's, Biometrics 43, 783, 1987). Where the lowest state is
    missed another one stands for it among f_1 and f_2.

    Parameters
    ----------
    hits
        (S,) starts of each sample that ended in its lowest state.
    starts
        R, independent, the same for all samples; NaN is returned for R = 1, which cannot tell.

    Examples
    --------
    >>> import numpy as np
    >>> print(missed(np.array([30.0] * 90 + [2.0] * 5 + [1.0] * 5), starts=32))
    0.016 ± 0.016
    """
    f_1, f_2 = (float(np.count_nonzero(hits == n)) for n in (1, 2))
    if starts < 2 or not len(hits):
        return Estimate(math.nan, math.nan)
    share = 1.0 - 1.0 / starts
    f_0 = share * f_1 * max(f_1 - 1.0, 0.0) / (2.0 * (f_2 + 1.0))
    variance = (
        f_0
        + share**2 * f_1 * (2.0 * f_1 - 1.0) ** 2 / (4.0 * (f_2 + 1.0) ** 2)
        + share**2 * f_1**2 * f_2 * (f_1 - 1.0) ** 2 / (4.0 * (f_2 + 1.0) ** 4)
    )
    # No start that is alone leaves up to about one sample open.
    error = max(math.sqrt(variance), 1.0 if f_1 else 0.5)
    return Estimate(min(f_0 / len(hits), 1.0), error / len(hits))
