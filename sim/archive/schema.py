"""The schema of an archive: every dataset and attribute, and which values they may have.

Written by it, checked by it when it is read, and the table in the documentation.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from ..minima.status import Status

FORMAT = "glasswell"
FORMAT_VERSION = 3

CHECKED_SINCE = 2
"""The first format version in which every dataset and attribute has a checksum."""

STAGED_SINCE = 3
"""The first that tells stages and parts, and keeps the last state of a tempering."""

UNITS = "1"
"""The model has no units of its own: k_B = 1, and J and a fix the scales (physics.md §1)."""


LARGEST = 1e60
"""Of energies, fields, temperatures and what else is linear or quadratic in displacements.

A model's scales lie within 10^±40 and temperatures within 10^±6 of the transition's, which leaves
fourteen decades for what is far from typical; the squares and products that are made of the numbers
of an archive, up to fifth powers, are finite.
"""

LARGEST_DISPLACEMENT = 1e30
"""Of displacements, whose scale lies below 10^20: that of energy is at most 10^40, that of the
leading term of G(v)/γ at least 10^-40, and the first is the second times its fourth power or more.
"""

LARGEST_FOURTH_POWER = LARGEST_DISPLACEMENT**4

LARGEST_PARAMETER = 1e150
"""Of γ_i, k_i and a_i, of which only ratios have a scale: their squares are finite."""

MOST = 10**12
"""Of what is counted in 10^9 sweeps at most: the sum over 10^6 samples is still an integer."""


class Exists(Enum):
    """Where a dataset has numbers; elsewhere it has nan."""

    EVERYWHERE = "everywhere"
    FINITE = "unless the state's status is not finite"
    STATIONARY = "at least where the gradient of the state vanishes"
    CERTIFIED = "where the state is a certified minimum, and only there"
    MEASURED = "where it was measured"


@dataclass(frozen=True)
class Variable:
    """One dataset of a group: values from ``least`` to ``most``, and ``largest`` in magnitude."""

    dims: tuple[str, ...]
    dtype: str
    long_name: str
    least: float | None = None
    most: float | None = None
    largest: float = LARGEST
    exists: Exists = Exists.EVERYWHERE


STATES = ("sample", "state")
_SITES = (*STATES, "site")

VARIABLES: dict[str, Variable] = {
    "energy": Variable(STATES, "f8", "energy per site U/N", exists=Exists.FINITE),
    "displacement": Variable(
        _SITES, "f8", "displacement v_i", largest=LARGEST_DISPLACEMENT, exists=Exists.FINITE
    ),
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
    "gradient_norm": Variable(STATES, "f8", "largest |dU/dv_i|", least=0, exists=Exists.FINITE),
    "smallest_eigenvalue": Variable(
        STATES, "f8", "smallest Hessian eigenvalue", exists=Exists.STATIONARY
    ),
    "status": Variable(
        STATES,
        "i8",
        "why the minimiser stopped (0: converged)",
        least=min(Status),
        most=max(Status),
    ),
    "hits": Variable(
        ("sample",), "i8", "independent starts that ended in the lowest state", least=0, most=MOST
    ),
}

LOCAL_PARAMETERS: dict[str, Variable] = {
    "gamma": Variable(
        ("sample", "site"),
        "f8",
        "gamma_i of the on-site potential G_i(v)/gamma_i",
        largest=LARGEST_PARAMETER,
    ),
    "k": Variable(("sample", "site"), "f8", "stiffness k_i of G_i(v)", largest=LARGEST_PARAMETER),
    "a": Variable(
        ("sample", "site"), "f8", "anharmonicity a_i of G_i(v)", largest=LARGEST_PARAMETER
    ),
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
    "fourth_moment": Variable(
        _SERIES, "f8", "sum_i v_i^4 / N", least=0, largest=LARGEST_FOURTH_POWER
    ),
    "overlap": Variable(_OVERLAPS, "f8", "overlap of the replicas sum_i v_i v'_i / N"),
    "square_overlap": Variable(
        _OVERLAPS, "f8", "sum_i (v_i v'_i)^2 / N", least=0, largest=LARGEST_FOURTH_POWER
    ),
    "displacement": Variable(
        ("sample", "temperature", "replica", "site"),
        "f8",
        "displacement v_i at the end",
        largest=LARGEST_DISPLACEMENT,
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
        ("sample", "replica"),
        "i8",
        "round trips, hottest to coldest to hottest",
        least=0,
        most=MOST,
    ),
    "divergences": Variable(
        _LADDER, "i8", "rejected trajectories whose energy was not finite", least=0, most=MOST
    ),
}

LAST_STATE: dict[str, Variable] = {
    "product": Variable(
        ("sample", "temperature", "replica", "site"), "f8", "sum_j J_ij v_j at the end"
    ),
    "potential": Variable(("sample", "temperature", "replica"), "f8", "energy U at the end"),
    "place": Variable(
        ("sample", "replica", "chain"),
        "i8",
        "index of the temperature that a chain is at in the end",
        least=0,
        most=MOST,
    ),
    "heading": Variable(
        ("sample", "replica", "chain"),
        "i8",
        "end of the ladder that a chain heads for (1: coldest, 2: hottest)",
        least=0,
        most=2,
    ),
    "swap_sum": Variable(
        ("sample", "rung"), "f8", "sum over acceptances of exchanges", least=0, most=MOST
    ),
    "acceptance_sum": Variable(
        _LADDER, "f8", "sum over acceptances of trajectories", least=0, most=MOST
    ),
    "log_step_size": Variable(_LADDER, "f8", "logarithm of the time step"),
    "notes": Variable(
        ("sample", "note", "site"),
        "f8",
        "displacement v_i noted on the way",
        largest=LARGEST_DISPLACEMENT,
    ),
}
"""Of tempering since version 3: what a run goes on from when sweeps are added."""

LAST_COORDINATES: dict[str, Variable] = {
    "chain": Variable(("chain",), "i8", "chain of a replica"),
    "note": Variable(("note",), "i8", "what was noted, of replicas 1 and 2 in turn"),
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

STAGE_ATTRIBUTES = {"stages": Kind.TEXT, "part": Kind.TEXT}
"""More of provenance: a JSON list of objects with the simulation and versions of every stage, and
"1/1", or such as "3/7" where the archive is a part of a run."""


def provenance_attributes(version: int) -> dict[str, Kind]:
    """Those that provenance must have in a version of the format."""
    return {**PROVENANCE_ATTRIBUTES, **(STAGE_ATTRIBUTES if version >= STAGED_SINCE else {})}


TEMPERING_ATTRIBUTES = {"measure_every": Kind.NUMBER}

LAST_ATTRIBUTES = {"burn_in": Kind.NUMBER, "sweeps": Kind.NUMBER}
"""Beside them where the last state is kept: how many sweeps have led there."""

CHECKSUMS = "checksums"
"""The root attribute with a SHA-256 of every other attribute."""
