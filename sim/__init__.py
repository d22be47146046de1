"""Finite N: what samples do."""

from . import archive, cavity, couplings, equilibrium, landscape, local, observables, spectrum
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
from .summary import inspect

__all__ = [
    "Archive",
    "ArchiveError",
    "ConfigError",
    "CouplingError",
    "DeviceError",
    "Minima",
    "NotAMinimumError",
    "Provenance",
    "ShapeError",
    "SimulationConfig",
    "SimulationError",
    "SizeData",
    "Status",
    "archive",
    "cavity",
    "couplings",
    "equilibrium",
    "inspect",
    "landscape",
    "local",
    "minimise",
    "observables",
    "simulate",
    "spectrum",
]
