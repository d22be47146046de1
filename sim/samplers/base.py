"""What a sampler is: options as a frozen dataclass, and a run that goes on sweep by sweep.

    sampler.check(model, sizes)          refuses what it cannot do, before anything is made
    sampler.prepare(model, N, draw)      what all samples of one size have in common
    run = sampler.init(batch)
    while not run.done:
        run.sweep()                      moves, and measures if there is something to measure
    found = run.result()                 displacements, which are then minimised

``drive`` does the rest for every sampler alike: checkpoints, interrupts, minimisation, repetitions,
and what is kept of a sample.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import array_api_compat
import array_api_compat.numpy
import numpy as np
from glasswell.theory.model import Model
from glasswell.theory.model.validators import validate

from .._typing import Array, Integers
from ..backend import memory
from ..errors import GlasswellError, SimulationError
from ..records.time_series import Tempered
from ..sample import Sample
from ..sample.rng import Purpose, bit_stream
from ..sample.sites import AnyModel, of_samples
from .stepwise import Arrays as Arrays
from .stepwise import Stepwise


@dataclass(frozen=True, eq=False)
class Batch:
    """Samples of one size that are searched side by side: S samples of N sites.

    >>> sample = Sample(Model(gamma=10.0), 8, seed=1, number=3)
    >>> batch = Batch.of([sample], seed=1)
    >>> batch.J.shape, batch.numbers
    ((1, 8, 8), (3,))
    """

    model: Model
    """What all samples are drawn from."""
    sites: tuple[AnyModel, ...]
    """The model of every sample, with the parameters of its sites; S of them."""
    J: Array
    """(S, N, N) couplings, on the device where the sampler is to work."""
    seed: int
    """Of the random streams."""
    numbers: tuple[int, ...]
    """Of the samples, (S,): the key of their random streams."""
    parameters: tuple[Mapping[str, Array], ...] = ()
    """(N,) values of what is random in the model, of every sample."""
    attempt: int = 0
    """How often the samples were searched before: every search has random numbers of its own."""
    shared: Arrays = field(default_factory=dict)
    """What ``Sampler.prepare`` has returned for this size."""

    @classmethod
    def of(
        cls,
        samples: Sequence[Sample],
        *,
        seed: int,
        xp: Any = array_api_compat.numpy,
        shared: Arrays | None = None,
    ) -> Batch:
        """Samples of one model and size, their couplings in the namespace ``xp``."""
        single = len(samples) == 1
        J = samples[0].J[None, ...] if single else np.stack([sample.J for sample in samples])
        return cls(
            model=samples[0].model,
            sites=tuple(sample.sites for sample in samples),
            J=xp.asarray(J),
            seed=seed,
            numbers=tuple(sample.number for sample in samples),
            parameters=tuple(sample.parameters for sample in samples),
            shared=shared or {},
        )

    def only(self, places: Sequence[int]) -> Batch:
        """Some of its samples, by where they stand in it."""
        if list(places) == list(range(len(self.numbers))):
            return self
        J = self.J[places[0], ...][None, ...] if len(places) == 1 else self._taken(places)
        return replace(
            self,
            sites=tuple(self.sites[s] for s in places),
            J=J,
            numbers=tuple(self.numbers[s] for s in places),
            parameters=tuple(self.parameters[s] for s in places) if self.parameters else (),
        )

    def _taken(self, places: Sequence[int]) -> Array:
        return self.xp.take(self.J, self.on_device(list(places), dtype=self.xp.int64), axis=0)

    @property
    def N(self) -> int:
        """The number of sites."""
        return int(self.J.shape[-1])

    @property
    def all_sites(self) -> AnyModel:
        """The model of all samples at once, for arrays (S, N, R)."""
        return of_samples(self.sites)

    @property
    def xp(self) -> Any:
        """The array namespace of the couplings."""
        return array_api_compat.array_namespace(self.J)

    def on_device(self, values: Any, dtype: Any = None) -> Array:
        """An array beside the couplings."""
        device = array_api_compat.device(self.J)
        return self.xp.asarray(values, dtype=dtype, device=device)

    def stream(self, purpose: Purpose, s: int = 0) -> np.random.Philox:
        """The bit stream of one purpose of sample s, 2¹²⁸ numbers on for every attempt."""
        bits = bit_stream(purpose, seed=self.seed, N=self.N, sample=self.numbers[s])
        return bits.jumped(self.attempt) if self.attempt else bits

    def generator(self, s: int = 0) -> np.random.Generator:
        """Random numbers for a sampler of one's own: a function of (seed, N, sample, attempt).

        >>> batch = Batch.of([Sample(Model(gamma=10.0), 8, seed=1)], seed=1)
        >>> bool(batch.generator().random() == batch.generator().random())
        True
        """
        return np.random.Generator(self.stream(Purpose.SAMPLER, s))


Draw = Callable[[Sequence[int]], Batch]
"""Makes the batch of the samples with these numbers."""


@dataclass(frozen=True, eq=False)
class Found:
    """What a run has found; it is minimised from every column.

    Examples
    --------
    >>> import numpy as np
    >>> Found(np.zeros((1, 8, 4))).columns.shape  # one sample, eight sites, four starts
    (1, 8, 4)
    """

    columns: Array
    """(S, N, R) displacements, R the ``starts`` of the sampler. A column that holds nan or inf is a
    start that was lost; its state is kept with the status NOT_FINITE."""
    origin: Integers | None = None
    """(R,) what the columns come from, equal where they are not independent: hits of the lowest
    state are counted by it. By default every column is independent of all others."""
    series: Tempered | None = None
    """Time series in equilibrium, of the samples in the same order."""


class Run(Stepwise):
    """One search of a batch, from its start to its result.

    Examples
    --------
    >>> from glasswell.sim import Batch, Quench, Sample
    >>> from glasswell.theory import Model
    >>> batch = Batch.of([Sample(Model(gamma=10.0), 8, seed=1)], seed=1)
    >>> run = Quench(starts=4).init(batch)
    >>> while not run.done:
    ...     run.sweep()
    >>> run.result().columns.shape
    (1, 8, 4)
    """

    @abstractmethod
    def result(self) -> Found:
        """What was found, once the run is done."""


class Preparation(Stepwise):
    """What all samples of a size have in common, found step by step."""

    @abstractmethod
    def result(self) -> Arrays:
        """What was found, once it is done."""


class Sampler(ABC):
    """A way to search the low states of samples; its fields are its options.

    A subclass is a frozen dataclass with a field ``starts`` and a method ``init``; all else has
    defaults. Options are numbers, texts, and lists or tables of them: archives keep them. What a
    validator says about an option (``glasswell.theory.model.validators``) is asked for whenever
    an object is made. ``examples/extend/sampler.py`` is one.

    Examples
    --------
    >>> from glasswell.sim import Anneal, Sampler, SimulationConfig
    >>> isinstance(Anneal(starts=8, steps=500), Sampler)
    True
    >>> SimulationConfig(sampler=Anneal(starts=8, steps=500)).method
    'anneal'
    """

    starts: int
    """Columns R that a search of one sample returns."""

    together: ClassVar[bool] = False
    """Whether all samples of a task are one batch. Otherwise batches are as large as
    ``side_by_side`` says, and ``least_hits`` may repeat the search of each sample."""

    refusal: ClassVar[type[GlasswellError]] = SimulationError
    """Of options that are not what their validators say."""

    def __post_init__(self) -> None:
        """Look at the options one by one; a subclass that compares some of them calls this first.

        Raises
        ------
        SimulationError
            If a validator refuses one.
        """
        validate(self)

    @abstractmethod
    def init(self, batch: Batch) -> Run:
        """Begin to search a batch."""

    def side_by_side(self, model: Model, N: int, xp: Any) -> int:  # noqa: ARG002
        """Samples S that are best searched as one batch in the namespace ``xp``; 1 by default.

        A sample ends in the same states whatever else is in its batch.
        """
        return 1

    def check(self, model: Model, sizes: Sequence[int]) -> None:  # noqa: B027
        """Refuse what cannot be done, before anything is made.

        Raises
        ------
        SimulationError
            Saying what to do instead.
        """

    def prepare(self, model: Model, N: int, draw: Draw) -> Arrays:
        """What all samples of size N have in common; ``draw`` makes samples to try things on."""
        steps = self.preparation(model, N, draw)
        if steps is None:
            return {}
        while not steps.done:
            steps.sweep()
        return steps.result()

    def preparation(self, model: Model, N: int, draw: Draw) -> Preparation | None:  # noqa: ARG002
        """The same in steps, if it takes long: between them it can be interrupted and kept.

        None, the default, says that ``prepare`` takes a moment only.
        """
        return None

    def settings(self, model: Model, sizes: Sequence[int]) -> dict[str, Any]:  # noqa: ARG002
        """Numbers that the sampler derives or fixes by itself, for the archive's provenance."""
        return {}

    def memory(self, N: int, S: int) -> int:
        """Bytes that S samples of N sites need at the least, beside their couplings."""
        return 8 * memory.SEARCH_COLUMNS * N * self.starts * S

    def label(self, N: int) -> str:  # noqa: ARG002
        """What the states of size N come from, for tables: "32 anneals of 4096 steps"."""
        return f"{self.starts} starts of {type(self).__name__}"
