"""Which of the theories that a simulation is held against are one and the same."""

from __future__ import annotations

from collections.abc import Mapping

from glasswell.theory import Status, Theory


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
