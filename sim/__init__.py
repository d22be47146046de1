"""Finite N: what samples do."""

from . import (
    archive,
    cavity,
    couplings,
    equilibrium,
    hmc,
    landscape,
    local,
    local_wells,
    observables,
    path,
    relaxation,
    response,
    spectrum,
    tempering,
    tuning,
)
from .archive import Archive, Provenance, SizeData
from .config import SimulationConfig
from .ensemble import simulate
from .errors import (
    ArchiveError,
    ConfigError,
    CouplingError,
    DeviceError,
    NotAMinimumError,
    ShapeError,
    SimulationError,
)
from .minimise import Minima, Status, minimise
from .noise import Noise
from .summary import inspect
from .tempered import Tempered

__all__ = [
    "Archive",
    "ArchiveError",
    "ConfigError",
    "CouplingError",
    "DeviceError",
    "Minima",
    "Noise",
    "NotAMinimumError",
    "Provenance",
    "ShapeError",
    "SimulationConfig",
    "SimulationError",
    "SizeData",
    "Status",
    "Tempered",
    "archive",
    "cavity",
    "couplings",
    "equilibrium",
    "hmc",
    "inspect",
    "landscape",
    "local",
    "local_wells",
    "minimise",
    "observables",
    "path",
    "relaxation",
    "response",
    "simulate",
    "spectrum",
    "tempering",
    "tuning",
]
