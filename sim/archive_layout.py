"""What an archive holds: its datasets, dimensions and what they mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from glasswell.theory import Model
from numpy.typing import NDArray

from .config import SimulationConfig
from .errors import ArchiveError
from .tempered import Tempered

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

LOCAL_PARAMETERS: dict[str, Variable] = {
    "gamma": Variable(("sample", "site"), "f8", "gamma_i of the on-site potential G_i(v)/gamma_i"),
    "k": Variable(("sample", "site"), "f8", "stiffness k_i of G_i(v)"),
    "a": Variable(("sample", "site"), "f8", "anharmonicity a_i of G_i(v)"),
}
"""Of these an archive has those that its model draws for every site."""

COORDINATES = {
    "sample": "disorder sample, the key of its couplings",
    "state": "state, lowest energy first",
    "site": "site",
}

_SERIES = ("sample", "temperature", "replica", "measurement")
_OVERLAPS = ("sample", "temperature", "measurement")

TEMPERING: dict[str, Variable] = {
    "energy": Variable(_SERIES, "f8", "energy per site U/N"),
    "bond_energy": Variable(_SERIES, "f8", "e_J = -sum_{i!=j} J_ij v_i v_j / 2N"),
    "virial": Variable(_SERIES, "f8", "2 e_J + sum_i v_i (G'(v_i)/gamma - H)/N"),
    "polarisation": Variable(_SERIES, "f8", "p = sum_i v_i / N"),
    "q_hat": Variable(_SERIES, "f8", "self-overlap sum_i v_i^2 / N"),
    "fourth_moment": Variable(_SERIES, "f8", "sum_i v_i^4 / N"),
    "overlap": Variable(_OVERLAPS, "f8", "overlap of the replicas sum_i v_i v'_i / N"),
    "square_overlap": Variable(_OVERLAPS, "f8", "sum_i (v_i v'_i)^2 / N"),
    "displacement": Variable(
        ("sample", "temperature", "replica", "site"), "f8", "displacement v_i at the end"
    ),
    "inherent_energy": Variable(
        ("sample", "temperature", "replica"),
        "f8",
        "energy per site of the minimum that the displacement falls into",
    ),
    "acceptance": Variable(("sample", "temperature"), "f8", "acceptance of trajectories"),
    "swap_acceptance": Variable(
        ("sample", "rung"), "f8", "acceptance of exchanges with the next hotter temperature"
    ),
    "step_size": Variable(("sample", "temperature"), "f8", "time step of the leapfrog"),
    "round_trips": Variable(
        ("sample", "replica"), "i8", "round trips, hottest to coldest to hottest"
    ),
    "divergences": Variable(
        ("sample", "temperature"), "i8", "rejected trajectories whose energy was not finite"
    ),
}

TEMPERING_COORDINATES = {
    "sample": "disorder sample, the key of its couplings",
    "temperature": "temperature",
    "rung": "index of the colder of two neighbouring temperatures",
    "replica": "independent replica of the ladder of chains",
    "measurement": "sweeps after the burn-in",
    "site": "site",
}

UNITS = "1"
"""The model has no units of its own: k_B = 1, and J and a fix the scales (physics.md §1)."""


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
