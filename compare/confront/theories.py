"""Which theories a simulation is held against, and which of them are one and the same."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence

from glasswell.theory import Model, Status, Theory
from glasswell.theory.model.errors import one_line

from ..errors import CompareError


def is_replica_symmetric(theory: Theory) -> bool:
    """True if replica symmetry is stable in theory: the steps collapsed, or RS has λ ≥ 0."""
    solution = theory.longest
    if solution.status is Status.COLLAPSED:
        return True
    return solution.converged and solution.rsb == 0 and solution.replicon >= 0


def distinct(theories: Mapping[str, Theory], *, stable: bool) -> dict[str, Theory]:
    """The converged ones that differ; those that coincide have one name, "RS = 1RSB"."""
    if stable:
        return {" = ".join(theories): next(iter(theories.values()))}
    return {name: theory for name, theory in theories.items() if theory.converged}


def own_theories(
    theories: Sequence[Theory], model: Model, temperature: float, taken: Container[str]
) -> dict[str, Theory]:
    """A user's own, by name.

    Raises
    ------
    CompareError
        If one is of another model or temperature, or its name is taken.
    """
    found: dict[str, Theory] = {}
    for theory in theories:
        name = one_line(theory.name)
        if theory.model != model:
            raise CompareError(
                f'theory "{name}" is of another model than the archive: solve it for that'
            )
        if theory.temperature != temperature:
            raise CompareError(
                f'theory "{name}" is at T = {theory.temperature:g}: lowest states need '
                f"T = {temperature:g}"
            )
        if theory.name in taken or theory.name in found:
            raise CompareError(f'there are two theories "{name}": give each a name of its own')
        found[theory.name] = theory
    return found
