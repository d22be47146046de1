"""What a field of a configuration may be: validators for ``attrs``, which refuse in one line.

    @attrs.frozen
    class Options:
        sweeps: int = attrs.field(default=1000, validator=integer(least=1))

They combine with those of ``attrs.validators``, such as ``optional``. What users derive from or
change by ``dataclasses.replace``, a model, a sampler, a configuration, is a frozen dataclass, and
has them asked by ``validate``:

    @dataclass(frozen=True)
    class Options:
        sweeps: int = field(default=1000, metadata=validated(integer(least=1)))

        def __post_init__(self) -> None:
            validate(self)

The message names the field and says what it takes. A class that has an error of its own names it
as ``refusal``, as every ``Sampler`` does; ConfigError is raised otherwise.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
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

KEY = "glasswell.validator"
"""Of a dataclass field's metadata."""


def validated(check: Validator) -> Mapping[str, Validator]:
    """The metadata of a dataclass field whose values a validator looks at."""
    return {KEY: check}


def validate(instance: Any) -> None:
    """Have the validators of a dataclass look at its fields, in their order.

    Raises
    ------
    GlasswellError
        The class's ``refusal``, of the first field that is not what it may be.
    """
    for field in fields(instance):
        if KEY in field.metadata:
            field.metadata[KEY](instance, field, getattr(instance, field.name))


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


@dataclass(frozen=True)
class Entry:
    """What a refusal calls the entries of a list."""

    name: str


def each(check: Validator, *, of: str) -> Validator:
    """A tuple or a list ``of`` integers, numbers, …, each of which passes ``check``."""

    def check_all(instance: object, field: Named, values: object) -> None:
        if not isinstance(values, (tuple, list)):
            raise _refusal(instance, f"{field.name} must be a list of {of}", values)
        entry = Entry(f"each of {field.name}")
        for value in values:
            check(instance, entry, value)

    return check_all


def number(
    *,
    low: float = -sys.float_info.max,
    high: float = sys.float_info.max,
    kind: str = "a number",
) -> Validator:
    """A finite number from ``low`` to ``high``, bounds included.

    ``kind`` is what the refusal says of values that are none, where others are taken as well.
    """

    def check(instance: object, field: Named, value: object) -> None:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise _refusal(instance, f"{field.name} must be {kind}", value)
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
