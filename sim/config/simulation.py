"""What a simulation is told: the [model] and [simulation] tables of a TOML file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from glasswell.theory.model import Model, model_of, model_table, toml

from ..errors import SimulationError
from ..sample.given import Given
from ..sample.source import Drawn, source_of
from ..samplers import registry
from ..samplers.assembly import assembled, built_in_defaults
from ..samplers.base import Sampler
from ..samplers.contract import plain
from ..samplers.drive import Goal
from ..samplers.options import MOST, integer

MOST_SIZES = 100
"""Each is a group of the archive, solved and drawn by itself."""

MOST_SAMPLES = 10**6
"""Of one size: files of finished samples are numbered with six digits."""

LARGEST_SEED = 2**63 - 1
"""What an archive's attributes hold."""

SIZES, SAMPLES = (64, 128, 256), 64

COMMON_KEYS = (
    *("sizes", "samples", "starts", "seed", "method", "least_hits", "rounds", "states"),
    "couplings",
)
"""Of [simulation], whatever the sampler."""


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
        {"file": "J.npy"}: couplings from outside (``sample.given``), with whose sizes and samples
        ``sizes`` and ``samples`` are filled in where they are left at their defaults.
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
    """

    sizes: tuple[int, ...]
    samples: int | tuple[int, ...]
    seed: int
    least_hits: int
    rounds: int
    states: int | None
    couplings: Drawn | Given
    sampler: Sampler
    unused: tuple[tuple[str, Any], ...] = field(repr=False)

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
        chosen, others = assembled(method, sampler, options, dict(unused))
        source = source_of(couplings)
        if isinstance(source, Given):
            sizes, samples = _of_file(source, sizes, samples)
        values = {
            "sizes": _sizes(sizes),
            "samples": _samples(samples, len(sizes)),
            "seed": integer("seed", seed, least=0, most=LARGEST_SEED),
            "least_hits": integer("least_hits", least_hits, least=1),
            "rounds": integer("rounds", rounds, least=1),
            "states": states if states is None else integer("states", states, least=1),
            "couplings": source,
            "sampler": chosen,
            "unused": tuple(sorted(others.items())),
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)
        if self.least_hits > 1 and chosen.together:
            raise SimulationError(
                "least_hits repeats anneals and quenches, sample by sample: leave it out with "
                f'method "{self.method}"'
            )
        if isinstance(source, Given):
            self._check_given(source)

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


def _of_file(given: Given, sizes: Any, samples: Any) -> tuple[Any, Any]:
    """Sizes and samples of a file, where nothing else was asked for."""
    if sizes == SIZES:
        sizes = tuple(N for N, _ in given.shapes)
    if samples == SAMPLES:
        known = dict(given.shapes)
        samples = tuple(known.get(N, 0) for N in sizes)
    return sizes, samples


def _sizes(sizes: object) -> tuple[int, ...]:
    values = _tuple_of_integers("sizes", sizes, least=2)
    if len(values) > MOST_SIZES:
        raise SimulationError(f"sizes must be {MOST_SIZES} numbers at most, got {len(values)}")
    if len(set(values)) != len(values) or not values:
        raise SimulationError(f"sizes must be different numbers of sites, got {values}")
    return values


def _samples(samples: object, sizes: int) -> int | tuple[int, ...]:
    if not isinstance(samples, (tuple, list)):
        return integer("samples", samples, least=1, most=MOST_SAMPLES)
    counts = _tuple_of_integers("samples", samples, least=1, most=MOST_SAMPLES)
    if len(counts) != sizes:
        raise SimulationError(
            f"samples must be one number or one per size: {len(counts)} numbers for {sizes} sizes"
        )
    return counts


def _tuple_of_integers(
    name: str, values: object, *, least: int, most: int = MOST
) -> tuple[int, ...]:
    if not isinstance(values, (tuple, list)):
        raise SimulationError(f"{name} must be a list of integers, got {values!r}")
    return tuple(integer(f"each of {name}", value, least=least, most=most) for value in values)


def parse(table: Mapping[str, Any]) -> SimulationConfig:
    """The [simulation] table of a configuration, or of an archive.

    Raises
    ------
    ConfigError
        If a key is unknown.
    SimulationError
        If a value makes no sense.
    """
    method = table.get("method", "anneal")
    if isinstance(method, str) and ":" in method and "options" in table:
        return _with_description(table)
    own = () if not isinstance(method, str) else registry.defaults_of(registry.find(method))
    toml.refuse_unknown("key in [simulation]", table, (*COMMON_KEYS, *built_in_defaults(), *own))
    return SimulationConfig(**table)


def _with_description(table: Mapping[str, Any]) -> SimulationConfig:
    """The table of a sampler from outside, whose code is not looked for."""
    toml.refuse_unknown("key in [simulation]", table, (*COMMON_KEYS, "options"))
    values = dict(table)
    name, starts, options = (values.pop(key, None) for key in ("method", "starts", "options"))
    starts = integer("starts", starts, least=1)
    return SimulationConfig(**values, sampler=registry.Described(str(name), starts, options))


def load(path: str | Path) -> tuple[Model, SimulationConfig, str, dict[str, Any]]:
    """Read a configuration file: model, simulation, its text and all of its tables.

    The tables [theory] and [compare] are passed through for their owners to check.

    Raises
    ------
    ConfigError
        If the file cannot be read, is not TOML, or holds an unknown table or key.
    SimulationError, ModelError
        If a value makes no sense.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from glasswell.sim import load
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "my.toml"
    ...     _ = path.write_text("model.gamma = 10.0")
    ...     model, config, text, tables = load(path)
    >>> model.gamma, config.sizes
    (10.0, (64, 128, 256))
    """
    text = toml.read(path)
    table = toml.tables(text, str(path))
    simulation = _beside(Path(path), table.get("simulation", {}))
    return model_of(table, str(path)), parse(simulation), text, table


def _beside(path: Path, simulation: Mapping[str, Any]) -> Mapping[str, Any]:
    """The table with a file of couplings as seen from the configuration's folder."""
    given = simulation.get("couplings")
    if not isinstance(given, Mapping) or not isinstance(given.get("file"), str):
        return simulation
    return {**simulation, "couplings": {**given, "file": str(path.parent / given["file"])}}


def as_toml(model: Model, config: SimulationConfig) -> str:
    """The two tables as TOML text: what ``load`` reads back as the same model and config."""
    return toml.text_of({"model": model_table(model), "simulation": _without_none(config.table())})


def _without_none(table: Mapping[str, Any]) -> dict[str, Any]:
    """TOML has no word for None, which options of one's own may be."""
    return {
        key: _without_none(value) if isinstance(value, Mapping) else value
        for key, value in table.items()
        if value is not None
    }
