"""What the sites of the lowest states really feel: asked of the samples, beyond linear response.

The first certified samples of every size are taken from the archive, their couplings made again.
Every double well among their cavity potentials is measured by constrained relaxation and along a
minimum-energy path, and the lowest state is looked for again in small random fields.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

import numpy as np
from glasswell.sim import Archive, SizeData, Status, blocks
from glasswell.sim.local import response, three_ways
from glasswell.sim.local.response import Response
from glasswell.sim.local.three_ways import LocalWells
from glasswell.sim.minima.collect import same_energy
from glasswell.sim.records.blocks import Size
from glasswell.sim.records.sizes import concatenate, select
from glasswell.sim.run import executors
from glasswell.sim.run.waiting import Division
from glasswell.sim.sample.couplings_source import Source
from glasswell.sim.sample.sample import Sample
from glasswell.theory.model import Model, check_portable

from .._typing import Floats
from ..errors import CompareError
from ..statistics.bootstrap import check_samples
from .field_response import FieldResponse
from .lowest_states import certified
from .three_ways import ThreeWays

Progress = Callable[[int, int], None]
"""Called with the number of samples done, and of all."""

FIELDS = (0.003, 0.01, 0.03)
"""Random fields in units of √[v²], the width of the cavity fields over J."""


@dataclass(frozen=True)
class LocalPotentials:
    """The lowest states of the first samples of one size."""

    wells: ThreeWays
    response: FieldResponse | None
    """None in a field H or where v = 0: signs of the random field are a gauge only without H."""


@dataclass(frozen=True)
class _Job:
    model: Model
    N: int
    row: int
    sample: int
    seed: int
    source: Source
    states: Floats
    """(N, K) certified minima, lowest first."""
    fields: tuple[float, ...]


def measure(
    archive: Archive,
    samples: int,
    *,
    resamples: int = 1000,
    seed: int = 1,
    engine: str = "inline",
    workers: int | None = None,
    scheduler: str | None = None,
    progress: Progress | None = None,
) -> dict[int, LocalPotentials]:
    """Measure the first ``samples`` certified samples of every size, or all there are; by N.

    Takes 2 n N × 48 numbers of memory per worker, n double wells of one sample.

    Parameters
    ----------
    resamples, seed
        Of the bootstrap over samples; the seed also draws the signs of the random fields.
    engine, workers, scheduler
        As for ``sim.simulate``.
    progress
        Called with (done, all) samples.

    Raises
    ------
    CompareError
        If sites differ in their parameters, or there are too few samples for an error bar.
    SimulationError
        If the engine is unknown, workers < 1, or workers died at one sample at every attempt.
    ModelError
        If other processes cannot be given the model's potential.
    """
    check(archive.model)
    if archive.model.potential is not None and engine != "inline":
        check_portable(archive.model.potential)
    jobs = [job for N in sorted(archive.sizes) for job in _jobs(archive, N, samples)]
    done: dict[tuple[int, int], tuple[LocalWells, Response | None]] = {}
    if progress is not None:
        progress(0, len(jobs))
    measured = executors.run(
        _measure,
        jobs,
        engine=engine,
        workers=workers,
        scheduler=scheduler,
        division=Division(lambda job: f"N = {job.N}, sample {job.sample}"),
    )
    with closing(measured) as results:
        for N, row, wells, answer in results:
            done[N, row] = wells, answer
            if progress is not None:
                progress(len(done), len(jobs))
    by_size: dict[int, LocalPotentials] = {}
    for N in sorted(archive.sizes):
        rows = [done[job.N, job.row] for job in jobs if job.N == N]
        rng = np.random.default_rng([seed, N])
        three = ThreeWays.of([wells for wells, _ in rows], resamples=resamples, rng=rng)
        answers = [answer for _, answer in rows if answer is not None]
        average = FieldResponse.of(answers, three.resampling) if answers else None
        by_size[N] = LocalPotentials(three, average)
    return by_size


def check(model: Model) -> None:
    """Refuse a model whose samples cannot be measured so, before they are made.

    Raises
    ------
    CompareError
        If sites differ in their parameters.
    """
    if model.random:
        raise CompareError(
            "local potentials are measured three ways only where all sites are alike: set "
            "local_samples = 0"
        )


def _jobs(archive: Archive, N: int, samples: int) -> list[_Job]:
    data, model = _first(archive.sizes[N], samples), archive.model
    rows = range(len(data.sample))
    check_samples(len(rows))
    width = float(np.sqrt(np.mean(data.displacement[:, 0] ** 2)))
    fields = tuple(x * width for x in FIELDS) if model.symmetric and width > 0.0 else ()
    return [
        _Job(
            model=model,
            N=N,
            row=row,
            sample=int(data.sample[row]),
            seed=archive.config.seed,
            source=archive.source.only(N, int(data.sample[row])),
            states=_states(data, row, model),
            fields=fields,
        )
        for row in rows
    ]


def _first(data: Size, samples: int) -> SizeData:
    """The first certified samples, or all there are."""
    found: list[SizeData] = []
    left = samples
    for block in blocks(data):
        found.append(select(block, certified(block)[:left]))
        left -= len(found[-1].sample)
        if not left:
            break
    return concatenate(found)


def _states(data: SizeData, row: int, model: Model) -> Floats:
    """(N, K) the certified states of one sample that differ in energy, lowest first."""
    energy = data.energy[row]
    new = np.append(True, ~same_energy(energy[1:], energy[:-1], model))
    return np.asarray(data.displacement[row, new & (data.status[row] == Status.CONVERGED)].T)


def _measure(job: _Job) -> tuple[int, int, LocalWells, Response | None]:
    J = Sample(job.model, job.N, seed=job.seed, number=job.sample, source=job.source).J
    lowest, others = job.states[:, 0], job.states[:, 1:]
    wells = three_ways.measure(lowest, J, job.model)
    answer = None
    if job.fields:
        rng = np.random.default_rng([job.seed, job.N, job.sample])
        signs = rng.choice([-1.0, 1.0], (job.N, 1))
        answer = response.measure(lowest, others, J, job.model, fields=job.fields, signs=signs)
    return job.N, job.row, wells, answer
