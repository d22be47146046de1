"""What a simulation is told: the [model] and [simulation] tables of a TOML file."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from glasswell.theory.model import Model, Random
from glasswell.theory.model.randomness import parameter_names

from . import toml
from .errors import ConfigError, SimulationError
from .sample.given import Given
from .sample.source import source_of
from .samplers import ladder
from .toml import refuse_unknown

MOST_SIZES = 100
"""Each is a group of the archive, solved and drawn by itself."""

MOST_SAMPLES = 10**6
"""Of one size: files of finished samples are numbered with six digits."""

MOST = 10**9
"""Of starts, steps, sweeps and all else that is counted; memory allows less."""

LARGEST_SEED = 2**63 - 1
"""What an archive's attributes hold."""

TEMPERATURES = (1e-6, 1e6)
"""In units of the transition's: beyond, an anneal's time step does not know how stiff sites are."""

SIZES, SAMPLES = (64, 128, 256), 64

METHODS = ("anneal", "quench", "temper")
PRECISIONS = ("double", "single")
MODEL_KEYS = tuple(field.name for field in fields(Model))


@dataclass(frozen=True)
class SimulationConfig:
    """How many samples of which sizes, and how their minima are sought.

    Parameters
    ----------
    sizes
        Numbers of sites N.
    samples
        Disorder samples per size: one number, or one per size.
    starts
        Independent starts per sample, the columns R.
    seed
        Key of every random stream.
    method
        "anneal": Langevin dynamics from above the transition down, then a minimisation;
        "quench": a minimisation from random displacements;
        "temper": parallel tempering of two independent replicas, whose coldest states are
        minimised at intervals, half of ``starts`` from each; equilibrium is measured on the way.
    least_hits
        Starts that must have ended in a sample's lowest state, or all starts are made anew, and
        the new states join the old, until they have or ``rounds`` are over.
    rounds
        Searches per sample at most.
    states
        How many of the starts, lowest first, are kept per sample; None keeps all.
    steps
        Time steps of the anneal; None takes 16 per site, 1000 at least.
    start_temperature, final_temperature
        Ends of the anneal in units of the model's own transition temperature.
    friction
        Friction of the Langevin dynamics in units of its fastest frequency.
    precision
        "single" anneals in float32, half the memory and up to twice the speed, and minimises what
        comes out in float64 all the same: states are as exact as with "double".
    coldest, hottest
        Ends of the tempering's ladder in units of the model's own transition temperature; the
        temperatures between are tuned to equal exchange rates on four samples.
    rungs
        How many temperatures; None takes what makes round trips most frequent.
    temperatures
        The whole ladder in the same units, coldest first, instead: the same at every size.
    sweeps
        Sweeps of the tempering that are measured; None takes 32 per site, 2000 at least.
    burn_in
        Sweeps before them; None takes as many again.
    measure_every
        Sweeps between two measurements.
    leapfrog_steps
        Mean number of steps of a trajectory; a sweep is one trajectory of every chain.
    couplings
        "gaussian", "binary" (±J), a function of one's own (``sample.ensembles``), or
        {"file": "J.npy"}: couplings from outside (``sample.given``), with whose sizes and samples
        ``sizes`` and ``samples`` are filled in where they are left at their defaults.

    Raises
    ------
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

    sizes: tuple[int, ...] = SIZES
    samples: int | tuple[int, ...] = SAMPLES
    starts: int = 32
    seed: int = 1
    method: str = "anneal"
    least_hits: int = 1
    rounds: int = 8
    states: int | None = None
    steps: int | None = None
    start_temperature: float = 0.6
    final_temperature: float = 0.02
    friction: float = 0.05
    precision: str = "double"
    coldest: float = 0.1
    hottest: float = 1.5
    rungs: int | None = None
    temperatures: tuple[float, ...] | None = None
    sweeps: int | None = None
    burn_in: int | None = None
    measure_every: int = 10
    leapfrog_steps: int = 10
    couplings: Any = "gaussian"

    def __post_init__(self) -> None:
        object.__setattr__(self, "couplings", source_of(self.couplings))
        if isinstance(self.couplings, Given):
            self._take_from(self.couplings)
        object.__setattr__(self, "sizes", _tuple_of_integers("sizes", self.sizes, least=2))
        if len(self.sizes) > MOST_SIZES:
            raise SimulationError(
                f"sizes must be {MOST_SIZES} numbers at most, got {len(self.sizes)}"
            )
        if len(set(self.sizes)) != len(self.sizes) or not self.sizes:
            raise SimulationError(f"sizes must be different numbers of sites, got {self.sizes}")
        if isinstance(self.samples, (tuple, list)):
            counts = _tuple_of_integers("samples", self.samples, least=1, most=MOST_SAMPLES)
            object.__setattr__(self, "samples", counts)
            if len(counts) != len(self.sizes):
                raise SimulationError(
                    f"samples must be one number or one per size: {len(counts)} numbers for "
                    f"{len(self.sizes)} sizes"
                )
        else:
            _integer("samples", self.samples, least=1, most=MOST_SAMPLES)
        _integer("starts", self.starts, least=1)
        _integer("least_hits", self.least_hits, least=1)
        _integer("rounds", self.rounds, least=1)
        _integer("seed", self.seed, least=0, most=LARGEST_SEED)
        for name in ("steps", "states"):
            if getattr(self, name) is not None:
                _integer(name, getattr(self, name), least=1)
        self._check_method()
        self._check_temperatures()
        self._check_tempering()
        if isinstance(self.couplings, Given):
            self._check_given(self.couplings)

    def _take_from(self, given: Given) -> None:
        """Sizes and samples of a file, where nothing else was asked for."""
        if self.sizes == SIZES:
            object.__setattr__(self, "sizes", tuple(N for N, _ in given.shapes))
        if self.samples == SAMPLES:
            known = dict(given.shapes)
            object.__setattr__(self, "samples", tuple(known.get(N, 0) for N in self.sizes))

    def _check_given(self, given: Given) -> None:
        for N in self.sizes:
            if self.samples_of(N) > given.samples_of(N):
                raise SimulationError(
                    f"{self.samples_of(N)} samples of N = {N} are asked for, and {given.file} has "
                    f"{given.samples_of(N)}"
                )

    def _check_method(self) -> None:
        if not isinstance(self.method, str) or self.method not in METHODS:
            raise SimulationError(
                f"unknown method {self.method!r}: choose one of {', '.join(METHODS)}"
            )

        if self.least_hits > 1 and self.method == "temper":
            raise SimulationError(
                'least_hits repeats anneals and quenches: leave it out with method "temper"'
            )
        if not isinstance(self.precision, str) or self.precision not in PRECISIONS:
            raise SimulationError(
                f"unknown precision {self.precision!r}: choose one of {', '.join(PRECISIONS)}"
            )
        if self.precision != "double" and self.method != "anneal":
            raise SimulationError(
                f'precision "{self.precision}" is for anneals: leave it out with method '
                f'"{self.method}"'
            )

    def _check_temperatures(self) -> None:
        for name in ("start_temperature", "final_temperature", "friction", "coldest", "hottest"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                raise SimulationError(f"{name} must be a number, got {value!r}")
            if not 0.0 < value <= sys.float_info.max:
                raise SimulationError(f"{name} must be positive and finite, got {value}")
            low, high = TEMPERATURES
            if not low <= value <= high:
                raise SimulationError(f"{name} must lie between {low:g} and {high:g}, got {value}")
        if self.final_temperature > self.start_temperature:
            raise SimulationError(
                "an anneal cools: final_temperature must not exceed start_temperature"
            )

    def _check_tempering(self) -> None:
        for name, least in (("rungs", 2), ("sweeps", 1), ("burn_in", 0)):
            if getattr(self, name) is not None:
                _integer(name, getattr(self, name), least=least)
        _integer("measure_every", self.measure_every, least=1)
        _integer("leapfrog_steps", self.leapfrog_steps, least=1)
        if self.coldest >= self.hottest:
            raise SimulationError("a ladder climbs: coldest must lie below hottest")
        if self.temperatures is not None:
            values = _numbers("temperatures", self.temperatures, SimulationError)
            object.__setattr__(self, "temperatures", tuple(ladder.check(values).tolist()))
            if not (values and TEMPERATURES[0] <= values[0] <= values[-1] <= TEMPERATURES[1]):
                low, high = TEMPERATURES
                raise SimulationError(
                    f"temperatures must lie between {low:g} and {high:g}, got {values}"
                )
        if self.method == "temper" and self.starts % 2:
            raise SimulationError(
                f'starts must be even with method "temper", half for each replica: {self.starts}'
            )

    def samples_of(self, N: int) -> int:
        """The number of disorder samples of size N."""
        if isinstance(self.samples, int):
            return self.samples
        return self.samples[self.sizes.index(N)]

    @property
    def kept(self) -> int:
        """The number of states kept per sample."""
        return self.starts if self.states is None else min(self.states, self.starts)


def _integer(name: str, value: object, *, least: int, most: int = MOST) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise SimulationError(f"{name} must be an integer of at least {least}, got {value!r}")
    if value > most:
        raise SimulationError(f"{name} must be an integer of at most {most}, got {value}")
    return value


def _tuple_of_integers(
    name: str, values: object, *, least: int, most: int = MOST
) -> tuple[int, ...]:
    if not isinstance(values, (tuple, list)):
        raise SimulationError(f"{name} must be a list of integers, got {values!r}")
    return tuple(_integer(f"each of {name}", value, least=least, most=most) for value in values)


def parse(table: Mapping[str, Any]) -> SimulationConfig:
    """The [simulation] table of a configuration.

    Raises
    ------
    ConfigError
        If a key is unknown.
    SimulationError
        If a value makes no sense.
    """
    refuse_unknown("key in [simulation]", table, (f.name for f in fields(SimulationConfig)))
    return SimulationConfig(**table)


def parse_model(table: Mapping[str, Any]) -> Model:
    """The [model] table of a configuration; only gamma is required.

    gamma, k and a may be tables that name a distribution of scipy.stats, its shape parameters,
    loc and scale: {distribution = "lognorm", s = 0.2, scale = 10}. "uniform" also takes low and
    high.

    Raises
    ------
    ConfigError
        If a key is unknown, gamma is missing or coefficients are not a list of numbers.
    ModelError
        If the values do not define a model.
    """
    refuse_unknown("key in [model]", table, MODEL_KEYS)
    if "gamma" not in table:
        raise ConfigError("[model] needs gamma, for example gamma = 10.0")
    values = dict(table)
    if "coefficients" in values:
        values["coefficients"] = _numbers("coefficients", values["coefficients"], ConfigError)
    for name, value in values.items():
        if isinstance(value, Mapping):
            values[name] = _distribution(name, value)
    return Model(**values)


def model_table(model: Model) -> dict[str, Any]:
    """What ``parse_model`` reads back as the same model, as plain values."""
    values = {field.name: getattr(model, field.name) for field in fields(Model)}
    for name, value in values.items():
        if isinstance(value, Random):
            values[name] = {"distribution": value.distribution, **dict(value.parameters)}
    return values


def _distribution(name: str, table: Mapping[str, Any]) -> Random:
    """A distribution from its table.

    Raises
    ------
    ConfigError
        If the table names none, or a parameter is unknown or not a number.
    ModelError
        If scipy.stats has no such distribution, or its parameters are out of range.
    """
    values = dict(table)
    distribution = values.pop("distribution", None)
    if distribution is None:
        raise ConfigError(
            f"{name} is a table without a distribution: write for example {name} = "
            '{distribution = "uniform", low = 8, high = 12}'
        )
    known = parameter_names(distribution)
    bounds = ("low", "high") if distribution == "uniform" else ()
    refuse_unknown(f"parameter of {distribution}", values, (*known, *bounds))
    given = _numbers(f"parameters of {name}", [*values.values()], ConfigError)
    numbers = dict(zip(values, given, strict=True))
    if {"low", "high"} & set(numbers):
        if set(numbers) != {"low", "high"}:
            raise ConfigError(
                f"{name}: a uniform distribution takes low and high, or loc and scale"
            )
        numbers = {"loc": numbers["low"], "scale": numbers["high"] - numbers["low"]}
    return Random(distribution, tuple(numbers.items()))


def _numbers(name: str, values: object, error: type[Exception]) -> tuple[float, ...]:
    if not isinstance(values, (list, tuple)):
        raise error(f"{name} must be a list of numbers, got {values!r}")
    for value in values:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise error(f"{name} must be a list of numbers, got {value!r} in it")
        # An integer may lie beyond what a float can hold.
        if abs(value) > sys.float_info.max:
            raise error(f"{name} must be finite numbers, got {value} in it")
    return tuple(float(value) for value in values)


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
    if "model" not in table:
        raise ConfigError(f"{path} has no [model] table: it needs one with gamma in it")
    simulation = _beside(Path(path), table.get("simulation", {}))
    return parse_model(table["model"]), parse(simulation), text, table


def _beside(path: Path, simulation: Mapping[str, Any]) -> Mapping[str, Any]:
    """The table with a file of couplings as seen from the configuration's folder."""
    given = simulation.get("couplings")
    if not isinstance(given, Mapping) or not isinstance(given.get("file"), str):
        return simulation
    return {**simulation, "couplings": {**given, "file": str(path.parent / given["file"])}}


def as_toml(model: Model, config: SimulationConfig) -> str:
    """The two tables as TOML text: what ``load`` reads back as the same model and config."""
    return toml.text_of({"model": model_table(model), "simulation": asdict(config)})
