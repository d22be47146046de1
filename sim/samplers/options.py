"""Options of samplers, looked at one by one: of the right kind, and within bounds."""

from __future__ import annotations

import sys

from ..errors import SimulationError

MOST = 10**9
"""Of starts, steps, sweeps and all else that is counted; memory allows less."""

TEMPERATURES = (1e-6, 1e6)
"""In units of the transition's: beyond, an anneal's time step does not know how stiff sites are."""


def integer(name: str, value: object, *, least: int, most: int = MOST) -> int:
    """A whole number within bounds.

    Raises
    ------
    SimulationError
        If it is something else.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise SimulationError(f"{name} must be an integer of at least {least}, got {value!r}")
    if value > most:
        raise SimulationError(f"{name} must be an integer of at most {most}, got {value}")
    return value


def positive(name: str, value: object) -> None:
    """Refuse what is no number between the bounds of temperatures and frictions.

    Raises
    ------
    SimulationError
        If it is none.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise SimulationError(f"{name} must be a number, got {value!r}")
    if not 0.0 < value <= sys.float_info.max:
        raise SimulationError(f"{name} must be positive and finite, got {value}")
    low, high = TEMPERATURES
    if not low <= value <= high:
        raise SimulationError(f"{name} must lie between {low:g} and {high:g}, got {value}")


def choice(name: str, value: object, known: tuple[str, ...]) -> None:
    """Refuse a word that is none of those known.

    Raises
    ------
    SimulationError
        Naming them.
    """
    if not isinstance(value, str) or value not in known:
        raise SimulationError(f"unknown {name} {value!r}: choose one of {', '.join(known)}")


def numbers(
    name: str, values: object, error: type[Exception] = SimulationError
) -> tuple[float, ...]:
    """A list of finite numbers, as floats.

    Raises
    ------
    error
        If it is something else.
    """
    if not isinstance(values, (list, tuple)):
        raise error(f"{name} must be a list of numbers, got {values!r}")
    for value in values:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise error(f"{name} must be a list of numbers, got {value!r} in it")
        # An integer may lie beyond what a float can hold.
        if abs(value) > sys.float_info.max:
            raise error(f"{name} must be finite numbers, got {value} in it")
    return tuple(float(value) for value in values)
