"""What a field of a configuration may be: validators for ``attrs``, which refuse in one line.

    @attrs.frozen
    class Options:
        refusal: ClassVar[type[GlasswellError]] = SimulationError

        sweeps: int = attrs.field(default=1000, validator=integer(least=1))

The message names the field and says what it takes. A class that has an error of its own names it
as ``refusal``; ConfigError is raised otherwise.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, Protocol

from .errors import ConfigError, GlasswellError

MOST = 10**9
"""Of anything that is counted; memory and patience allow less."""

LARGEST_SEED = 2**63 - 1
"""What an archive's attributes hold."""


class Named(Protocol):
    """All that a validator asks of a field."""

    @property
    def name(self) -> str:
        """The field's name."""


Validator = Callable[[Any, Any, Any], None]
"""Called with the instance, its field and the value."""


def integer(
    *, least: int, most: int = MOST, or_zero: bool = False, name: str | None = None
) -> Validator:
    """A whole number from ``least`` to ``most``, or zero if that says none; not 1.0, nor true.

    ``name`` is what the refusal calls the field, where its own name does not tell it.
    """
    kind = "0 or an integer" if or_zero else "an integer"

    def check(instance: object, field: Named, value: object) -> None:
        whole = isinstance(value, int) and not isinstance(value, bool)
        if or_zero and whole and value == 0:
            return
        must = f"{name or field.name} must be {kind}"
        if not isinstance(value, int) or not whole or value < least:
            raise _refusal(instance, f"{must} of at least {least}", value)
        if value > most:
            raise _refusal(instance, f"{must} of at most {most}", value)

    return check


def number(*, low: float = -sys.float_info.max, high: float = sys.float_info.max) -> Validator:
    """A finite number from ``low`` to ``high``, bounds included."""

    def check(instance: object, field: Named, value: object) -> None:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise _refusal(instance, f"{field.name} must be a number", value)
        # An integer may lie beyond what a float can hold.
        if not -sys.float_info.max <= value <= sys.float_info.max:
            raise _refusal(instance, f"{field.name} must be finite", value)
        if not low <= value <= high:
            message = f"{field.name} must lie between {low:g} and {high:g}"
            raise _refusal(instance, message, value)

    return check


def positive(*, low: float = 0.0, high: float = sys.float_info.max) -> Validator:
    """A finite number above zero; from ``low`` to ``high`` if these are given."""
    finite, bounded = number(), number(low=low, high=high)

    def check(instance: object, field: Named, value: Any) -> None:
        finite(instance, field, value)
        if value <= 0:
            raise _refusal(instance, f"{field.name} must be positive", value)
        bounded(instance, field, value)

    return check


def one_of(*choices: str) -> Validator:
    """One of some words."""

    def check(instance: object, field: Named, value: object) -> None:
        if not isinstance(value, str) or value not in choices:
            options = ", ".join(choices)
            error = _error_of(instance)
            raise error(f"unknown {field.name} {value!r}: choose one of {options}")

    return check


def _error_of(instance: object) -> type[GlasswellError]:
    error: type[GlasswellError] = getattr(type(instance), "refusal", ConfigError)
    return error


def _refusal(instance: object, what: str, value: object) -> GlasswellError:
    return _error_of(instance)(f"{what}, got {value!r}")
