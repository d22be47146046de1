"""What an archive holds, with a user's own observables beside what every archive says."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from glasswell import sim
from glasswell.sim import Tempered
from glasswell.sim.archive import writing
from glasswell.theory import solve

from ..config import CompareConfig
from ..measured.lowest_states import LowestStates, check_sizes
from .observable import Observable, check_names
from .thermal_observable import AnyObservable, ThermalObservable, by_kind

DEFAULTS = CompareConfig()


def inspect(
    path: str | Path, observables: Sequence[AnyObservable] = (), config: CompareConfig = DEFAULTS
) -> dict[str, Any]:
    """``sim.inspect``, and for every size the observables of its lowest states by key.

    An archive holds states and no observables: they are measured again from it. Each has its name,
    unit, value and bootstrap error; nothing is extrapolated, and no theory asked what it predicts.
    Thermal ones have lists of temperatures, values and errors, where the size was tempered.

    Parameters
    ----------
    config
        Resamples and seed of the bootstrap.

    Raises
    ------
    ArchiveError
        If the archive cannot be read.
    CompareError
        If an observable cannot be measured, two have one name, or there are too few samples.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from glasswell.compare import Observable, inspect
    >>> from glasswell.sim import SimulationConfig, simulate
    >>> from glasswell.theory import Model
    >>> fourth = Observable(name="[v⁴]", measured=lambda s: (s.displacement**4).mean(axis=1))
    >>> config = SimulationConfig(sizes=(8,), samples=8, starts=4, method="quench", states=1)
    >>> with TemporaryDirectory() as folder:
    ...     _ = simulate(Model(gamma=2.0), config, Path(folder) / "samples.h5")
    ...     content = inspect(Path(folder) / "samples.h5", [fourth])
    >>> [found["name"] for found in content["sizes"]["8"]["observables"].values()]
    ['[v⁴]']
    """
    own, thermal = by_kind(observables)
    check_names([*own, *thermal], ())
    content = sim.inspect(path)
    if not observables:
        return content
    with writing.open_archive(path) as archive:
        check_sizes(archive.sizes)
        model = archive.model
        polarised = bool(own) and bool(solve(model).p != 0)
        for N, data in archive.sizes.items():
            found = content["sizes"][str(N)].setdefault("observables", {})
            if own:
                states = LowestStates.of(
                    data, model, config.resamples, config.seed, polarised=polarised
                )
                found |= {observable.key: _of_states(observable, states) for observable in own}
            run = data.tempering if thermal else None
            if run is not None:
                found |= {o.key: _of_temperatures(o, run) for o in thermal}
    return content


def _of_states(observable: Observable, states: LowestStates) -> dict[str, Any]:
    estimate = observable.estimate(states)
    return {
        "name": observable.name,
        "unit": observable.unit,
        "value": estimate.value,
        "error": estimate.error,
    }


def _of_temperatures(observable: ThermalObservable, run: Tempered) -> dict[str, Any]:
    average = observable.average(run)
    return {
        "name": observable.name,
        "unit": observable.unit,
        "temperatures": run.temperatures.tolist(),
        "value": average.value.tolist(),
        "error": average.error.tolist(),
    }
