"""Theory and simulation side by side: every measured number beside every prediction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from glasswell.sim import Archive
from glasswell.theory import Model, solve

from .config import CompareConfig
from .fields import FieldFit, field_fits
from .measured import LowestStates, check_sizes
from .rows import Row, Table
from .scaling import OMEGA_GLASS, OMEGA_STABLE, Extrapolation, extrapolate
from .tempering import Temperings, temperings
from .theories import Theory, distinct, is_replica_symmetric


@dataclass(frozen=True)
class Comparison:
    """All of it: solutions by name, lowest states by size, extrapolations, rows, fits of P(h).

    ``omega`` is the exponent of the corrections N^(-ω): 1 where replica symmetry is stable.
    """

    model: Model
    config: CompareConfig
    solutions: dict[str, Theory]
    measured: tuple[LowestStates, ...]
    omega: float
    extrapolations: dict[str, Extrapolation]
    rows: tuple[Row, ...]
    field_fits: tuple[FieldFit, ...]
    archive: Archive
    thermal: Temperings | None = None
    """What its temperings say, if there are any."""

    @property
    def largest(self) -> LowestStates:
        """The lowest states of the largest size."""
        return self.measured[-1]

    @property
    def stable(self) -> bool:
        """True if replica symmetry is stable, so that all theories are one."""
        return self.omega == OMEGA_STABLE

    @property
    def converged(self) -> bool:
        """True if every theory's saddle point was found, and nothing refutes equilibrium."""
        equilibrium = self.thermal is None or self.thermal.in_equilibrium
        return equilibrium and all(solution.converged for solution in self.solutions.values())

    @property
    def distinct(self) -> dict[str, Theory]:
        """The converged solutions that differ."""
        return distinct(self.solutions, stable=self.stable)


def compare(archive: Archive, config: CompareConfig) -> Comparison:
    """Solve the theory for the archive's model and hold its lowest states against it.

    Raises
    ------
    CompareError
        If there are too few certified samples for error bars.
    """
    check_sizes(archive.sizes)
    model = archive.model
    solutions = {s.name: s for s in (solve(model, k, config.temperature) for k in config.rsb)}
    polarised = any(solution.p != 0 for solution in solutions.values())
    measured = tuple(
        LowestStates.of(data, model, config.resamples, config.seed, polarised=polarised)
        for _, data in sorted(archive.sizes.items())
    )
    stable = all(is_replica_symmetric(solution) for solution in solutions.values())
    omega = OMEGA_STABLE if stable else OMEGA_GLASS
    # In the glass phase the exponent is known for the energy and for its derivatives only.
    names = ["energy", "q", *(["p"] if polarised else []), *(["C"] if stable else [])]
    extrapolations = (
        {name: _extrapolated(measured, name, omega) for name in names} if len(measured) > 1 else {}
    )
    return Comparison(
        model=model,
        config=config,
        solutions=solutions,
        measured=measured,
        omega=omega,
        extrapolations=extrapolations,
        rows=Table(model, solutions, measured, extrapolations, omega).rows(),
        field_fits=field_fits(
            distinct(solutions, stable=stable), measured, omega if stable else None
        ),
        archive=archive,
        thermal=temperings(archive, config.rsb),
    )


def _extrapolated(measured: Sequence[LowestStates], name: str, omega: float) -> Extrapolation:
    ratios = [states.resampling.ratio(*states.scalar_sums(name)) for states in measured]
    values = np.array([value for value, _ in ratios])
    replicas = np.stack([replica for _, replica in ratios], axis=1)
    return extrapolate(np.array([states.N for states in measured]), values, replicas, omega)
