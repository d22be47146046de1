"""The exceptions a user can meet: one line each, saying what to do."""

from __future__ import annotations

LONGEST_LINE = 300
"""Characters of an error's line: more is a value that was quoted, and is cut in its middle."""


class GlasswellError(Exception):
    """Base of every error that glasswell raises on purpose.

    Its text is one line whatever it quotes; ``args`` has all of it.
    """

    def __str__(self) -> str:
        return one_line(super().__str__())


def one_line(text: str) -> str:
    """The text without line breaks and control characters, its middle cut if it is long.

    The middle, because a message begins with what it is about and ends with what to do.
    """
    half = LONGEST_LINE // 2
    if len(text) > LONGEST_LINE:
        text = f"{text[:half]} … {text[-half:]}"
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


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
