"""What a simulation can refuse: one line each, saying what to do."""

from __future__ import annotations

from glasswell.theory.model import ConfigError as ConfigError
from glasswell.theory.model import GlasswellError as GlasswellError


class CouplingError(GlasswellError, ValueError):
    """A coupling matrix that is not one: not square, not symmetric, self-coupled, not finite.

    Examples
    --------
    >>> import numpy as np
    >>> from glasswell.sim import couplings
    >>> couplings.check(np.ones((2, 2)))
    Traceback (most recent call last):
        ...
    glasswell.sim.errors.CouplingError: couplings must have a zero diagonal: put J_ii v_i²/2 ...
    """


class ShapeError(GlasswellError, ValueError):
    """Displacements and couplings whose shapes do not belong together.

    Examples
    --------
    >>> import numpy as np
    >>> from glasswell.sim import landscape
    >>> from glasswell.theory import Model
    >>> landscape.energy(np.zeros(3), np.zeros((2, 2)), Model(gamma=1.0))
    Traceback (most recent call last):
        ...
    glasswell.sim.errors.ShapeError: displacements (N,) or (N, R) need couplings (N, N), and (S, ...
    """


class NotAMinimumError(GlasswellError, ValueError):
    """A response was asked for where the Hessian is not positive definite.

    Examples
    --------
    >>> import numpy as np
    >>> from glasswell.sim import cavity, couplings
    >>> from glasswell.theory import Model
    >>> model = Model(gamma=10.0)
    >>> cavity.fields(np.zeros(8), couplings.sample(model, 8, seed=1), model)
    Traceback (most recent call last):
        ...
    glasswell.sim.errors.NotAMinimumError: the Hessian is not positive definite: cavity fields ...
    """


class SimulationError(GlasswellError, ValueError):
    """A simulation was asked for that makes no sense (N < 2, starts < 1, unknown method, ...).

    Examples
    --------
    >>> from glasswell.sim import SimulationConfig
    >>> SimulationConfig(sizes=(1,))
    Traceback (most recent call last):
        ...
    glasswell.sim.errors.SimulationError: each of sizes must be an integer of at least 2, got 1
    """


class ArchiveError(GlasswellError, OSError):
    """An archive that cannot be read or written.

    Examples
    --------
    >>> from glasswell.sim import read
    >>> read("not-there.h5")
    Traceback (most recent call last):
        ...
    glasswell.sim.errors.ArchiveError: there is no archive not-there.h5 (No such file or ...
    """


class StorageError(ArchiveError):
    """The disk, not the input, is why a file cannot be written: full, over a limit, or failing.

    Examples
    --------
    >>> from glasswell.sim import ArchiveError, StorageError
    >>> issubclass(StorageError, ArchiveError)
    True
    """


class LockError(ArchiveError):
    """A file that cannot be had to oneself: another run holds it, or locks do not work there.

    Examples
    --------
    >>> from glasswell.sim import ArchiveError, LockError
    >>> issubclass(LockError, ArchiveError)
    True
    """


class DeviceError(GlasswellError, RuntimeError):
    """The device asked for is not there.

    Examples
    --------
    >>> from glasswell.sim import DeviceError
    >>> issubclass(DeviceError, RuntimeError)
    True
    """
