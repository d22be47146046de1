"""Method "temper": samples tempered together, their coldest states minimised on the way."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import array_api_compat
import numpy as np
from glasswell.theory.model import Model
from numpy.typing import NDArray

from ..archive.layout import SizeData, concatenate
from ..archive.schema import TEMPERING
from ..backend.devices import to_host
from ..backend.interrupts import deferred
from ..config import SimulationConfig
from ..minima.collect import collect
from ..minima.minimiser import Minima, minimise
from ..records.time_series import Tempered
from ..sample.given import Given
from ..sample.rng import Floats, Purpose
from ..sample.sample import Sample
from ..sample.scales import temperature
from . import temperable
from .ladder_tuning import tune
from .sweep_noise import Noise
from .tempering import REPLICAS, Arrays, Plan, Tempering

Array = Any

SWEEPS_PER_SITE = 32
LEAST_SWEEPS = 2000

PILOTS = 4
"""Samples on which a ladder is tuned; always the first, so that no ladder depends on how many
samples are asked for."""

SAVE_EVERY = 60.0
"""Seconds between checkpoints."""


def plan_of(config: SimulationConfig, N: int) -> Plan:
    """Sweeps as told, or 32 per site and 2000 at least; as many before they are measured."""
    sweeps = config.sweeps or max(SWEEPS_PER_SITE * N, LEAST_SWEEPS)
    burn_in = sweeps if config.burn_in is None else config.burn_in
    return Plan(burn_in, sweeps, config.measure_every, config.leapfrog_steps)


def check(model: Model, config: SimulationConfig) -> None:
    """Refuse, before anything is computed, what cannot be tempered or could not be analysed.

    Raises
    ------
    SimulationError
        As ``temperable.require_model``, and as ``require_length`` for any size.
    """
    temperable.require_model(model)
    for N in config.sizes:
        plan = plan_of(config, N)
        temperable.require_length(plan.sweeps, plan.measure_every)


def ladder_of(model: Model, config: SimulationConfig, N: int, xp: Any) -> Floats:
    """The temperatures of size N, (T,), as told or tuned; the same for every sample.

    Raises
    ------
    SimulationError
        As ``temperable.require_model``.
    """
    temperable.require_model(model)
    unit = temperature(model)
    if config.temperatures is not None:
        return unit * np.asarray(config.temperatures)
    # A file of couplings may have fewer.
    given = isinstance(config.couplings, Given)
    pilots = tuple(range(min(PILOTS, config.samples_of(N)) if given else PILOTS))
    return tune(
        xp.asarray(_couplings(model, config, N, pilots)),
        model,
        unit * config.coldest,
        unit * config.hottest,
        noise=Noise(config.seed, N, pilots, xp, Purpose.LADDER),
        count=config.rungs,
        leapfrog_steps=config.leapfrog_steps,
    ).temperatures


def _couplings(model: Model, config: SimulationConfig, N: int, samples: tuple[int, ...]) -> Floats:
    """(S, N, N)."""
    seed, source = config.seed, config.couplings
    made = [Sample(model, N, seed=seed, number=n, source=source).J for n in samples]
    return np.stack(made)


@dataclass(frozen=True)
class Keeper:
    """Where a run's checkpoint is kept between one interruption and the next."""

    load: Callable[[], Mapping[str, NDArray[Any]] | None]
    save: Callable[[Arrays], None]


def run(
    model: Model,
    config: SimulationConfig,
    N: int,
    samples: tuple[int, ...],
    temperatures: Floats,
    *,
    xp: Any,
    keeper: Keeper | None = None,
) -> SizeData:
    """Temper some samples of one size; their minima and time series.

    The coldest states of both replicas are noted ``starts``/2 times, evenly over the measured
    sweeps, and minimised in the end. A hit is a replica: what one of them finds twice it may
    never have left.

    Parameters
    ----------
    temperatures
        (T,) ascending.
    keeper
        Loads and saves checkpoints; an interrupt then saves one before it takes effect.
    """
    J = xp.asarray(_couplings(model, config, N, samples))
    noise = Noise(config.seed, N, samples, xp)
    tempering = Tempering(J, model, temperatures, plan_of(config, N), noise)
    notes = np.zeros((len(samples), N, config.starts))
    _sweep_to_the_end(tempering, notes, keeper)
    minima = minimise(xp.asarray(notes), J, model)
    result = quenched(tempering.result(), J, model)
    parts = [_one(s, number, minima, result, J, model, config) for s, number in enumerate(samples)]
    return concatenate(parts)


def quenched(run: Tempered, J: Array, model: Model) -> Tempered:
    """The run with the energies of the minima that its last displacements fall into.

    Parameters
    ----------
    J
        (S, N, N) couplings of its samples.
    """
    S, T, replicas, N = run.displacement.shape
    xp = array_api_compat.array_namespace(J)
    device = array_api_compat.device(J)
    columns = run.displacement.reshape(S, T * replicas, N).transpose(0, 2, 1)
    minima = minimise(xp.asarray(columns, device=device), J, model)
    energy = np.where(to_host(minima.converged), to_host(minima.energy) / N, np.nan)
    return replace(run, inherent_energy=energy.reshape(S, T, replicas))


def _sweep_to_the_end(tempering: Tempering, notes: Floats, keeper: Keeper | None) -> None:
    kept = keeper.load() if keeper else None
    if kept is not None:
        state = dict(kept)
        notes[...] = state.pop("notes")
        tempering.restore(state)
    due = _dates(tempering.plan, notes.shape[-1] // REPLICAS)
    saved = time.monotonic()
    with deferred() as interrupt:
        while not tempering.done and not interrupt.requested:
            tempering.sweep()
            for index in np.flatnonzero(due == tempering.swept):
                columns = slice(REPLICAS * index, REPLICAS * (index + 1))
                notes[..., columns] = to_host(tempering.coldest())
            if keeper and (interrupt.requested or time.monotonic() - saved > SAVE_EVERY):
                keeper.save({**tempering.checkpoint(), "notes": notes})
                saved = time.monotonic()


def _dates(plan: Plan, count: int) -> NDArray[np.int64]:
    """The sweeps after which the coldest states are noted: evenly, the last one included."""
    return plan.burn_in + plan.sweeps * np.arange(1, count + 1) // count


def _one(
    s: int,
    number: int,
    minima: Minima,
    result: Tempered,
    J: Array,
    model: Model,
    config: SimulationConfig,
) -> SizeData:
    own = Minima(**{name: array[s, ...] for name, array in vars(minima).items()})
    origin = np.arange(config.starts) % REPLICAS
    data = collect(number, own, J[s, ...], model, config.kept, origin)
    series = {name: getattr(result, name)[s : s + 1] for name in TEMPERING}
    run = Tempered(temperatures=result.temperatures, **series, measure_every=result.measure_every)
    return SizeData(**{**vars(data), "tempering": run})
