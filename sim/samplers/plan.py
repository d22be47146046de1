"""How long a tempering is, and how often it is measured."""

from __future__ import annotations

from dataclasses import dataclass

from ..backend.checks import require_at_least
from . import hmc


@dataclass(frozen=True)
class Plan:
    """How long a run is. A sweep is one trajectory of every chain and one round of exchanges.

    Parameters
    ----------
    burn_in
        Sweeps in which the step sizes adapt and nothing is measured.
    sweeps
        Sweeps after it.
    measure_every
        Sweeps between measurements.
    leapfrog_steps
        Mean number of steps of a trajectory.

    Raises
    ------
    SimulationError
        If a number is out of range.
    """

    burn_in: int
    sweeps: int
    measure_every: int = 10
    leapfrog_steps: int = hmc.LEAPFROG_STEPS

    def __post_init__(self) -> None:
        require_at_least(0, burn_in=self.burn_in, sweeps=self.sweeps)
        require_at_least(1, measure_every=self.measure_every)
        require_at_least(1, leapfrog_steps=self.leapfrog_steps)

    @property
    def measurements(self) -> int:
        """The number of measurements M."""
        return self.sweeps // self.measure_every
