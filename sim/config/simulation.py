"""How many samples of which sizes, and how their minima are sought."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, ClassVar

from glasswell.theory.model.validators import (
    LARGEST_SEED,
    Named,
    each,
    integer,
    validate,
    validated,
)

from ..errors import GlasswellError, SimulationError
from ..sample.couplings_file import Given
from ..sample.couplings_source import Drawn, source_of
from ..samplers import registry
from ..samplers.assembly import assembled, built_in_defaults
from ..samplers.base import Sampler
from ..samplers.contract import plain
from ..samplers.drive import Goal
from ..samplers.options import COUNT, OWN_COUNT

MOST_SIZES = 100
"""Each is a group of the archive, solved and drawn by itself."""

MOST_SAMPLES = 10**6
"""Of one size: files of finished samples are numbered with six digits."""

SIZES, SAMPLES = (64, 128, 256), 64

COMMON_KEYS = (
    *("sizes", "samples", "starts", "seed", "method", "least_hits", "rounds", "states"),
    "couplings",
)
"""Of [simulation], whatever the sampler."""


def _different_sizes(instance: object, own: Named, sizes: Any) -> None:
    each(integer(least=2), of="integers")(instance, own, sizes)
    if len(sizes) > MOST_SIZES:
        raise SimulationError(f"sizes must be {MOST_SIZES} numbers at most, got {len(sizes)}")
    if len(set(sizes)) != len(sizes) or not sizes:
        raise SimulationError(f"sizes must be different numbers of sites, got {sizes}")


def _one_or_several(instance: object, own: Named, samples: object) -> None:
    one = integer(least=1, most=MOST_SAMPLES)
    allowed = each(one, of="integers") if isinstance(samples, tuple) else one
    allowed(instance, own, samples)


@dataclass(frozen=True, init=False)
class SimulationConfig:
    """How many samples of which sizes, and how their minima are sought.

    Options of the sampler are given with its name, or with the sampler itself:

    >>> from glasswell.sim import Anneal
    >>> SimulationConfig(sizes=(64,), method="anneal", steps=500).sampler.steps
    500
    >>> SimulationConfig(sizes=(64,), sampler=Anneal(steps=500)).method
    'anneal'

    Parameters
    ----------
    sizes
        Numbers of sites N.
    samples
        Disorder samples per size: one number, or one per size.
    starts
        Independent starts per sample, the columns R; an option of the sampler.
    seed
        Key of every random stream.
    method
        "anneal": Langevin dynamics from above the transition down, then a minimisation;
        "quench": a minimisation from random displacements;
        "temper": parallel tempering of two independent replicas, whose coldest states are
        minimised at intervals, half of ``starts`` from each; equilibrium is measured on the way;
        or the name of a sampler that was registered (``samplers.register``).
    least_hits
        Starts that must have ended in a sample's lowest state, or all starts are made anew, and
        the new states join the old, until they have or ``rounds`` are over.
    rounds
        Searches per sample at most.
    states
        How many of the starts, lowest first, are kept per sample; None keeps all.
    couplings
        "gaussian", "binary" (±J), a function of one's own (``sample.ensembles``), or
        {"file": "J.npy"}: couplings from outside (``sample.couplings_file``), with whose sizes and
        samples ``sizes`` and ``samples`` are filled in where they are left at their defaults.
    sampler
        ``Anneal``, ``Quench``, ``Temper``, or an object of one's own class, in place of ``method``.
    unused
        Options of other methods, which are kept and change nothing.
    options
        Any other: of the sampler, whose own they then replace.

    Raises
    ------
    ConfigError
        If an option is unknown.
    SimulationError
        If a value makes no sense, or the method is not available.
    CouplingError
        If couplings come from a file that cannot be used.

    Examples
    --------
    >>> from glasswell.sim import SimulationConfig
    >>> config = SimulationConfig(sizes=(64, 128), samples=(40, 20))
    >>> config.samples_of(128), config.method
    (20, 'anneal')
    >>> longer = config.replace(samples=100, steps=2000)  # an option of its sampler
    >>> longer.sizes, longer.samples, longer.sampler.steps
    ((64, 128), 100, 2000)
    """

    sizes: tuple[int, ...] = field(metadata=validated(_different_sizes))
    samples: int | tuple[int, ...] = field(metadata=validated(_one_or_several))
    seed: int = field(metadata=validated(integer(least=0, most=LARGEST_SEED)))
    least_hits: int = field(metadata=COUNT)
    rounds: int = field(metadata=COUNT)
    states: int | None = field(metadata=OWN_COUNT)
    couplings: Drawn | Given
    sampler: Sampler
    unused: tuple[tuple[str, Any], ...] = field(repr=False)

    refusal: ClassVar[type[GlasswellError]] = SimulationError

    def __init__(
        self,
        sizes: Sequence[int] = SIZES,
        samples: int | Sequence[int] = SAMPLES,
        starts: int | None = None,
        seed: int = 1,
        method: str | None = None,
        *,
        least_hits: int = 1,
        rounds: int = 8,
        states: int | None = None,
        couplings: Any = "gaussian",
        sampler: Sampler | None = None,
        unused: tuple[tuple[str, Any], ...] = (),
        **options: Any,
    ) -> None:
        if starts is not None:
            options["starts"] = starts
        chosen, others = assembled(
            method, sampler, options, dict(unused), beside=(*COMMON_KEYS, "sampler")
        )
        source = source_of(couplings)
        if isinstance(source, Given) and sizes == SIZES:
            sizes = tuple(N for N, _ in source.shapes)
        values = {
            "sizes": _fixed(sizes),
            "samples": _fixed(samples),
            "seed": seed,
            "least_hits": least_hits,
            "rounds": rounds,
            "states": states,
            "couplings": source,
            "sampler": chosen,
            "unused": tuple(sorted(others.items())),
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)
        validate(self)
        if isinstance(source, Given) and samples == SAMPLES:
            object.__setattr__(self, "samples", tuple(map(source.samples_of, self.sizes)))
        self._check_together()

    def _check_together(self) -> None:
        """Values that make sense one by one may not do so together.

        Raises
        ------
        SimulationError
            If they do not.
        """
        counts, given = self.samples, self.couplings
        if isinstance(counts, tuple) and len(counts) != len(self.sizes):
            raise SimulationError(
                f"samples must be one number or one per size: {len(counts)} numbers for "
                f"{len(self.sizes)} sizes"
            )
        if self.least_hits > 1 and self.sampler.together:
            raise SimulationError(
                "least_hits repeats anneals and quenches, sample by sample: leave it out with "
                f'method "{self.method}"'
            )
        if isinstance(given, Given):
            self._check_given(given)

    def _check_given(self, given: Given) -> None:
        for N in self.sizes:
            if self.samples_of(N) > given.samples_of(N):
                raise SimulationError(
                    f"{self.samples_of(N)} samples of N = {N} are asked for, and {given.file} has "
                    f"{given.samples_of(N)}"
                )

    @property
    def method(self) -> str:
        """The name of the sampler; "module:class" of one from outside."""
        return registry.method_of(self.sampler)

    @property
    def starts(self) -> int:
        """Columns R of the sampler."""
        return self.sampler.starts

    @property
    def kept(self) -> int:
        """The number of states kept per sample."""
        return self.starts if self.states is None else min(self.states, self.starts)

    @property
    def goal(self) -> Goal:
        """What is asked of the search of a sample."""
        return Goal(self.kept, self.least_hits, self.rounds)

    def replace(self, **changes: Any) -> SimulationConfig:
        """The same configuration with other values, of its own or of its sampler's options.

        Raises
        ------
        ConfigError
            If one of them is unknown, naming the nearest that is known.
        SimulationError, CouplingError
            As for a new configuration.
        """
        return replace(self, **changes)

    def samples_of(self, N: int) -> int:
        """The number of disorder samples of size N."""
        if isinstance(self.samples, int):
            return self.samples
        return self.samples[self.sizes.index(N)]

    def table(self) -> dict[str, Any]:
        """The [simulation] table, complete with all defaults, as plain values.

        Options of a sampler from outside are a table of their own.
        """
        common = {
            "sizes": list(self.sizes),
            "samples": self.samples if isinstance(self.samples, int) else list(self.samples),
            "starts": self.starts,
            "seed": self.seed,
            "method": self.method,
            "least_hits": self.least_hits,
            "rounds": self.rounds,
            "states": self.states,
        }
        source = self.couplings
        last = {"couplings": asdict(source) if isinstance(source, Given) else str(source)}
        if registry.is_built_in(self.sampler):
            own = {**built_in_defaults(), **dict(self.unused), **registry.options_of(self.sampler)}
        else:
            own = {"options": registry.stored_options(self.sampler)}
        return {**common, **plain({**own, **last}, "simulation")}


def _fixed(values: Any) -> Any:
    """A list as a tuple; anything else as it is."""
    return tuple(values) if isinstance(values, list) else values
