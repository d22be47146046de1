"""What an archive holds, as arrays: all samples of a size, and where they come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from glasswell.theory.model import Model
from numpy.typing import NDArray

from ..config import SimulationConfig
from ..errors import ArchiveError
from ..records.time_series import Tempered
from ..sample.ensembles import Ensemble
from ..sample.given import Given
from ..sample.sample import Sample
from ..sample.source import AtHand, Source
from .schema import FORMAT_VERSION, TEMPERING, VARIABLES

Array = NDArray[Any]


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

    sample: Array
    """(S,) sample numbers, the key of the couplings."""
    energy: Array
    """(S, K) U/N."""
    displacement: Array
    """(S, K, N) v_i."""
    cavity_field: Array
    """(S, K, N) h_i; nan where the state is not a certified minimum."""
    cavity_susceptibility: Array
    """(S, K, N) C_i; nan where the state is not a certified minimum."""
    gradient_norm: Array
    """(S, K) max_i |∂U/∂v_i|."""
    smallest_eigenvalue: Array
    """(S, K) of the Hessian."""
    status: Array
    """(S, K) why the minimiser stopped: ``minimise.Status``."""
    hits: Array
    """(S,) independent starts that ended in the lowest state; of a tempering, replicas."""
    tempering: Tempered | None = None
    """The time series of a tempering, samples in the same order."""
    parameters: Mapping[str, Array] = field(default_factory=dict)
    """(S, N) values of the model's random parameters by name: gamma, k or a."""

    @property
    def N(self) -> int:
        """The number of sites."""
        return int(self.displacement.shape[-1])


@dataclass(frozen=True)
class Provenance:
    """Where the numbers come from: enough to make them again.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from glasswell.sim import SimulationConfig, simulate
    >>> from glasswell.theory import Model
    >>> config = SimulationConfig(sizes=(8, 16), samples=8, starts=4, method="quench", states=1)
    >>> with TemporaryDirectory() as folder:
    ...     archive = simulate(Model(gamma=2.0), config, Path(folder) / "samples.h5")
    >>> archive.provenance.device, archive.provenance.model.gamma
    ('cpu', 2.0)
    """

    model: Model
    config: SimulationConfig
    config_text: str
    device: str
    versions: Mapping[str, str]
    settings: Mapping[str, Any]
    """Everything that was used and could have been different, defaults included."""
    config_hash: str


@dataclass(frozen=True)
class Archive:
    """Minima of many samples: ``archive.sizes[256].energy[:, 0]`` are the lowest at N = 256.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from glasswell.sim import SimulationConfig, simulate
    >>> from glasswell.theory import Model
    >>> config = SimulationConfig(sizes=(8, 16), samples=8, starts=4, method="quench", states=1)
    >>> with TemporaryDirectory() as folder:
    ...     archive = simulate(Model(gamma=2.0), config, Path(folder) / "samples.h5")
    >>> sorted(archive.sizes), archive.provenance.config.method
    ([8, 16], 'quench')
    """

    sizes: dict[int, SizeData]
    provenance: Provenance
    format_version: int = FORMAT_VERSION
    couplings: AtHand | None = None
    """Couplings that came from outside, if they are kept whole."""

    @property
    def model(self) -> Model:
        """The model that was simulated."""
        return self.provenance.model

    @property
    def config(self) -> SimulationConfig:
        """The configuration it was simulated with."""
        return self.provenance.config

    def with_couplings(self, source: str | Ensemble | Given) -> Archive:
        """The same archive, whose samples are made again with these couplings.

        For couplings that the archive only names: a function of one's own, or a file that has
        moved.
        """
        config = replace(self.provenance.config, couplings=source)
        return replace(self, provenance=replace(self.provenance, config=config))

    @property
    def source(self) -> Source:
        """Where the couplings of its samples come from, when they are made again."""
        source: Source = self.couplings or self.config.couplings
        return source

    def sample(self, N: int, number: int) -> Sample:
        """One of its samples, made again: couplings and sites.

        Raises
        ------
        CouplingError
            If its couplings came from a file that is gone or has changed, or from a function that
            is not known, and are not kept here.
        """
        return Sample(self.model, N, seed=self.config.seed, number=number, source=self.source)


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
        for name in ("sample", *VARIABLES)
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


def _joined(runs: list[Tempered], order: Array) -> Tempered:
    first = runs[0]
    if any(not np.array_equal(run.temperatures, first.temperatures) for run in runs):
        raise ArchiveError("two shards have different temperatures: delete the .shards folder")
    arrays: dict[str, Any] = {
        name: np.concatenate([getattr(run, name) for run in runs])[order] for name in TEMPERING
    }
    return replace(first, **arrays)


def select(data: SizeData, wanted: Array) -> SizeData:
    """The samples at the given positions, or where a mask is true."""
    arrays = {name: getattr(data, name)[wanted] for name in ("sample", *VARIABLES)}
    run = data.tempering
    if run is not None:
        run = replace(run, **{name: getattr(run, name)[wanted] for name in TEMPERING})
    parameters = {name: values[wanted] for name, values in data.parameters.items()}
    return SizeData(**arrays, tempering=run, parameters=parameters)
