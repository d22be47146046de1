"""What the numbers of an archive must be like, beyond their types and shapes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from .._typing import HostArray
from ..backend.printable import printable
from ..config import SimulationConfig
from ..errors import ArchiveError
from ..minima.status import Status, certified, stationary
from ..samplers.temper import Temper
from .schema import STATES, Exists, Variable

if TYPE_CHECKING:
    from .layout import Provenance

Arrays = Mapping[str, HostArray]


def check_sizes(found: list[int], provenance: Provenance, *, whole: bool) -> None:
    """Refuse an archive that has other sizes than its configuration; a shard has just one of them.

    Of a size without samples a part of a run has nothing.

    Raises
    ------
    ArchiveError
        Naming the first size that is missing or has no place there.
    """
    for N in found:
        if N not in provenance.config.sizes:
            raise ArchiveError(f"N={N} is not a size of its configuration")
    due = [N for N in provenance.config.sizes if len(provenance.samples_of(N))]
    missing = [N for N in due if N not in found]
    if whole and missing:
        raise ArchiveError(f"N={missing[0]} is missing")
    if not whole and len(found) != 1:
        raise ArchiveError(f"it holds {len(found)} sizes, but a shard holds one")


def check_values(where: str, arrays: Arrays, variables: Mapping[str, Variable]) -> None:
    """Refuse numbers that are out of range, or are no numbers where there should be some.

    Raises
    ------
    ArchiveError
        Naming the first dataset that has one.
    """
    for name, array in arrays.items():
        _check_range(f"{where}/{name}", array, variables[name], arrays.get("status"))
    for name, array in arrays.items():
        variable, path = variables[name], f"{where}/{name}"
        status = arrays.get("status")
        gaps_due = variable.exists is Exists.CERTIFIED and status is not None and np.any(status)
        if gaps_due or (variable.dtype == "f8" and not _all_finite(array)):
            _check_gaps(path, array, variable.exists, status)


def _all_finite(array: HostArray) -> bool:
    """One pass without a temporary array: a sum keeps every nan, and every inf turns it."""
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(np.isfinite(np.sum(array)))


def _check_gaps(path: str, array: HostArray, exists: Exists, status: HostArray | None) -> None:
    finite = np.isfinite(array)
    if exists is Exists.EVERYWHERE and not finite.all():
        raise ArchiveError(f"{path} has nan or inf in it")
    if exists is Exists.MEASURED and np.isinf(array).any():
        raise ArchiveError(f"{path} has inf in it")
    if status is None:
        return
    kind = status.reshape(status.shape + (1,) * (array.ndim - status.ndim))
    needed = {
        Exists.FINITE: kind != int(Status.NOT_FINITE),
        Exists.STATIONARY: stationary(kind),
        Exists.CERTIFIED: certified(kind),
    }.get(exists)
    if needed is None:
        return
    if (needed & ~finite).any():
        raise ArchiveError(f"{path} has nan or inf {exists.value.replace('unless', 'although')}")
    if exists is Exists.CERTIFIED and (~needed & ~np.isnan(array)).any():
        raise ArchiveError(f"{path} has numbers where the state is no certified minimum")


def _check_range(path: str, array: HostArray, variable: Variable, status: HostArray | None) -> None:
    if not array.size:
        return
    least, most = np.fmin.reduce(array, axis=None), np.fmax.reduce(array, axis=None)
    if variable.least is not None and least < variable.least:
        raise ArchiveError(f"{path} has values below {variable.least:g}: {least:g}")
    if variable.most is not None and most > variable.most:
        raise ArchiveError(f"{path} has values above {variable.most:g}: {most:g}")
    if variable.dtype == "f8" and max(most, -least) > variable.largest:
        _check_magnitude(path, array, variable, status)


def _check_magnitude(
    path: str, array: HostArray, variable: Variable, status: HostArray | None
) -> None:
    """A state that was lost may be anywhere; inf is looked for elsewhere."""
    large = np.isfinite(array) & (np.abs(array) > variable.largest)
    if status is not None and variable.dims[: status.ndim] == STATES:
        lost = status == int(Status.NOT_FINITE)
        large[lost] = False
    if large.any():
        raise ArchiveError(
            f"{path} has {np.abs(array[large]).max():g} in it: nothing that is measured in a model "
            f"exceeds {variable.largest:g}"
        )


def check_samples(
    where: str, sample: HostArray, N: int, provenance: Provenance, *, whole: bool
) -> None:
    """Refuse samples that are not all of the configuration's, once each; of a shard, some of them.

    Raises
    ------
    ArchiveError
        If one is missing, repeated, out of order or of no configuration.
    """
    path, wanted = f"{where}/sample", provenance.config.samples_of(N)
    due = provenance.samples_of(N)
    if not len(sample):
        raise ArchiveError(f"{path} is empty")
    if np.any(np.diff(sample) <= 0):
        raise ArchiveError(f"{path} does not ascend")
    if sample[0] < 0 or sample[-1] >= wanted:
        raise ArchiveError(f"{path} has numbers outside of 0 to {wanted - 1}")
    if whole and len(sample) != len(due):
        raise ArchiveError(f"{path} has {len(sample)} samples, its configuration {len(due)}")
    if whole and not np.array_equal(sample, due):
        raise ArchiveError(f"{path} does not hold the samples of {provenance.part}")


def check_count(path: str, values: HostArray, *, step: int = 1, first: int = 0) -> None:
    """Refuse a coordinate that does not count first, first + step, …

    Raises
    ------
    ArchiveError
        If it does not.
    """
    if not np.array_equal(values, first + step * np.arange(len(values))):
        raise ArchiveError(f"{path} does not count in steps of {step} from {first}")


def check_states(where: str, arrays: Arrays, config: SimulationConfig) -> None:
    """Refuse states that are out of order, minima that are none, and hits that cannot be.

    Raises
    ------
    ArchiveError
        Naming the dataset.
    """
    energy, status = arrays["energy"], arrays["status"]
    at_rest = stationary(status)
    later, earlier = at_rest[:, 1:], at_rest[:, :-1]
    falls = (energy[:, 1:] < energy[:, :-1]) & (later == earlier)
    if np.any(falls | (later & ~earlier)):
        raise ArchiveError(f"{where}/energy is not sorted: the states of a sample begin lowest")
    if np.any(arrays["smallest_eigenvalue"][certified(status)] <= 0):
        raise ArchiveError(f"{where}/smallest_eigenvalue is not positive at a certified minimum")
    hits = arrays["hits"]
    if np.any(hits > config.starts * config.rounds) or np.any((hits > 0) != at_rest[:, 0]):
        raise ArchiveError(f"{where}/hits does not fit its states and the configuration's starts")


def check_ladder(where: str, temperatures: HostArray, config: SimulationConfig) -> None:
    """Refuse temperatures that are not a ladder, or not the one that was told.

    Raises
    ------
    ArchiveError
        If they are not positive and ascending, or their number is another.
    """
    path = f"{where}/temperature"
    if not len(temperatures) or temperatures[0] <= 0 or np.any(np.diff(temperatures) <= 0):
        raise ArchiveError(
            f"{path} does not ascend from above zero: {printable(temperatures.tolist())}"
        )
    sampler = config.sampler
    if not isinstance(sampler, Temper):
        return
    told = sampler.rungs if sampler.temperatures is None else len(sampler.temperatures)
    if told is not None and len(temperatures) != told:
        raise ArchiveError(f"{path} has {len(temperatures)} values, its configuration {told}")


def check_places(where: str, place: HostArray) -> None:
    """Refuse a last state of a tempering with two chains at one temperature.

    Raises
    ------
    ArchiveError
        If there are.
    """
    if np.any(np.sort(place, axis=-1) != np.arange(place.shape[-1])):
        raise ArchiveError(f"{where}/place does not give every chain a temperature of its own")


def check_swept(where: str, measurement: HostArray, swept: Mapping[str, int]) -> None:
    """Refuse a count of sweeps that others have measured.

    Raises
    ------
    ArchiveError
        Naming the attributes.
    """
    measured = len(measurement)
    every = int(measurement[0]) if measured else swept["sweeps"] + 1
    negative = min(swept.values()) < 0
    if negative or swept["sweeps"] // every != measured:
        raise ArchiveError(
            f"the attributes {where}/burn_in and sweeps are {swept['burn_in']} and "
            f"{swept['sweeps']}, which do not fit {measured} measurements"
        )
