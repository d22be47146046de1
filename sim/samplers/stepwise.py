"""Work that goes on step by step, and can be left between two of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping

from .._typing import HostArray
from ..errors import SimulationError

Arrays = Mapping[str, HostArray]


class Stepwise(ABC):
    """What ``drive`` takes from its beginning to its end, with checkpoints and signs of life."""

    @property
    @abstractmethod
    def done(self) -> bool:
        """True once ``sweep`` need not be called any more."""

    @property
    def progress(self) -> float | None:
        """How much of it is done, from 0 to 1; None, the default, where nobody knows."""
        return None

    @abstractmethod
    def sweep(self) -> None:
        """Go on a little: at most some seconds. Interrupts and checkpoints wait for its end."""

    def checkpoint(self) -> Arrays | None:
        """All that the run is between two sweeps, as arrays of numbers on the host.

        None, the default, says that a run which was interrupted begins anew.
        """
        return None

    def restore(self, arrays: Arrays) -> None:  # noqa: ARG002
        """Go on where the run stood whose ``checkpoint`` these are; called before any sweep.

        Raises
        ------
        SimulationError
            If the class has a ``checkpoint`` and no ``restore``.
        """
        raise SimulationError(
            f"{type(self).__name__} saves checkpoints, but does not go on from them: write its "
            "restore(arrays)"
        )
