"""What a simulation can refuse: one line each, saying what to do."""

from __future__ import annotations

from glasswell.theory.model import ConfigError as ConfigError
from glasswell.theory.model import GlasswellError


class CouplingError(GlasswellError, ValueError):
    """A coupling matrix that is not one: not square, not symmetric, self-coupled, not finite."""


class ShapeError(GlasswellError, ValueError):
    """Displacements and couplings whose shapes do not belong together."""


class NotAMinimumError(GlasswellError, ValueError):
    """A response was asked for where the Hessian is not positive definite."""


class SimulationError(GlasswellError, ValueError):
    """A simulation was asked for that makes no sense (N < 2, starts < 1, unknown method, ...)."""


class ArchiveError(GlasswellError, OSError):
    """An archive that cannot be read or written."""


class StorageError(ArchiveError):
    """The disk, not the input, is why a file cannot be written: full, over a limit, or failing."""


class LockError(ArchiveError):
    """A file that cannot be had to oneself: another run holds it, or locks do not work there."""


class DeviceError(GlasswellError, RuntimeError):
    """The device asked for is not there."""
