"""What a comparison can refuse."""

from __future__ import annotations

from glasswell.theory import GlasswellError


class CompareError(GlasswellError, ValueError):
    """A comparison that cannot be made: too few samples, nothing certified, no place to write."""
