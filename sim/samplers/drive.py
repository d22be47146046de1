"""One way to run every sampler: sweeps, checkpoints, interrupts, minimisation, what is kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import array_api_compat
import numpy as np
from glasswell.theory.model import Model

from .._typing import HostArray
from ..backend.interrupts import deferred
from ..minima.collect import collect, lowest_hits
from ..minima.minimiser import Minima, Minimisation
from ..records.packed import part, prefixed
from ..records.sizes import SizeData, concatenate
from ..records.time_series import Tempered, rows
from ..sample.sites import beside
from . import contract
from .base import Arrays, Batch, Draw, Found, Sampler
from .search_state import Keeper, SampleMinima, Saver, SearchState

DYNAMICS = 0.95
"""Share of a search that is taken to be its run, if that has sweeps; the rest is minimisation."""


@dataclass(frozen=True)
class Goal:
    """What is asked of the search of a sample."""

    kept: int
    """States, lowest first."""
    least_hits: int = 1
    """Starts that must have ended in the lowest state, or the sample is searched again."""
    rounds: int = 1
    """Searches at most."""
    attempt: int = 0
    """Searches that were made before: random numbers are those of the next."""


def search(
    sampler: Sampler,
    numbers: Sequence[int],
    draw: Draw,
    goal: Goal,
    keeper: Keeper | None = None,
) -> SizeData:
    """Search samples of one size, and keep their lowest states.

    An interrupt waits for the end of a sweep, or of a step of the minimisation, and saves a
    checkpoint before it takes effect; a second Ctrl-C does not wait. What was interrupted gives,
    bit for bit, what it would have given.

    Parameters
    ----------
    numbers
        Of the samples.
    draw
        Makes batches of them, with what ``sampler.prepare`` has returned.

    Raises
    ------
    SimulationError
        If the sampler does not do what it should: naming it.
    """
    state = SearchState(keeper or Keeper(), len(numbers))
    left = list(numbers[state.samples :])
    size = len(left) if sampler.together else state.group
    while left:
        batch = draw(left[: size or 1])
        if not size:
            # The first sample says how many are best searched with it.
            size = max(1, sampler.side_by_side(batch.model, batch.N, batch.xp))
            batch = batch if size == 1 else draw(left[:size])
        state.group = len(batch.numbers)
        _search_group(sampler, batch, goal, state)
        left = left[len(batch.numbers) :]
    return concatenate(state.finished)


def prepared(
    sampler: Sampler, model: Model, N: int, draw: Draw, keeper: Keeper | None = None
) -> Arrays:
    """What ``sampler.prepare`` returns, from where it was interrupted.

    What has taken long is kept as a whole, so that a run that is resumed has it at once.

    Raises
    ------
    SimulationError
        If the sampler does not do for this model, or not what it should.
    """
    keeper = keeper or Keeper()
    kept, saver = keeper.load() or {}, Saver(keeper)
    if "prepared" in kept:
        return part("shared", kept)
    steps = sampler.preparation(model, N, draw)
    if steps is None:
        return sampler.prepare(model, N, draw)
    begun = part("run", kept)
    if begun:
        steps.restore(begun)
    _gone_through(
        saver,
        lambda: contract.done(sampler, steps),
        steps.sweep,
        lambda: prefixed("run", contract.require_arrays(sampler, steps.checkpoint())),
        lambda: contract.progress(sampler, steps),
    )
    shared = steps.result()
    whole = {**prefixed("shared", shared), "prepared": np.asarray(1)}
    saver.save_if_due(lambda: whole, stage=True)
    return shared


def begun(run: Arrays, samples: int) -> Arrays:
    """What a keeper has of so many samples whose first search stands there, by its checkpoint."""
    return {**prefixed("run", run), "group": np.asarray(samples), "attempt": np.asarray(0)}


def minima_of(sampler: Sampler, batch: Batch) -> list[Minima]:
    """The minima that the columns of each sample end in, (N, R) each; nothing is kept on the way.

    >>> from glasswell.sim import Quench, Sample
    >>> from glasswell.theory import Model
    >>> batch = Batch.of([Sample(Model(gamma=10.0), 8, seed=1)], seed=1)
    >>> [minima.energy.shape for minima in minima_of(Quench(starts=3), batch)]
    [(3,)]
    """
    states, _ = _one_search(sampler, batch, SearchState(Keeper(), len(batch.numbers)))
    return [one.minima for one in states]


def _search_group(sampler: Sampler, batch: Batch, goal: Goal, state: SearchState) -> None:
    states, series = _repeated(sampler, batch, goal, state)
    parts = [_kept(s, states[s], batch, goal, series) for s in range(len(states))]
    state.group_is_over(parts)


def _repeated(
    sampler: Sampler, batch: Batch, goal: Goal, state: SearchState
) -> tuple[list[SampleMinima], Tempered | None]:
    """Searches of each sample, until its lowest state was hit often enough."""
    rounds = 1 if sampler.together else goal.rounds
    state.may_repeat = rounds > 1 and goal.least_hits > 1
    states, series = state.states(batch)
    lacking = list(range(len(batch.numbers)))
    while True:
        if states:
            lacking = _lacking(states, batch, goal)
            if not lacking or state.attempt >= rounds:
                return states, series
        again = replace(batch.only(lacking), attempt=goal.attempt + state.attempt)
        found, series = _one_search(sampler, again, state)
        if not states:
            states = found
        else:
            for s, more in zip(lacking, found, strict=True):
                states[s] = states[s].and_of(more)
        state.attempt_is_over(states, series)


def _lacking(states: Sequence[SampleMinima], batch: Batch, goal: Goal) -> list[int]:
    """The samples whose lowest state was not hit often enough, by where they stand."""
    return [
        s
        for s, (one, own) in enumerate(zip(states, batch.sites, strict=True))
        if lowest_hits(one.minima, own, one.origin) < goal.least_hits
    ]


def _one_search(
    sampler: Sampler, batch: Batch, state: SearchState
) -> tuple[list[SampleMinima], Tempered | None]:
    found, dynamics = state.found(batch), DYNAMICS
    if found is None:
        run = contract.require_run(sampler, sampler.init(batch))
        contract.progress(sampler, run)
        state.restore(run)
        dynamics = 0.0 if contract.done(sampler, run) else DYNAMICS

        def where_run() -> dict[str, HostArray]:
            return prefixed("run", contract.require_arrays(sampler, run.checkpoint()))

        _gone_through(
            state,
            lambda: contract.done(sampler, run),
            run.sweep,
            where_run,
            lambda: dynamics * contract.progress(sampler, run),
        )
        found = _settled(contract.require_found(sampler, batch, run.result()))
        state.run_is_over(found)
    return _minimised(found, batch, state, dynamics), found.series


def _settled(found: Found) -> Found:
    """With columns in the order in memory in which a checkpoint gives them back."""
    if not array_api_compat.is_numpy_array(found.columns):
        return found
    return replace(found, columns=np.array(found.columns, order="A"))


def _gone_through(
    state: SearchState | Saver,
    done: Callable[[], bool],
    step: Callable[[], None],
    where: Callable[[], dict[str, HostArray]],
    share: Callable[[], float],
) -> None:
    """Step by step to the end of a stage, with checkpoints and signs of life between steps."""
    # Once more for a caller whose signal handler does not end the run.
    while not done():
        with deferred() as interrupt:
            while not done() and not interrupt.requested:
                step()
                state.save_if_due(where, now=interrupt.requested)
                state.tell(share)


def _minimised(
    found: Found, batch: Batch, state: SearchState, dynamics: float
) -> list[SampleMinima]:
    v = batch.on_device(found.columns)
    run = Minimisation(v, batch.J, beside(batch.all_sites, v))
    state.restore_minimisation(run)
    _gone_through(
        state,
        lambda: run.done,
        run.step,
        lambda: prefixed("minimised", run.checkpoint()),
        lambda: dynamics + (1.0 - dynamics) * run.progress,
    )
    minima = run.result(eigenvalues=False)
    origin = np.arange(v.shape[2]) if found.origin is None else np.asarray(found.origin)
    return [
        SampleMinima(Minima(**{n: x[s, ...] for n, x in vars(minima).items()}), origin)
        for s in range(len(batch.numbers))
    ]


def _kept(
    s: int, states: SampleMinima, batch: Batch, goal: Goal, series: Tempered | None
) -> SizeData:
    own, J = batch.sites[s], batch.J[s, ...]
    data = collect(batch.numbers[s], states.minima, J, own, goal.kept, states.origin)
    if batch.parameters:
        given = {name: np.asarray(x)[None] for name, x in batch.parameters[s].items()}
        data = replace(data, parameters=given)
    if series is not None:
        own_rows = rows([series], lambda arrays: arrays[0][s : s + 1])
        data = replace(data, tempering=own_rows)
    return data
