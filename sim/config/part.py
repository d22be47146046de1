"""A part of a run: the samples that one of N tasks makes, from the configuration alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import SimulationError
from .simulation import MOST_SAMPLES, SimulationConfig


@dataclass(frozen=True)
class Part:
    """Part ``number`` of ``of``, counted from 1; part 1 of 1 is the whole.

    Samples are dealt out in turn, largest sizes first, and the next size goes on where the last
    has stopped: parts cost the same, up to one sample.

    Raises
    ------
    SimulationError
        If there is no such part.

    >>> config = SimulationConfig(sizes=(8, 16), samples=5)
    >>> [list(Part(1, 3).samples(config, N)) for N in (16, 8)]
    [[0, 3], [1, 4]]
    """

    number: int
    of: int

    def __post_init__(self) -> None:
        """Refuse what is none.

        Raises
        ------
        SimulationError
            If there is no such part.
        """
        for value in (self.number, self.of):
            if isinstance(value, bool) or not isinstance(value, int):
                raise SimulationError(f"a part is two integers, as 3 of 7, got {value!r}")
        if not 1 <= self.number <= self.of <= MOST_SAMPLES:
            raise SimulationError(
                f"there is no part {self.number} of {self.of}: parts count from 1, and there are "
                f"{MOST_SAMPLES} at most"
            )

    def __str__(self) -> str:
        return "all" if self.whole else f"part {self.number} of {self.of}"

    @classmethod
    def parse(cls, text: str) -> Part:
        """From "3/7".

        Raises
        ------
        SimulationError
            If the text is no such thing.

        >>> print(Part.parse("3/7"))
        part 3 of 7
        """
        found = re.fullmatch(r"([0-9]{1,9})/([0-9]{1,9})", text)
        if found is None:
            raise SimulationError(f"a part is named I/N, such as 3/7, got {text!r}")
        return cls(int(found[1]), int(found[2]))

    @property
    def short(self) -> str:
        """What ``parse`` reads: "3/7"."""
        return f"{self.number}/{self.of}"

    @property
    def whole(self) -> bool:
        """Whether it is all there is."""
        return self.of == 1

    def samples(self, config: SimulationConfig, N: int) -> Sequence[int]:
        """The numbers of its samples of size N, ascending."""
        before = sum(config.samples_of(n) for n in config.sizes if n > N)
        return range((self.number - 1 - before) % self.of, config.samples_of(N), self.of)


WHOLE = Part(1, 1)
"""Of a run in one piece."""
