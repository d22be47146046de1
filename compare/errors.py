"""What a comparison can refuse."""

from __future__ import annotations

from glasswell.theory import GlasswellError


class CompareError(GlasswellError, ValueError):
    """A comparison that cannot be made: too few samples, nothing certified, no place to write.

    Examples
    --------
    >>> import numpy as np
    >>> from glasswell.compare import Resampling
    >>> Resampling.draw(1, 100, np.random.default_rng(1))
    Traceback (most recent call last):
        ...
    glasswell.compare.errors.CompareError: 1 samples are too few for error bars: simulate at ...
    """
