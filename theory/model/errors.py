"""The exceptions a user can meet: one line each, saying what to do."""

from __future__ import annotations

LONGEST_LINE = 300
"""Characters of an error's line: more is a value that was quoted, and is cut in its middle."""


class GlasswellError(Exception):
    """Base of every error that glasswell raises on purpose.

    Its text is one line whatever it quotes; ``args`` has all of it.

    Examples
    --------
    >>> from glasswell.theory import GlasswellError, Model
    >>> try:
    ...     Model(gamma=0.0)
    ... except GlasswellError as error:
    ...     print(error)
    gamma must be positive, got 0.0: G(v)/gamma confines v
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
    """The model is not defined: a parameter out of range, or a G(v) that does not confine.

    Examples
    --------
    >>> from glasswell.theory import Model
    >>> Model(gamma=1.0, J=-1.0)
    Traceback (most recent call last):
        ...
    glasswell.theory.model.errors.ModelError: J is a standard deviation and cannot be ...
    """


class ConfigError(GlasswellError, ValueError):
    """A configuration that cannot be read: syntax, unknown key, value of the wrong kind.

    Examples
    --------
    >>> from glasswell.sim import load
    >>> load("not-there.toml")
    Traceback (most recent call last):
        ...
    glasswell.theory.model.errors.ConfigError: cannot read the configuration not-there.toml: ...
    """


class LevelsError(GlasswellError, ValueError):
    """Levels or a heat capacity were asked for that cannot be had (no such potential, too hot).

    Examples
    --------
    >>> from glasswell.theory import Model, levels
    >>> levels(0.0, 0.9, Model(gamma=1.0), count=0)
    Traceback (most recent call last):
        ...
    glasswell.theory.model.errors.LevelsError: count is the number of levels, two or more, got 0
    """


class PrecisionWarning(UserWarning):
    """A splitting is smaller than what double precision can tell from zero.

    Examples
    --------
    >>> import warnings
    >>> from glasswell.theory import Model, PrecisionWarning, levels
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     splitting = levels(0.0, 0.95, Model(gamma=10.0), count=2).splitting
    >>> [warning.category is PrecisionWarning for warning in caught]
    [True]
    """


class SolveError(GlasswellError, ValueError):
    """A solve was asked for that makes no sense (rsb < 0, temperature < 0, ...).

    Examples
    --------
    >>> from glasswell.theory import Model, solve
    >>> solve(Model(gamma=1.0), rsb=-1)
    Traceback (most recent call last):
        ...
    glasswell.theory.model.errors.SolveError: rsb is the number of breaking steps and cannot be ...
    """


class NotConvergedError(GlasswellError):
    """A solution that a result stands on did not converge, so that there is no result.

    Examples
    --------
    >>> from glasswell.theory import GlasswellError, NotConvergedError
    >>> issubclass(NotConvergedError, GlasswellError)
    True
    """
