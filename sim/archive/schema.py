"""The schema of an archive: every dataset and attribute, and which values they may have.

Written by it, checked by it when it is read, and the table in the documentation.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from ..minima.status import Status

FORMAT = "glasswell"
FORMAT_VERSION = 2

CHECKED_SINCE = 2
"""The first format version in which every dataset and attribute has a checksum."""

UNITS = "1"
"""The model has no units of its own: k_B = 1, and J and a fix the scales (physics.md §1)."""


class Exists(Enum):
    """Where a dataset has numbers; elsewhere it has nan."""

    EVERYWHERE = "everywhere"
    FINITE = "unless the state's status is not finite"
    STATIONARY = "at least where the gradient of the state vanishes"
    CERTIFIED = "where the state is a certified minimum, and only there"
    MEASURED = "where it was measured"


@dataclass(frozen=True)
class Variable:
    """One dataset of a group, whose values lie between ``least`` and ``most``."""

    dims: tuple[str, ...]
    dtype: str
    long_name: str
    least: float | None = None
    most: float | None = None
    exists: Exists = Exists.EVERYWHERE


_SITES = ("sample", "state", "site")
_STATES = ("sample", "state")

VARIABLES: dict[str, Variable] = {
    "energy": Variable(_STATES, "f8", "energy per site U/N", exists=Exists.FINITE),
    "displacement": Variable(_SITES, "f8", "displacement v_i", exists=Exists.FINITE),
    "cavity_field": Variable(
        _SITES,
        "f8",
        "cavity field h_i = sum_j J_ij v_j + H - C_i v_i",
        exists=Exists.CERTIFIED,
    ),
    "cavity_susceptibility": Variable(
        _SITES,
        "f8",
        "local susceptibility C_i = G''(v_i)/gamma - 1/chi_ii",
        exists=Exists.CERTIFIED,
    ),
    "gradient_norm": Variable(_STATES, "f8", "largest |dU/dv_i|", least=0, exists=Exists.FINITE),
    "smallest_eigenvalue": Variable(
        _STATES, "f8", "smallest Hessian eigenvalue", exists=Exists.STATIONARY
    ),
    "status": Variable(
        _STATES,
        "i8",
        "why the minimiser stopped (0: converged)",
        least=min(Status),
        most=max(Status),
    ),
    "hits": Variable(
        ("sample",), "i8", "independent starts that ended in the lowest state", least=0
    ),
}

LOCAL_PARAMETERS: dict[str, Variable] = {
    "gamma": Variable(("sample", "site"), "f8", "gamma_i of the on-site potential G_i(v)/gamma_i"),
    "k": Variable(("sample", "site"), "f8", "stiffness k_i of G_i(v)"),
    "a": Variable(("sample", "site"), "f8", "anharmonicity a_i of G_i(v)"),
}
"""Of these an archive has those that its model draws for every site."""

COUPLINGS: dict[str, Variable] = {
    "J": Variable(("sample", "site", "partner"), "f8", "couplings J_ij that were not drawn here"),
}

COUPLINGS_COORDINATES: dict[str, Variable] = {
    "sample": Variable(("sample",), "i8", "disorder sample", least=0),
    "site": Variable(("site",), "i8", "site i"),
    "partner": Variable(("partner",), "i8", "site j"),
}
"""In /couplings/N=…, where couplings are not of an ensemble of glasswell and small enough."""

COORDINATES: dict[str, Variable] = {
    "sample": Variable(("sample",), "i8", "disorder sample, the key of its couplings", least=0),
    "state": Variable(("state",), "i8", "state, lowest energy first"),
    "site": Variable(("site",), "i8", "site"),
}

_SERIES = ("sample", "temperature", "replica", "measurement")
_OVERLAPS = ("sample", "temperature", "measurement")
_LADDER = ("sample", "temperature")

TEMPERING: dict[str, Variable] = {
    "energy": Variable(_SERIES, "f8", "energy per site U/N"),
    "bond_energy": Variable(_SERIES, "f8", "e_J = -sum_{i!=j} J_ij v_i v_j / 2N"),
    "virial": Variable(_SERIES, "f8", "2 e_J + sum_i v_i (G'(v_i)/gamma - H)/N"),
    "polarisation": Variable(_SERIES, "f8", "p = sum_i v_i / N"),
    "q_hat": Variable(_SERIES, "f8", "self-overlap sum_i v_i^2 / N", least=0),
    "fourth_moment": Variable(_SERIES, "f8", "sum_i v_i^4 / N", least=0),
    "overlap": Variable(_OVERLAPS, "f8", "overlap of the replicas sum_i v_i v'_i / N"),
    "square_overlap": Variable(_OVERLAPS, "f8", "sum_i (v_i v'_i)^2 / N", least=0),
    "displacement": Variable(
        ("sample", "temperature", "replica", "site"), "f8", "displacement v_i at the end"
    ),
    "inherent_energy": Variable(
        ("sample", "temperature", "replica"),
        "f8",
        "energy per site of the minimum that the displacement falls into",
        exists=Exists.MEASURED,
    ),
    "acceptance": Variable(_LADDER, "f8", "acceptance of trajectories", least=0, most=1),
    "swap_acceptance": Variable(
        ("sample", "rung"),
        "f8",
        "acceptance of exchanges with the next hotter temperature",
        least=0,
        most=1,
        exists=Exists.MEASURED,
    ),
    "step_size": Variable(_LADDER, "f8", "time step of the leapfrog", least=0),
    "round_trips": Variable(
        ("sample", "replica"), "i8", "round trips, hottest to coldest to hottest", least=0
    ),
    "divergences": Variable(
        _LADDER, "i8", "rejected trajectories whose energy was not finite", least=0
    ),
}

TEMPERING_COORDINATES: dict[str, Variable] = {
    "sample": COORDINATES["sample"],
    "temperature": Variable(("temperature",), "f8", "temperature", least=0),
    "rung": Variable(("rung",), "i8", "index of the colder of two neighbouring temperatures"),
    "replica": Variable(("replica",), "i8", "independent replica of the ladder of chains"),
    "measurement": Variable(("measurement",), "i8", "sweeps after the burn-in"),
    "site": COORDINATES["site"],
}


class Kind(Enum):
    """What an attribute holds."""

    TEXT = "text"
    NUMBER = "a whole number"
    FLAG = "true or false"


ROOT_ATTRIBUTES = {"format": Kind.TEXT, "format_version": Kind.NUMBER, "complete": Kind.FLAG}

PROVENANCE_ATTRIBUTES = {
    "config": Kind.TEXT,
    "config_hash": Kind.TEXT,
    "model": Kind.TEXT,
    "simulation": Kind.TEXT,
    "settings": Kind.TEXT,
    "device": Kind.TEXT,
    "seed": Kind.NUMBER,
}
"""Beside them is one text ``version_…`` for every package; model, simulation and settings are
JSON objects."""

TEMPERING_ATTRIBUTES = {"measure_every": Kind.NUMBER}

CHECKSUMS = "checksums"
"""The root attribute with a SHA-256 of every other attribute."""
