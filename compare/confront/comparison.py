"""Theory and simulation side by side: every measured number beside every prediction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from glasswell.sim import Archive
from glasswell.theory import (
    Complexity,
    LevelsError,
    Model,
    Potential,
    Theory,
    complexity,
    solve,
)
from glasswell.theory.model import Described
from glasswell.theory.numerics.progress import Progress, silent

from ..config import CompareConfig
from ..errors import CompareError
from ..measured.local_potentials import LocalPotentials
from ..measured.lowest_states import LowestStates, check_sizes
from ..measured.preparation import PreparedMinima, by_preparation
from ..measured.responses import ScatterLaw, scatter_law
from ..statistics.extrapolation import OMEGA_GLASS, OMEGA_STABLE, Extrapolation
from .fields import Fit, field_fits
from .heat import Heats
from .observable import Observable, check_names
from .quantities import built_in, near_zero_width
from .tempering import Temperings, temperings
from .theories import distinct, is_replica_symmetric, own_theories
from .thermal_observable import AnyObservable, by_kind
from .thermal_quantities import THERMAL
from .verdicts import Row, rows
from .verdicts import extrapolations as extrapolated
from .vibrations import Vibrations, spectrum_fits


@dataclass(frozen=True)
class Comparison:
    """All of it: solutions by name, lowest states by size, extrapolations, rows, fits of P(h).

    ``omega`` is the exponent of the corrections N^(-ω): 1 where replica symmetry is stable.

    Examples
    --------
    >>> from glasswell.compare import CompareConfig, compare
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from glasswell.sim import SimulationConfig, simulate
    >>> from glasswell.theory import Model
    >>> config = SimulationConfig(sizes=(8, 12, 16), samples=8, starts=4, method="quench", states=1)
    >>> with TemporaryDirectory() as folder:
    ...     archive = simulate(Model(gamma=2.0), config, Path(folder) / "samples.h5")
    >>> comparison = compare(archive, CompareConfig(rsb=(0,), resamples=100))
    >>> list(comparison.solutions), [states.N for states in comparison.measured]
    (['RS'], [8, 12, 16])
    """

    model: Model
    config: CompareConfig
    solutions: dict[str, Theory]
    measured: tuple[LowestStates, ...]
    omega: float
    extrapolations: dict[str, Extrapolation]
    rows: tuple[Row, ...]
    field_fits: tuple[Fit, ...]
    archive: Archive
    beside: tuple[Archive, ...] = ()
    thermal: Temperings | None = None
    """What its temperings say, if there are any."""
    local: Mapping[int, LocalPotentials] = field(default_factory=dict)
    """Local potentials beyond their cavity form by N, if they were measured."""
    observables: tuple[Observable, ...] = ()
    """A user's own, which have rows like all others."""

    @cached_property
    def limit_field_fits(self) -> tuple[Fit, ...]:
        """``field_fits`` of P(h) at N → ∞ in N^(-ω), where that is assumed; else empty."""
        if self.stable or len(self.measured) < 2:
            return ()
        return field_fits(self.distinct, self.measured, self.omega)

    @cached_property
    def vibrations(self) -> dict[int, Vibrations]:
        """Normal modes of the lowest states by N; empty without couplings. Costs N³ a sample."""
        if self.model.J == 0.0:
            return {}
        return {states.N: Vibrations.of(states, self.archive) for states in self.measured}

    @cached_property
    def vibration_fits(self) -> tuple[Fit, ...]:
        """How well each theory's resolvent fits the Hessians' eigenvalues."""
        sizes = list(self.vibrations.values())
        return spectrum_fits(self.distinct, sizes, self.omega) if sizes else ()

    @cached_property
    def heats(self) -> Heats | LevelsError | None:
        """Specific heats in the glass phase at J0 = H = 0, or why there are none; else None.

        None, too, where sites differ: there low temperatures need more kinds of site than the rule
        that solves the theory has.
        """
        model = self.model
        known = self.distinct and model.symmetric and not model.random
        if self.stable or not known or model.J0 != 0.0:
            return None
        try:
            return Heats.of(self.distinct, self.largest, self.config.seed)
        except LevelsError as error:
            return error

    @cached_property
    def states(self) -> Complexity | None:
        """Σ(e) of one step of breaking, where that was asked for and solved; else None.

        None, too, where sites differ: it would take longer than all the rest.
        """
        one_step = any(s.rsb == 1 and s.converged for s in self.distinct.values())
        if self.stable or self.model.random or not one_step:
            return None
        return complexity(self.model)

    @cached_property
    def scatter(self) -> ScatterLaw:
        """The scatter of the responses C_i against N."""
        return scatter_law(self.measured)

    @cached_property
    def prepared(self) -> tuple[PreparedMinima, ...]:
        """Minima of the largest size by how they were prepared, in all archives."""
        width = near_zero_width(self.model, list(self.solutions.values()))
        archives = (self.archive, *self.beside)
        return by_preparation(
            archives, self.largest.N, width, self.config.resamples, self.config.seed
        )

    @property
    def own_rows(self) -> tuple[Row, ...]:
        """The rows of a user's own observables."""
        own = {observable.key for observable in self.observables}
        return tuple(row for row in self.rows if row.key in own)

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


