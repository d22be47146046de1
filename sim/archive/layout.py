"""What an archive holds: the samples of every size, and where they come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from glasswell.theory.model import Model

from ..config import SimulationConfig
from ..records.sizes import SizeData
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

    @property
    def model(self) -> Model:
        """The model that was simulated."""
        return self.provenance.model

    @property
    def config(self) -> SimulationConfig:
        """The configuration it was simulated with."""
        return self.provenance.config
