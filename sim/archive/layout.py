"""What an archive holds: the samples of every size, and where they come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from glasswell.theory.model import Model

from ..config import SimulationConfig
from ..records.sizes import SizeData
from ..sample.ensembles import Ensemble
from ..sample.given import Given
from ..sample.sample import Sample
from ..sample.source import AtHand, Source, source_of
from .schema import FORMAT_VERSION


@dataclass(frozen=True)
class Provenance:
    """Where the numbers come from: enough to make them again."""

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
    """Minima of many samples: ``archive.sizes[256].energy[:, 0]`` are the lowest at N = 256."""

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
        config = replace(self.provenance.config, couplings=source_of(source))
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
