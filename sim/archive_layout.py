"""What an archive holds: its datasets, dimensions and what they mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from glasswell.theory import Model
from numpy.typing import NDArray

from .config import SimulationConfig
from .errors import ArchiveError

FORMAT = "glasswell"
FORMAT_VERSION = 1

Array = NDArray[Any]


@dataclass(frozen=True)
class SizeData:
    """All samples of one size N, states sorted by energy; S samples, K states, N sites."""

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
    """(S,) independent starts that ended in the lowest state."""

    @property
    def N(self) -> int:
        """The number of sites."""
        return int(self.displacement.shape[-1])


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


@dataclass(frozen=True)
class Variable:
    """One dataset of a size's group."""

    dims: tuple[str, ...]
    dtype: str
    long_name: str


VARIABLES: dict[str, Variable] = {
    "energy": Variable(("sample", "state"), "f8", "energy per site U/N"),
    "displacement": Variable(("sample", "state", "site"), "f8", "displacement v_i"),
    "cavity_field": Variable(
        ("sample", "state", "site"), "f8", "cavity field h_i = sum_j J_ij v_j + H - C_i v_i"
    ),
    "cavity_susceptibility": Variable(
        ("sample", "state", "site"), "f8", "local susceptibility C_i = G''(v_i)/gamma - 1/chi_ii"
    ),
    "gradient_norm": Variable(("sample", "state"), "f8", "largest |dU/dv_i|"),
    "smallest_eigenvalue": Variable(("sample", "state"), "f8", "smallest Hessian eigenvalue"),
    "status": Variable(("sample", "state"), "i8", "why the minimiser stopped (0: converged)"),
    "hits": Variable(("sample",), "i8", "independent starts that ended in the lowest state"),
}

COORDINATES = {
    "sample": "disorder sample, the key of its couplings",
    "state": "state, lowest energy first",
    "site": "site",
}

UNITS = "1"
"""The model has no units of its own: k_B = 1, and J and a fix the scales (physics.md §1)."""


def concatenate(parts: list[SizeData]) -> SizeData:
    """One SizeData from several of the same N, samples in ascending order.

    Raises
    ------
    ArchiveError
        If a sample occurs twice.
    """
    order = np.argsort(np.concatenate([part.sample for part in parts]))
    joined = {
        field.name: np.concatenate([getattr(part, field.name) for part in parts])[order]
        for field in fields(SizeData)
    }
    if len(np.unique(joined["sample"])) != len(order):
        raise ArchiveError("two shards hold the same sample: delete the .shards folder and rerun")
    return SizeData(**joined)
