"""What an archive holds: the samples of every size, and where they come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from glasswell.theory.model import Model, ModelError, Potential, describe

from ..config import SimulationConfig
from ..config.part import WHOLE, Part
from ..errors import ArchiveError
from ..records.blocks import Size
from ..sample.couplings_file import Given
from ..sample.couplings_source import AtHand, Source, source_of
from ..sample.ensembles import Ensemble
from ..sample.sample import Sample
from . import as_xarray
from .schema import FORMAT_VERSION

if TYPE_CHECKING:
    import xarray


@dataclass(frozen=True)
class Stage:
    """A run that an archive has come from: the first, or one that has made it grow.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from glasswell.sim import SimulationConfig, simulate
    >>> from glasswell.theory import Model
    >>> config = SimulationConfig(sizes=(8,), samples=4, starts=4, method="quench", states=1)
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "samples.h5"
    ...     _ = simulate(Model(gamma=2.0), config, path)
    ...     more = simulate(Model(gamma=2.0), config.replace(samples=6), path, resume=True)
    >>> [stage.config.samples for stage in more.provenance.stages]
    [4, 6]
    """

    config: SimulationConfig
    """What was asked for: all of it, not what was added."""
    versions: Mapping[str, str]
    """What made what was added."""


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
    stages: tuple[Stage, ...]
    """All runs that it has come from, the last with ``config``; one, unless it has grown."""
    part: Part = WHOLE
    """Which of its samples are meant to be there."""

    def samples_of(self, N: int) -> Sequence[int]:
        """The numbers of the samples of size N that are meant to be there, ascending."""
        return self.part.samples(self.config, N)


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

    sizes: Mapping[int, Size]
    """By N: in memory, ``SizeData``, or in a file that is open, ``StoredSize``."""
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

    def with_potential(self, potential: Potential) -> Archive:
        """The same archive with its on-site potential, of which a file holds a description only.

        Reading an archive runs no code but ours: what it was made with is handed over here.

        Raises
        ------
        ArchiveError
            If the archive is of a polynomial, or of another potential.
        """
        described = self.model.potential
        if described is None:
            raise ArchiveError("the archive is of a polynomial G: it needs no potential")
        try:
            describe(described).check(potential)
        except ModelError as error:
            raise ArchiveError(str(error)) from error
        model = replace(self.model, potential=potential)
        return replace(self, provenance=replace(self.provenance, model=model))

    def with_couplings(self, source: str | Ensemble | Given) -> Archive:
        """The same archive, whose samples are made again with these couplings.

        For couplings that the archive only names: a function of one's own, or a file that has
        moved.
        """
        config = replace(self.provenance.config, couplings=source_of(source))
        return replace(self, provenance=replace(self.provenance, config=config))

    def to_xarray(self, N: int, *, tempering: bool = False) -> xarray.Dataset:
        """One size as an xarray Dataset with named dimensions, coordinates, units and long names.

        It equals ``xarray.open_dataset(path, group=f"N={N}")``. Of an archive that is open its
        numbers are read, and checked, when they are used.

        Parameters
        ----------
        tempering
            The series of its tempering instead of its states.

        Raises
        ------
        ArchiveError
            If the size is not there or was not tempered, or xarray is not installed.

        Examples
        --------
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> from glasswell.sim import SimulationConfig, simulate
        >>> from glasswell.theory import Model
        >>> config = SimulationConfig(sizes=(8,), samples=8, starts=4, method="quench", states=1)
        >>> with TemporaryDirectory() as folder:
        ...     archive = simulate(Model(gamma=2.0), config, Path(folder) / "samples.h5")
        >>> states = archive.to_xarray(8)
        >>> states.energy.dims, states.displacement.sel(sample=3, state=0).shape
        (('sample', 'state'), (8,))
        """
        if N not in self.sizes:
            raise ArchiveError(
                f"there is no N={N}: its sizes are {', '.join(map(str, self.sizes))}"
            )
        return (as_xarray.tempering if tempering else as_xarray.states)(self.sizes[N])

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
