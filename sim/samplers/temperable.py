"""What parallel tempering is made for, and how long a run must be to be judged."""

from __future__ import annotations

from glasswell.theory.model import Model

from ..equilibrium.rhat import FEWEST_TIMES
from ..errors import SimulationError
from . import mirror_moves


def require_model(model: Model) -> None:
    """Refuse what tempering cannot equilibrate.

    Raises
    ------
    SimulationError
        If sites differ, which trajectories do not know; or if G itself is a double well, whose
        barrier does not fall with the glass's temperatures.
    """
    if model.random:
        raise SimulationError(
            f"tempering needs sites that are alike, not random {' and '.join(model.random)}: use "
            'method "anneal" or "quench"'
        )
    if mirror_moves.needed(model):
        raise SimulationError(
            "tempering does not climb the barrier of a G that is itself a double well (k < 0): use "
            'method "anneal", which mirrors sites'
        )


def require_length(sweeps: int, measure_every: int) -> None:
    """Refuse a run that could not be analysed: R̂ and drift need FEWEST_TIMES measurements.

    Raises
    ------
    SimulationError
        If there are fewer.
    """
    measurements = sweeps // measure_every
    if measurements < FEWEST_TIMES:
        raise SimulationError(
            f"{sweeps} sweeps, measured every {measure_every}, are {measurements} measurements, "
            f"too few to be judged: take at least {FEWEST_TIMES * measure_every} sweeps"
        )
