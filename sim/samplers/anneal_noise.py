"""The noise of an anneal: standard normals of a stream that can be left and taken up again."""

from __future__ import annotations

from typing import Any

import numpy as np
from array_api_compat import is_cupy_array
from numpy.typing import NDArray

from .._typing import Array, HostArray
from ..sample.rng import Purpose
from .base import Batch


class Normals:
    """Noise keyed by the sample; made where it is used, so that nothing crosses the bus.

    The devices' streams differ: the couplings of a sample are the same on both, the paths are not.
    """

    def __init__(self, batch: Batch, shape: tuple[int, int], dtype: Any) -> None:
        bits = batch.stream(Purpose.NOISE)
        self._shape, self._dtype, self._drawn = shape, dtype, 0
        self._device: Any = None
        if is_cupy_array(batch.J):
            import cupy

            key = int(bits.random_raw()) % 2**32
            self._device = cupy.random.Generator(cupy.random.Philox4x3210(key))
            return
        # The ziggurat is several times faster than the inverse of Φ; and chaos would undo bitwise
        # agreement between machines anyway.
        self._host = np.random.Generator(bits)
        self._buffer = np.empty(shape, dtype=dtype)

    def __call__(self) -> Array:
        """The next normals; on the host in one buffer again and again."""
        if self._device is not None:
            self._drawn += 1
            return self._device.standard_normal(self._shape, dtype=self._dtype)
        return self._host.standard_normal(out=self._buffer, dtype=self._dtype)

    def checkpoint(self) -> HostArray:
        """The generator's state; of a device's, which cannot be read, how often it was used."""
        return np.asarray(self._drawn) if self._device is not None else state_of(self._host)

    def restore(self, state: HostArray) -> None:
        """Go on from a checkpoint of the same stream."""
        if self._device is None:
            set_state(self._host, state)
            return
        for _ in range(int(state)):
            self()


def state_of(generator: np.random.Generator) -> NDArray[np.uint64]:
    """The state of a Philox generator: counter, key, buffer, and where it stands in that."""
    state = generator.bit_generator.state
    words = [*state["state"]["counter"], *state["state"]["key"], *state["buffer"]]
    words += [state["buffer_pos"], state["has_uint32"], state["uinteger"]]
    return np.asarray(words, dtype=np.uint64)


def set_state(generator: np.random.Generator, words: HostArray) -> None:
    """Set what ``state_of`` has returned."""
    generator.bit_generator.state = {
        "bit_generator": "Philox",
        "state": {"counter": words[:4], "key": words[4:6]},
        "buffer": words[6:10],
        "buffer_pos": int(words[10]),
        "has_uint32": int(words[11]),
        "uinteger": int(words[12]),
    }
