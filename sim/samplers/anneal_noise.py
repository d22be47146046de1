"""The noise of an anneal, and generators that can be left and taken up again."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .._typing import HostArray
from ..sample.rng import Purpose
from .base import Batch


def keys(batch: Batch, leg: int = 0) -> NDArray[np.uint32]:
    """(S, 2) words: the key of every sample's noise, another one for every attempt and way down."""
    streams = [batch.stream(Purpose.NOISE, s) for s in range(len(batch.numbers))]
    words = [int(stream.random_raw(leg + 1)[-1]) for stream in streams]
    return np.asarray([(word % 2**32, word >> 32) for word in words], dtype=np.uint32)


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
