"""Functions that somebody else wrote: called with care, and named in one line where they fail."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from glasswell.theory import Theory
from glasswell.theory.model.errors import one_line
from glasswell.theory.numerics.limits import Limit, Number

from ..errors import CompareError

FUNCTION_ERRORS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    NameError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What a function that somebody else wrote can raise by mistake: it is named in one line, and its
traceback is the cause of that error. Not OSError and MemoryError, which are no mistakes of it."""

EXTRAPOLATE = ("never", "stable", "always")


def refused(name: str, what: str) -> CompareError:
    """The error that names the observable."""
    return CompareError(f'observable "{one_line(name)}": {what}')


def check_texts(name: object, key: object, unit: object) -> None:
    """Refuse names that are no text in one line; a unit may be empty.

    Raises
    ------
    CompareError
        Naming the field.
    """
    for what, text in (("name", name), ("key", key), ("unit", unit)):
        if not isinstance(text, str) or "\n" in text or not (text.strip() or what == "unit"):
            raise CompareError(
                f"the {what} of an observable must be text in one line, got {text!r}"
            )


def check_functions(
    name: str, needed: Mapping[str, object], optional: Mapping[str, object]
) -> None:
    """Refuse what should be a function and is none; the optional ones may be None.

    Raises
    ------
    CompareError
        Naming it.
    """
    given = {what: function for what, function in optional.items() if function is not None}
    for what, function in {**needed, **given}.items():
        if not callable(function):
            raise refused(name, f"{what} must be a function, got {function!r}")


def check_extrapolate(name: str, extrapolate: object) -> None:
    """Refuse what is none of EXTRAPOLATE.

    Raises
    ------
    CompareError
        Saying which they are.
    """
    if extrapolate not in EXTRAPOLATE:
        allowed = ", ".join(EXTRAPOLATE)
        raise refused(name, f"extrapolate must be one of {allowed}, got {extrapolate!r}")


def call(name: str, what: str, function: Callable[[Any], Any], argument: object) -> Any:
    """What the function returns.

    Raises
    ------
    CompareError
        If it raises one of FUNCTION_ERRORS.
    """
    try:
        return function(argument)
    except FUNCTION_ERRORS as error:
        raise refused(
            name,
            f"{what} raised {type(error).__name__} ({one_line(str(error))}): correct the "
            "function or leave the observable out",
        ) from error


@dataclass(frozen=True, kw_only=True)
class Predicted:
    """What every observable has, of lowest states or of temperings: names, and what theory says."""

    name: str
    predicted: Callable[[Theory], Number | None] | None = None
    unit: str = ""
    key: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", self.key or self.name)
        check_texts(self.name, self.key, self.unit)
        check_functions(self.name, {}, {"predicted": self.predicted})

    @property
    def label(self) -> str:
        """The name and, if there is one, the unit."""
        return f"{self.name} / {self.unit}" if self.unit else self.name

    def prediction(self, theory: Theory) -> Number:
        """What a theory says, at its temperature; NaN where it says nothing.

        Raises
        ------
        CompareError
            If the function raises, or returns no number, or NaN for a solution that converged.
        """
        value = (
            None if self.predicted is None else call(self.name, "predicted", self.predicted, theory)
        )
        if value is None:
            return math.nan
        if not isinstance(value, (float, int, np.number, Limit)):
            raise refused(
                self.name,
                f"predicted returned {type(value).__name__} for {theory.name}: return one number, "
                "a Limit, or None where theory does not say",
            )
        if math.isnan(float(value)) and theory.converged:
            raise refused(
                self.name,
                f"predicted returned nan for {theory.name}: return None where theory does not say",
            )
        return value if isinstance(value, Limit) else float(value)
