"""Which of the theories that a simulation is held against are one, and what they predict."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from glasswell.theory import FullSolution, Limit, Solution, Status
from glasswell.theory.full import Theory


def is_replica_symmetric(theory: Theory) -> bool:
    """True if replica symmetry is stable in theory: the steps collapsed, or RS has λ ≥ 0."""
    solution = theory.longest if isinstance(theory, FullSolution) else theory
    if solution.status is Status.COLLAPSED:
        return True
    return solution.converged and solution.rsb == 0 and solution.replicon >= 0


def distinct(theories: Mapping[str, Theory], *, stable: bool) -> dict[str, Theory]:
    """The converged ones that differ; those that coincide have one name, "RS = 1RSB"."""
    if stable:
        return {" = ".join(theories): next(iter(theories.values()))}
    return {name: theory for name, theory in theories.items() if theory.converged}


def predicted(theory: Theory, quantity: Callable[[Solution], float]) -> Limit:
    """A number of a solution, exactly, or its limit k → ∞ with an error."""
    if isinstance(theory, FullSolution):
        return theory.limit_of(quantity)
    return Limit(quantity(theory), 0.0)
