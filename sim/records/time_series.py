"""What a run of parallel tempering has measured."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from .._typing import Floats, Integers
from .last_state import LAST, LastState
from .moments import Moments


@dataclass(frozen=True)
class Tempered:
    """What a run has measured; S samples, T temperatures, 2 replicas, M measurements, N sites.

    The symbols are those of physics.md §5; all are per site, and time is the last axis.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from glasswell.sim import SimulationConfig, simulate
    >>> from glasswell.theory import Model
    >>> config = SimulationConfig(
    ...     sizes=(4,), samples=4, starts=4, method="temper", temperatures=(1.0, 2.0), sweeps=100
    ... )
    >>> with TemporaryDirectory() as folder:
    ...     archive = simulate(Model(gamma=2.0), config, Path(folder) / "samples.h5")
    >>> series = archive.sizes[4].tempering
    >>> series.temperatures.round(2), series.energy.shape  # samples, temperatures, chains, times
    (array([ 8.93, 17.86]), (4, 2, 2, 10))
    """

    temperatures: Floats
    """(T,) ascending."""
    energy: Floats
    """(S, T, 2, M) U/N."""
    bond_energy: Floats
    """(S, T, 2, M) e_J = -(1/2N) Σ_{i≠j} J_ij v_i v_j."""
    virial: Floats
    """(S, T, 2, M) 2 e_J + (1/N) Σ_i v_i (G'(v_i)/γ - H): its average is the temperature."""
    polarisation: Floats
    """(S, T, 2, M) p."""
    q_hat: Floats
    """(S, T, 2, M) Q."""
    fourth_moment: Floats
    """(S, T, 2, M) K."""
    overlap: Floats
    """(S, T, M) R, between the two replicas."""
    square_overlap: Floats
    """(S, T, M) L, between the two replicas."""
    displacement: Floats
    """(S, T, 2, N) v_i at the end."""
    inherent_energy: Floats
    """(S, T, 2) U/N of the minimum that they fall into; nan where they were not quenched, or no
    minimum was certified."""
    acceptance: Floats
    """(S, T) mean acceptance probability of trajectories after the burn-in."""
    swap_acceptance: Floats
    """(S, T - 1) mean acceptance probability of exchanges, between each temperature and the next
    hotter, after the burn-in; nan where none was tried."""
    step_size: Floats
    """(S, T) frozen ε."""
    round_trips: Integers
    """(S, 2) from the hottest temperature to the coldest and back, summed over the chains of each
    replica, after the burn-in."""
    divergences: Integers
    """(S, T) trajectories after the burn-in whose energy was not finite; all were rejected."""
    measure_every: int
    """Sweeps between measurements."""
    last: LastState | None = None
    """What the run goes on from, if more sweeps are asked for; older archives have none."""

    @property
    def N(self) -> int:
        """Sites per sample."""
        return int(self.displacement.shape[-1])

    @property
    def moments(self) -> Moments:
        """What enters the integration by parts; the two replicas are one pair."""
        return Moments(
            e_J=self.bond_energy,
            p=self.polarisation,
            Q=self.q_hat,
            K=self.fourth_moment,
            R=self.overlap[:, :, None],
            L=self.square_overlap[:, :, None],
        )


SERIES = tuple(
    field.name
    for field in fields(Tempered)
    if field.name not in ("temperatures", "measure_every", "last")
)
"""The arrays of which every sample has a row."""


def rows(runs: Sequence[Tempered], made: Callable[[list[Any]], Any]) -> Tempered:
    """One run whose arrays are ``made`` of those of all runs; of equal ladders and lengths.

    Without the last state of one there is none of all.
    """
    found = {name: made([getattr(run, name) for run in runs]) for name in SERIES}
    lasts = [run.last for run in runs if run.last is not None]
    last = None
    if lasts and len(lasts) == len(runs):
        arrays = {name: made([getattr(one, name) for one in lasts]) for name in LAST}
        last = replace(lasts[0], **arrays)
    return replace(runs[0], **found, last=last)
