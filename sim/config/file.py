"""What a file tells a simulation: its [model] and [simulation] tables, read and written."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from glasswell.theory.model import Model, model_of, model_table, toml

from ..samplers import registry
from ..samplers.assembly import built_in_defaults
from .simulation import COMMON_KEYS, SimulationConfig


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
