"""The exceptions a user can meet: one line each, saying what to do."""

from __future__ import annotations


class GlasswellError(Exception):
    """Base of every error that glasswell raises on purpose."""


class ModelError(GlasswellError, ValueError):
    """The model is not defined: a parameter out of range, or a G(v) that does not confine."""


class LevelsError(GlasswellError, ValueError):
    """Levels or a heat capacity were asked for that cannot be had (no such potential, too hot)."""


class PrecisionWarning(UserWarning):
    """A splitting is smaller than what double precision can tell from zero."""


class SolveError(GlasswellError, ValueError):
    """A solve was asked for that makes no sense (rsb < 0, temperature < 0, ...)."""


class NotConvergedError(GlasswellError):
    """A solution that a result stands on did not converge, so that there is no result."""
