"""All samples of one size, as arrays: what is kept of their states."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

import numpy as np

from .._typing import HostArray
from ..errors import ArchiveError
from .last_state import LAST
from .time_series import SERIES, Tempered, rows


@dataclass(frozen=True)
class SizeData:
    """All samples of one size N, states sorted by energy; S samples, K states, N sites.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from glasswell.sim import SimulationConfig, simulate
    >>> from glasswell.theory import Model
    >>> config = SimulationConfig(sizes=(8, 16), samples=8, starts=4, method="quench", states=1)
    >>> with TemporaryDirectory() as folder:
    ...     archive = simulate(Model(gamma=2.0), config, Path(folder) / "samples.h5")
    >>> data = archive.sizes[16]
    >>> data.N, data.displacement.shape, data.hits.shape  # samples, states, sites
    (16, (8, 1, 16), (8,))
    """

    sample: HostArray
    """(S,) sample numbers, the key of the couplings."""
    energy: HostArray
    """(S, K) U/N."""
    displacement: HostArray
    """(S, K, N) v_i."""
    cavity_field: HostArray
    """(S, K, N) h_i; nan where the state is not a certified minimum."""
    cavity_susceptibility: HostArray
    """(S, K, N) C_i; nan where the state is not a certified minimum."""
    gradient_norm: HostArray
    """(S, K) max_i |∂U/∂v_i|."""
    smallest_eigenvalue: HostArray
    """(S, K) of the Hessian."""
    status: HostArray
    """(S, K) why the minimiser stopped: ``Status``."""
    hits: HostArray
    """(S,) independent starts that ended in the lowest state; of a tempering, replicas."""
    tempering: Tempered | None = None
    """The time series of a tempering, samples in the same order."""
    parameters: Mapping[str, HostArray] = field(default_factory=dict)
    """(S, N) values of the model's random parameters by name: gamma, k or a."""

    @property
    def N(self) -> int:
        """The number of sites."""
        return int(self.displacement.shape[-1])

    @property
    def sample_bytes(self) -> int:
        """What one sample takes in memory."""
        return sum(8 * array.size for array in _rows_of(self).values()) // max(len(self.sample), 1)

    @property
    def goes_on(self) -> bool:
        """Whether a tempering can go on from its last state."""
        return self.tempering is not None and self.tempering.last is not None

    def rows(self, first: int, last: int) -> SizeData:
        """The samples at positions first, first + 1, …, last - 1; their arrays are not copied.

        Raises
        ------
        ArchiveError
            If an array has not one row per sample.
        """
        for name, array in _rows_of(self).items():
            if len(array) != len(self.sample):
                raise ArchiveError(f"{name} has {len(array)} rows, of {len(self.sample)} samples")
        return select(self, slice(first, last))


STATES = tuple(
    field.name
    for field in fields(SizeData)
    if field.name not in ("sample", "tempering", "parameters")
)
"""The arrays of which every sample has a row, but for its number."""


def concatenate(parts: list[SizeData]) -> SizeData:
    """One SizeData from several of the same N, samples in ascending order.

    Raises
    ------
    ArchiveError
        If a sample occurs twice, or the temperatures or random parameters of the parts differ.
    """
    order = np.argsort(np.concatenate([part.sample for part in parts]))
    arrays = {
        name: np.concatenate([getattr(part, name) for part in parts])[order]
        for name in ("sample", *STATES)
    }
    if len(np.unique(arrays["sample"])) != len(order):
        raise ArchiveError("two shards hold the same sample: delete the .shards folder and rerun")
    if any(part.parameters.keys() != parts[0].parameters.keys() for part in parts):
        raise ArchiveError("two shards have different parameters: delete the .shards folder")
    parameters = {
        name: np.concatenate([part.parameters[name] for part in parts])[order]
        for name in parts[0].parameters
    }
    runs = [part.tempering for part in parts if part.tempering is not None]
    run = _joined(runs, order) if runs else None
    return SizeData(**arrays, tempering=run, parameters=parameters)


def _joined(runs: list[Tempered], order: HostArray) -> Tempered:
    first = runs[0]
    if any(not np.array_equal(run.temperatures, first.temperatures) for run in runs):
        raise ArchiveError("two shards have different temperatures: delete the .shards folder")
    return rows(runs, lambda arrays: np.concatenate(arrays)[order])


def _rows_of(data: SizeData) -> dict[str, HostArray]:
    """All arrays that have a row per sample."""
    run = data.tempering
    series = {} if run is None else {f"tempering/{name}": getattr(run, name) for name in SERIES}
    if run is not None and run.last is not None:
        series |= {f"tempering/{name}": getattr(run.last, name) for name in LAST}
    states = {name: getattr(data, name) for name in ("sample", *STATES)}
    return {**states, **data.parameters, **series}


def select(data: SizeData, wanted: HostArray | slice) -> SizeData:
    """The samples at the given positions, or where a mask is true."""
    arrays = {name: getattr(data, name)[wanted] for name in ("sample", *STATES)}
    run = data.tempering
    if run is not None:
        run = rows([run], lambda arrays: arrays[0][wanted])
    parameters = {name: values[wanted] for name, values in data.parameters.items()}
    return SizeData(**arrays, tempering=run, parameters=parameters)
