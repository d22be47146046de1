"""Where a tempering has stopped: all that it needs to go on as if it had not."""

from __future__ import annotations

from dataclasses import dataclass, fields

from .._typing import Floats, Integers


@dataclass(frozen=True)
class LastState:
    """The state after the last sweep, beside the displacements at the end; shapes as ``Tempered``.

    Exact sums and products, not what could be computed again: a run that goes on from it is, bit
    for bit, the run that was never stopped.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from glasswell.sim import SimulationConfig, simulate
    >>> from glasswell.theory import Model
    >>> config = SimulationConfig(
    ...     sizes=(4,), samples=3, starts=6, method="temper", temperatures=(1.0, 2.0), sweeps=100
    ... )
    >>> with TemporaryDirectory() as folder:
    ...     archive = simulate(Model(gamma=2.0), config, Path(folder) / "samples.h5")
    >>> last = archive.sizes[4].tempering.last
    >>> last.sweeps, last.notes.shape  # samples, columns, sites
    (100, (3, 6, 4))
    """

    product: Floats
    """(S, T, 2, N) Σ_j J_ij v_j."""
    potential: Floats
    """(S, T, 2) U."""
    place: Integers
    """(S, 2, T) the temperature that each chain is at, by index."""
    heading: Integers
    """(S, 2, T) the end of the ladder that each chain heads for."""
    swap_sum: Floats
    """(S, T - 1) acceptance probabilities of exchanges, summed over those that were tried."""
    acceptance_sum: Floats
    """(S, T) acceptance probabilities of trajectories, summed over sweeps after the burn-in."""
    log_step_size: Floats
    """(S, T) ln ε of the frozen steps."""
    notes: Floats
    """(S, R, N) displacements noted on the way, of replicas 1 and 2 in turn."""
    burn_in: int
    """Sweeps before the first that counts."""
    sweeps: int
    """Sweeps since."""


LAST = tuple(field.name for field in fields(LastState) if field.name not in ("burn_in", "sweeps"))
"""The arrays of which every sample has a row."""
