"""Where arrays live: chosen once, by name, and never fallen back from."""

from __future__ import annotations

from typing import Any

import array_api_compat
import numpy as np

from .._typing import Array, HostArray
from ..errors import DeviceError

NAMES = ("cpu", "cuda")


def resolve(name: str) -> Any:
    """The array namespace of a device: NumPy's for "cpu", CuPy's for "cuda".

    Raises
    ------
    DeviceError
        If the name is unknown, CuPy is not installed, or there is no usable GPU.
    """
    if name == "cpu":
        import array_api_compat.numpy as numpy_namespace

        return numpy_namespace
    if name != "cuda":
        raise DeviceError(f"unknown device {name!r}: choose one of {', '.join(NAMES)}")
    _cupy()
    import array_api_compat.cupy as cupy_namespace

    return cupy_namespace


def _cupy() -> Any:
    try:
        import cupy
    except ImportError as error:
        raise DeviceError(
            "device 'cuda' needs CuPy: install glasswell[cuda12] or glasswell[cuda13], "
            f"or use device 'cpu' ({error})"
        ) from error
    _require_gpu(cupy)
    return cupy


def _require_gpu(cupy: Any) -> None:
    advice = (
        "check nvidia-smi and that the extra matches the driver "
        "(glasswell[cuda12] or glasswell[cuda13]), or use device 'cpu'"
    )
    try:
        count = cupy.cuda.runtime.getDeviceCount()
    except cupy.cuda.runtime.CUDARuntimeError as error:
        raise DeviceError(f"device 'cuda' does not answer ({error}): {advice}") from error
    if count == 0:
        raise DeviceError(f"device 'cuda' has no GPU: {advice}")


def count(name: str) -> int:
    """How many devices of that name there are; of "cpu" one.

    Raises
    ------
    DeviceError
        If there is none that can be used.
    """
    return 1 if name == "cpu" else int(_cupy().cuda.runtime.getDeviceCount())


def use(name: str, number: int) -> None:
    """Let this thread work on the device of that number, counted round and round.

    Raises
    ------
    DeviceError
        If there is none that can be used.
    """
    if name != "cpu":
        _cupy().cuda.Device(number % count(name)).use()


def describe(name: str) -> str:
    """One line for the provenance: which device it was.

    Raises
    ------
    DeviceError
        As ``resolve``.
    """
    resolve(name)
    if name == "cpu":
        return "cpu"
    import cupy

    properties = cupy.cuda.runtime.getDeviceProperties(cupy.cuda.Device().id)
    return f"cuda: {properties['name'].decode()}"


def to_host(array: Array) -> HostArray:
    """The array as NumPy, copied from the device where it lives on one."""
    if array_api_compat.is_cupy_array(array):
        return np.asarray(array.get())
    return np.asarray(array)
