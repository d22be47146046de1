"""What every sampler has to keep to, looked at where it matters: refusals name the sampler."""

from __future__ import annotations

import inspect
import pickle
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import array_api_compat
import numpy as np

from .._typing import HostArray
from ..backend.devices import to_host
from ..errors import SimulationError
from ..records.time_series import Tempered
from .base import Batch, Found, Run, Sampler
from .stepwise import Stepwise


def require_sampler(sampler: object) -> Sampler:
    """A sampler that can be run anywhere, and whose options an archive can keep.

    Raises
    ------
    SimulationError
        As ``require_class``; if it has no ``starts``, or options that are no plain values.
    """
    if isinstance(sampler, type):
        raise SimulationError(f"{sampler.__name__} is a class: give an object of it, with options")
    kind = require_class(type(sampler)).__name__
    assert isinstance(sampler, Sampler)
    starts = getattr(sampler, "starts", None)
    if isinstance(starts, bool) or not isinstance(starts, int) or starts < 1:
        raise SimulationError(
            f"the sampler {kind} needs an option starts, a positive integer: the number of columns "
            "of its result"
        )
    plain_options(sampler)
    _require_picklable(sampler)
    return sampler


def require_class(kind: object) -> type[Sampler]:
    """A class of samplers.

    Raises
    ------
    SimulationError
        If it is not derived from Sampler, has no ``init``, is no frozen dataclass, or hides in a
        function.
    """
    name = getattr(kind, "__name__", repr(kind))
    if not isinstance(kind, type) or not issubclass(kind, Sampler):
        raise SimulationError(f"{name} is no sampler: derive its class from glasswell.sim.Sampler")
    if inspect.isabstract(kind):
        missing = ", ".join(sorted(kind.__abstractmethods__))
        raise SimulationError(f"the sampler {name} has no {missing}: write it")
    if "__dataclass_params__" not in vars(kind) or not kind.__dataclass_params__.frozen:  # type: ignore[attr-defined]  # the decorator's
        raise SimulationError(
            f"the sampler {name} is no frozen dataclass: write @dataclass(frozen=True) above its "
            "class, so that archives can tell its options"
        )
    name_of(kind)
    return kind


def name_of(kind: type) -> str:
    """ "module:class" of a class that other processes can find.

    Raises
    ------
    SimulationError
        If it is defined within a function.
    """
    # Worker processes know the main script by another name.
    module = kind.__module__.replace("__mp_main__", "__main__")
    if "<" in kind.__qualname__:
        raise SimulationError(
            f"the sampler {kind.__name__} is defined within a function: define it at the top of a "
            "module, so that worker processes find it"
        )
    return f"{module}:{kind.__qualname__}"


def _require_picklable(sampler: Sampler) -> None:
    try:
        pickle.dumps(sampler)
    except (pickle.PicklingError, TypeError, AttributeError) as error:
        raise SimulationError(
            f"the sampler {type(sampler).__name__} cannot be sent to worker processes ({error}): "
            "keep plain values in it only"
        ) from error


def plain_options(sampler: Sampler) -> dict[str, Any]:
    """The options of a sampler as JSON and TOML have them.

    Raises
    ------
    SimulationError
        Naming one that has no such form.
    """
    kind = type(sampler).__name__
    return {
        field.name: plain(getattr(sampler, field.name), f"{kind}.{field.name}")
        for field in fields(sampler)  # type: ignore[arg-type]  # a dataclass by contract
    }


def plain(value: Any, where: str) -> Any:
    """A value of numbers, texts, lists and tables; NumPy's become Python's, tuples lists.

    Raises
    ------
    SimulationError
        If it is anything else, or not finite.

    >>> plain({"T": np.linspace(0.0, 1.0, 3)}, "MySampler.schedule")
    {'T': [0.0, 0.5, 1.0]}
    """
    if isinstance(value, (np.ndarray, np.generic)):
        value = value.tolist()
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float) and np.isfinite(value):
        return value
    if isinstance(value, (list, tuple)):
        return [plain(x, where) for x in value]
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {key: plain(x, where) for key, x in value.items()}
    raise SimulationError(
        f"the option {where} is {type(value).__name__} {value!r:.60}: options are finite numbers, "
        "texts, and lists or tables of them, so that archives can tell them"
    )