def compare(
    archive: Archive,
    config: CompareConfig,
    beside: Sequence[Archive] = (),
    local: Mapping[int, LocalPotentials] | None = None,
    progress: Progress = silent,
    observables: Sequence[AnyObservable] = (),
    *,
    theories: Sequence[Theory] = (),
    potential: Potential | None = None,
) -> Comparison:
    """Solve the theory for the archive's model and hold its lowest states against it.

    Parameters
    ----------
    beside
        Archives of the same model prepared in other ways, for the table by preparation.
    local
        What ``local_potentials.measure`` found in the archive.
    progress
        Called with (done, all) as theories are solved and sizes measured.
    potential
        The on-site potential of archives that were read from a file and are of no polynomial: a
        file holds its description only, which it must fit.
    observables
        Of your own, which the tables have below their own rows: of the lowest states
        (``Observable``) and, where there are temperings, of them (``ThermalObservable``).
    theories
        Solutions of your own for the lowest states, beside those of ``config``: anything that is a
        ``glasswell.theory.Theory`` of the archive's model at T = 0, with a name of its own.

    Raises
    ------
    CompareError
        If the archive is a part of a run, there are too few certified samples for error bars, the
        models differ, the potential is
        not at hand, an observable cannot be measured or predicted, or has the name of another
        one, or a theory is of another model or temperature or has the name of another one.
    ArchiveError
        If ``potential`` is not that of the archives.

    Examples
    --------
    >>> from glasswell.compare import CompareConfig, compare
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from glasswell.sim import SimulationConfig, simulate
    >>> from glasswell.theory import Model
    >>> config = SimulationConfig(sizes=(8, 12, 16), samples=8, starts=4, method="quench", states=1)
    >>> with TemporaryDirectory() as folder:
    ...     archive = simulate(Model(gamma=2.0), config, Path(folder) / "samples.h5")
    >>> comparison = compare(archive, CompareConfig(rsb=(0,), resamples=100))
    >>> [row.key for row in comparison.rows][:3]
    ['energy', 'q', 'C']
    """
    own, thermal = by_kind(observables)
    check_names(own, ())
    check_names(thermal, THERMAL)
    if potential is not None:
        archive = archive.with_potential(potential)
        beside = [other.with_potential(potential) for other in beside]
    for each in (archive, *beside):
        require_whole(each)
    require_potential(archive)
    if any(other.model != archive.model for other in beside):
        raise CompareError("archives side by side must be of one model: theirs differ")
    check_sizes(archive.sizes)
    model = archive.model
    parts = len(config.rsb) + len(archive.sizes) + 1
    solutions: dict[str, Theory] = {}
    for done, k in enumerate(config.rsb):
        progress(done, parts)
        solution = solve(model, k, config.temperature)
        solutions[solution.name] = solution
    solutions |= own_theories(theories, model, config.temperature, solutions)
    polarised = any(solution.p != 0 for solution in solutions.values())
    measured = []
    for done, (_, data) in enumerate(sorted(archive.sizes.items()), len(config.rsb)):
        progress(done, parts)
        measured.append(
            LowestStates.of(data, model, config.resamples, config.seed, polarised=polarised)
        )
    progress(parts - 1, parts)
    stable = all(is_replica_symmetric(solution) for solution in solutions.values())
    omega = OMEGA_STABLE if stable else OMEGA_GLASS
    standard = built_in(model, solutions)
    check_names(own, standard)
    limits = extrapolated([*standard, *own], measured, omega)
    return Comparison(
        model=model,
        config=config,
        solutions=solutions,
        measured=tuple(measured),
        omega=omega,
        extrapolations=limits,
        rows=rows([*standard, *own], solutions, measured, limits, omega),
        field_fits=field_fits(
            distinct(solutions, stable=stable), measured, omega if stable else None
        ),
        archive=archive,
        beside=tuple(beside),
        thermal=temperings(archive, config.rsb, [*THERMAL, *thermal]),
        local=local or {},
        observables=own,
    )


def require_whole(archive: Archive) -> None:
    """Refuse a part of a run.

    Raises
    ------
    CompareError
        Saying which it is, and what to do.
    """
    part = archive.provenance.part
    if not part.whole:
        raise CompareError(f"the archive is {part} of a run: join all parts by glasswell merge")


def require_potential(archive: Archive) -> None:
    """Refuse an archive whose on-site potential is described only.

    Raises
    ------
    CompareError
        Saying how to hand it over.
    """
    if isinstance(archive.model.potential, Described):
        raise CompareError(
            f"the archive's potential {archive.model.potential} is a class of Python: compare from "
            "there, with compare(archive, config, potential=…)"
        )
