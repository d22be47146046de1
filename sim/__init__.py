"""Finite N: what samples do."""

from . import archive, cavity, couplings, landscape
from .errors import (
    ArchiveError,
    ConfigError,
    CouplingError,
    DeviceError,
    NotAMinimumError,
    ShapeError,
    SimulationError,
)

__all__ = [
    "ArchiveError",
    "ConfigError",
    "CouplingError",
    "DeviceError",
    "NotAMinimumError",
    "ShapeError",
    "SimulationError",
    "archive",
    "cavity",
    "couplings",
    "landscape",
]