def require_run(sampler: Sampler, run: object) -> Run:
    """What ``init`` has returned.

    Raises
    ------
    SimulationError
        If it is no Run.
    """
    if not isinstance(run, Run):
        raise SimulationError(
            f"{type(sampler).__name__}.init returned {type(run).__name__}, not a Run: derive its "
            "class from glasswell.sim.samplers.Run"
        )
    return run


def done(sampler: Sampler, run: Stepwise) -> bool:
    """Whether a run is done.

    Raises
    ------
    SimulationError
        If it does not say so: a method without parentheses is always true.
    """
    if not isinstance(run.done, (bool, np.bool_)):
        raise SimulationError(
            f"the run of {type(sampler).__name__} must say by True or False whether it is done, "
            f"got {type(run.done).__name__}: write @property above done"
        )
    return bool(run.done)


def progress(sampler: Sampler, run: Stepwise) -> float:
    """How much of a run is done, 0 where it does not tell.

    Raises
    ------
    SimulationError
        If it says what is no fraction.
    """
    value = run.progress
    if value is None:
        return 0.0
    real = isinstance(value, (int, float, np.floating, np.integer))
    if isinstance(value, bool) or not real or not 0.0 <= value <= 1.0:
        raise SimulationError(
            f"the progress of {type(sampler).__name__} must be a fraction from 0 to 1 or None, got "
            f"{value!r:.40}: write @property above progress"
        )
    return float(value)


def require_arrays(sampler: Sampler, arrays: object) -> dict[str, HostArray]:
    """A checkpoint, as arrays of numbers or texts; empty where the run has none.

    Raises
    ------
    SimulationError
        If it holds anything else.
    """
    if arrays is None:
        return {}
    kind = type(sampler).__name__
    if not isinstance(arrays, Mapping):
        raise SimulationError(
            f"the checkpoint of {kind} is {type(arrays).__name__}: return arrays by their names"
        )
    kept = {str(name): np.asarray(array) for name, array in arrays.items()}
    for name, array in kept.items():
        if array.dtype.kind not in "biufcU":
            raise SimulationError(
                f"{name} in the checkpoint of {kind} is no array of numbers: keep numbers only"
            )
    return kept


def require_found(sampler: Sampler, batch: Batch, found: object) -> Found:
    """What a run has found, in the shape of its batch.

    Raises
    ------
    SimulationError
        If columns are of another shape or no real numbers, or none of a sample's is finite; if
        origins or time series are not what they should be.
    """
    kind = type(sampler).__name__
    if not isinstance(found, Found):
        raise SimulationError(
            f"the result of {kind} is {type(found).__name__}: return Found(columns)"
        )
    _require_columns(kind, sampler, batch, found)
    shape = None if found.origin is None else np.shape(found.origin)
    if shape is not None and shape != (sampler.starts,):
        raise SimulationError(f"origins of {kind} must be {(sampler.starts,)}, got {shape}")
    if found.series is not None and not isinstance(found.series, Tempered):
        raise SimulationError(
            f"the time series of {kind} is {type(found.series).__name__}, not Tempered"
        )
    return found


def _require_columns(kind: str, sampler: Sampler, batch: Batch, found: Found) -> None:
    v, wanted = found.columns, (len(batch.numbers), batch.N, sampler.starts)
    if not array_api_compat.is_array_api_obj(v) or tuple(v.shape) != wanted:
        got = tuple(v.shape) if hasattr(v, "shape") else type(v).__name__
        raise SimulationError(
            f"{kind} must return columns (S, N, starts) = {wanted}, got {got}: every start is one "
            "column of displacements"
        )
    xp = array_api_compat.array_namespace(v)
    if not xp.isdtype(v.dtype, "real floating"):
        raise SimulationError(f"{kind} must return floating-point displacements, got {v.dtype}")
    whole = to_host(xp.any(xp.all(xp.isfinite(v), axis=1), axis=1))
    for s in np.flatnonzero(~whole):
        raise SimulationError(
            f"{kind} returned nothing but nan or inf for sample {batch.numbers[s]} of N = "
            f"{batch.N}: take smaller steps, or start from smaller displacements"
        )
