"""The samples of one size in an open archive, read and checked when they are asked for."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
from glasswell.theory.model import Model

from .._typing import HostArray
from ..errors import ArchiveError
from ..records.last_state import LastState
from ..records.sizes import SizeData
from ..records.time_series import Tempered
from ..samplers.registry import is_built_in
from ..samplers.temper import Temper
from ..samplers.tempering import REPLICAS
from .check import (
    check_count,
    check_ladder,
    check_places,
    check_samples,
    check_states,
    check_swept,
)
from .hdf5_objects import DamageError, Objects, attribute
from .opening import named
from .schema import (
    CHECKED_SINCE,
    COORDINATES,
    LAST_ATTRIBUTES,
    LAST_COORDINATES,
    LAST_STATE,
    LOCAL_PARAMETERS,
    STATES,
    TEMPERING,
    TEMPERING_COORDINATES,
    VARIABLES,
    Kind,
    Variable,
)
from .stored_group import Group

if TYPE_CHECKING:
    from .layout import Provenance


class StoredSize:
    """The samples of one size in an open archive, with the attributes of ``SizeData``.

    Their numbers are in memory. Every other array is read when it is asked for; ``rows`` reads a
    part of all of them. What is read is checked as ``glasswell.sim.read`` checks it.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from glasswell.sim import SimulationConfig, open_archive, simulate
    >>> from glasswell.theory import Model
    >>> config = SimulationConfig(sizes=(8,), samples=8, starts=4, method="quench", states=1)
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "samples.h5"
    ...     _ = simulate(Model(gamma=2.0), config, path)
    ...     with open_archive(path) as archive:
    ...         data = archive.sizes[8]
    ...         energy, two = data.energy, data.rows(2, 4)
    >>> energy.shape, two.sample.tolist(), two.displacement.shape
    ((8, 1), [2, 3], (2, 1, 8))
    """

    sample: HostArray
    """(S,) sample numbers, the key of the couplings."""

    def __init__(
        self,
        objects: Objects,
        N: int,
        provenance: Provenance,
        version: int,
        file: tuple[str, str],
        *,
        whole: bool,
    ) -> None:
        """Look at its datasets' headers; ``file`` is what errors begin and end with later."""
        model, config = provenance.model, provenance.config
        self._provenance, self._config = provenance, config
        self._whole, self._file, self.N = whole, file, N
        self._swept: dict[str, int] = {}
        path = f"N={N}"
        group = objects.group(path)
        self.states = Group(objects, path, version)
        given = {"sample": None, "state": config.kept, "site": N}
        lengths = self.states.declare(COORDINATES, given)
        self.states.declare(VARIABLES, lengths)
        self._drawn = _drawn(model, group, path, version)
        self.states.declare(self._drawn, lengths)
        self.run: Group | None = None
        found = "tempering" in group
        if isinstance(config.sampler, Temper) or (found and not is_built_in(config.sampler)):
            self.run = self._declared_run(objects, version, lengths)
        elif found:
            raise ArchiveError(f"{path}/tempering does not fit the method {config.method!r}")

    def _declared_run(self, objects: Objects, version: int, lengths: dict[str, int]) -> Group:
        path = f"{self.states.path}/tempering"
        group = objects.group(path)
        self.measure_every = attribute(group, "measure_every", Kind.NUMBER)
        sampler = self._config.sampler
        if isinstance(sampler, Temper) and self.measure_every != sampler.measure_every:
            raise ArchiveError(
                f"the attribute {path}/measure_every is {self.measure_every}, in its configuration "
                f"{sampler.measure_every}"
            )
        run = Group(objects, path, version)
        given = {**dict.fromkeys(TEMPERING_COORDINATES), "replica": REPLICAS}
        given |= {"sample": lengths["sample"], "site": self.N}
        found = run.declare(TEMPERING_COORDINATES, given)
        if found["rung"] != found["temperature"] - 1:
            raise ArchiveError(f"{path}/rung has {found['rung']} values, one per gap is due")
        run.declare(TEMPERING, found)
        # A part of a last state is as good as none: whatever is missing is named.
        if any(name in group for name in LAST_STATE) or "burn_in" in group.attrs:
            chains = {"chain": found["temperature"], "note": None}
            run.declare(LAST_STATE, {**found, **run.declare(LAST_COORDINATES, chains)})
            self._swept = {n: attribute(group, n, kind) for n, kind in LAST_ATTRIBUTES.items()}
        return run

    def settle(self) -> None:
        """Read its coordinates, once the whole file has been looked at."""
        states, where = self.states, self.states.path
        arrays = states.read(COORDINATES)
        self.sample = arrays["sample"]
        check_samples(where, self.sample, self.N, self._provenance, whole=self._whole)
        for name in ("state", "site"):
            check_count(f"{where}/{name}", arrays[name])
        if self.run is not None:
            self._settle_run(self.run)

    def _settle_run(self, run: Group) -> None:
        arrays = run.read(TEMPERING_COORDINATES)
        if not np.array_equal(arrays["sample"], self.sample):
            raise ArchiveError(f"{run.path}/sample is not that of {self.states.path}")
        for name in ("rung", "replica", "site"):
            check_count(f"{run.path}/{name}", arrays[name])
        check_count(
            f"{run.path}/measurement",
            arrays["measurement"],
            step=self.measure_every,
            first=self.measure_every,
        )
        check_ladder(run.path, arrays["temperature"], self._config)
        self._temperatures = arrays["temperature"]
        if self._swept:
            counted = run.read(LAST_COORDINATES)
            for name in LAST_COORDINATES:
                check_count(f"{run.path}/{name}", counted[name])
            check_swept(run.path, arrays["measurement"], self._swept)

    @property
    def tables(self) -> list[tuple[Group, str]]:
        """Every dataset that has a row per sample, but for their numbers: its group and name."""
        groups = [self.states] if self.run is None else [self.states, self.run]
        return [
            (group, name)
            for group in groups
            for name in group.names
            if group.variable(name).dims[0] == "sample" and name != "sample"
        ]

    @property
    def sample_bytes(self) -> int:
        """What one sample takes in memory."""
        return 8 + 8 * sum(math.prod(group.shape(name)[1:]) for group, name in self.tables)

    @property
    def swept(self) -> dict[str, int]:
        """Sweeps of a tempering that can go on, by name; none of another."""
        return dict(self._swept)

    @property
    def goes_on(self) -> bool:
        """Whether a tempering can go on from its last state."""
        return bool(self._swept)

    def rows(self, first: int, last: int) -> SizeData:
        """The samples at positions first, first + 1, …, last - 1, read and checked.

        Raises
        ------
        ArchiveError
            Naming dataset and samples.
        """
        with self.named():
            return self.checked(first, last)

    def checked(self, first: int, last: int) -> SizeData:
        """The same, with errors that do not name the file."""
        with self.among(first, last):
            part = None if (first, last) == (0, len(self.sample)) else (first, last)
            arrays = self.states.read([*VARIABLES, *self._drawn], part)
            check_states(self.states.path, arrays, self._config)
            return SizeData(
                sample=self.sample[first:last],
                **{name: arrays[name] for name in VARIABLES},
                tempering=self._read_run(part),
                parameters={name: arrays[name] for name in self._drawn},
            )

    def _read_run(self, rows: tuple[int, int] | None) -> Tempered | None:
        if self.run is None:
            return None
        return Tempered(
            temperatures=self._temperatures,
            **self.run.read(TEMPERING, rows),
            measure_every=self.measure_every,
            last=self._read_last(self.run, rows),
        )

    def _read_last(self, run: Group, rows: tuple[int, int] | None) -> LastState | None:
        if not self._swept:
            return None
        kept: dict[str, Any] = dict(run.read(LAST_STATE, rows))
        check_places(run.path, kept["place"])
        return LastState(**{**kept, **self._swept})

    def named(self) -> AbstractContextManager[None]:
        """What goes wrong within names the file."""
        return named(*self._file)

    @contextmanager
    def among(self, first: int, last: int) -> Iterator[None]:
        """What goes wrong within names the samples of what cannot be read, or of the block."""
        try:
            yield
        except DamageError as error:
            places = ", ".join(self.said(*rows) for rows in error.rows)
            raise ArchiveError(f"{error} in {places}" if places else str(error)) from error
        except ArchiveError as error:
            if last - first == len(self.sample):
                raise
            raise ArchiveError(f"{error}, in {self.said(first, last)}") from error

    def said(self, first: int, last: int) -> str:
        """Samples at some positions, such as "sample 3" or "samples 4 to 7"."""
        numbers = self.sample[first:last]
        if len(numbers) == 1:
            return f"sample {numbers[0]}"
        return f"samples {numbers[0]} to {numbers[-1]}"

    def column(self, group: Group, name: str, rows: tuple[int, int] | None = None) -> HostArray:
        """One dataset of all samples, or of some, read and checked.

        Raises
        ------
        ArchiveError
            Naming dataset and samples.
        """
        of_states = group.variable(name).dims[:2] == STATES
        asked = {name, "status"} if of_states else {name}
        with self.named(), self.among(*(rows or (0, len(self.sample)))):
            return group.read(asked, rows)[name]

    def _column(self, name: str) -> HostArray:
        return self.column(self.states, name)

    @property
    def energy(self) -> HostArray:
        """(S, K) U/N."""
        return self._column("energy")

    @property
    def displacement(self) -> HostArray:
        """(S, K, N) v_i."""
        return self._column("displacement")

    @property
    def cavity_field(self) -> HostArray:
        """(S, K, N) h_i."""
        return self._column("cavity_field")

    @property
    def cavity_susceptibility(self) -> HostArray:
        """(S, K, N) C_i."""
        return self._column("cavity_susceptibility")

    @property
    def gradient_norm(self) -> HostArray:
        """(S, K) max_i |∂U/∂v_i|."""
        return self._column("gradient_norm")

    @property
    def smallest_eigenvalue(self) -> HostArray:
        """(S, K) of the Hessian."""
        return self._column("smallest_eigenvalue")

    @property
    def status(self) -> HostArray:
        """(S, K) why the minimiser stopped."""
        return self._column("status")

    @property
    def hits(self) -> HostArray:
        """(S,) starts that ended in the lowest state."""
        return self._column("hits")

    @property
    def tempering(self) -> Tempered | None:
        """The time series of a tempering."""
        with self.named(), self.among(0, len(self.sample)):
            return self._read_run(None)

    @property
    def parameters(self) -> Mapping[str, HostArray]:
        """(S, N) values of the model's random parameters by name."""
        with self.named(), self.among(0, len(self.sample)):
            return self.states.read(self._drawn)


def _drawn(model: Model, group: h5py.Group, path: str, version: int) -> dict[str, Variable]:
    """The random parameters that the group must hold; the first version did not always."""
    for name in LOCAL_PARAMETERS:
        if name in group and name not in model.random:
            raise ArchiveError(f"{path}/{name} is there, but the model does not draw it")
    return {
        name: variable
        for name, variable in LOCAL_PARAMETERS.items()
        if name in model.random and (version >= CHECKED_SINCE or name in group)
    }
