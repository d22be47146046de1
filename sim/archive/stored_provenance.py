"""The provenance of an archive, read from its attributes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

import h5py
from glasswell.theory.model import GlasswellError, Model, parse_model

from ..config import SimulationConfig, parse
from ..config.part import WHOLE, Part
from ..errors import ArchiveError
from . import checksums
from .hdf5_objects import attribute, first_line
from .layout import Provenance, Stage
from .sample_hash import config_hash
from .schema import CHECKED_SINCE, STAGED_SINCE, Kind, provenance_attributes


def read_provenance(group: h5py.Group, version: int) -> Provenance:
    """The attributes of /provenance, parsed.

    Parameters
    ----------
    version
        Of the archive's format.

    Raises
    ------
    ArchiveError
        Naming the attribute that is missing, of another type or makes no sense.
    """
    kinds = provenance_attributes(version)
    found = {name: attribute(group, name, kind) for name, kind in kinds.items()}
    tables = {name: _table(name, found[name]) for name in ("model", "simulation", "settings")}
    model: Model = _parsed("model", parse_model, _defined(tables["model"]))
    config: SimulationConfig = _parsed("simulation", parse, as_of_its_time(tables["simulation"]))
    if found["seed"] != config.seed:
        raise ArchiveError(f"the attribute provenance/seed is {found['seed']}, not {config.seed}")
    versions = {
        name.removeprefix(checksums.VERSION): attribute(group, name, Kind.TEXT)
        for name in checksums.versions(group)
    }
    staged = version >= STAGED_SINCE
    stages = _stages(found["stages"]) if staged else (Stage(config, versions),)
    if stages[-1].config != config:
        raise ArchiveError("the attribute provenance/stages does not end with its configuration")
    if version < CHECKED_SINCE and "kernels" in tables["settings"]:
        _check_hash(found, tables, versions)
    return Provenance(
        model=model,
        config=config,
        config_text=found["config"],
        device=found["device"],
        versions=versions,
        settings=tables["settings"],
        config_hash=found["config_hash"],
        stages=stages,
        part=_parsed("part", Part.parse, found["part"]) if staged else WHOLE,
    )


def _stages(text: str) -> tuple[Stage, ...]:
    """Of the attribute of that name.

    Raises
    ------
    ArchiveError
        If it is no list of stages.
    """
    listed = _json("stages", text)
    if not isinstance(listed, list) or not listed:
        raise ArchiveError("the attribute provenance/stages is not a list of stages")
    return tuple(_parsed("stages", _stage, entry) for entry in listed)


def _stage(entry: dict[str, Any]) -> Stage:
    made_with = {str(name): str(text) for name, text in entry["versions"].items()}
    return Stage(parse(entry["simulation"]), made_with)


def stages_as_text(stages: Sequence[Stage]) -> str:
    """What is kept of stages."""
    return json.dumps(
        [{"simulation": one.config.table(), "versions": dict(one.versions)} for one in stages]
    )


def _check_hash(
    found: Mapping[str, Any], tables: Mapping[str, dict[str, Any]], versions: Mapping[str, str]
) -> None:
    """The one checksum that the first version has: of model, simulation, device and kernels."""
    hashed = config_hash(
        tables["model"],
        tables["simulation"],
        device=found["device"],
        kernels=str(tables["settings"]["kernels"]),
        version=str(versions.get("glasswell")),
        recipe=1,
    )
    if hashed != found["config_hash"]:
        raise ArchiveError(
            "the attributes of provenance do not fit each other (config_hash is that of another "
            "configuration)"
        )


def _table(name: str, text: str) -> dict[str, Any]:
    table = _json(name, text)
    if not isinstance(table, dict):
        raise ArchiveError(f"the attribute provenance/{name} is not a JSON object")
    return table


def _json(name: str, text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise ArchiveError(
            f"the attribute provenance/{name} is not JSON ({first_line(error)})"
        ) from error


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _parsed(name: str, parser: Callable[[Any], Any], value: Any) -> Any:
    try:
        return parser(value)
    except (
        GlasswellError,
        AttributeError,
        KeyError,
        TypeError,
        ValueError,
        OverflowError,
    ) as error:
        raise ArchiveError(
            f"the attribute provenance/{name} makes no sense ({first_line(error)})"
        ) from error


def as_of_its_time(table: dict[str, Any]) -> dict[str, Any]:
    """Anneals of archives that know of no reheats had none."""
    old = table.get("method") == "anneal" and "options" not in table and "reheats" not in table
    return {**table, "reheats": 0} if old else table


def _defined(values: dict[str, Any]) -> dict[str, Any]:
    """The values that define the model; the first version kept k and a beside coefficients."""
    unused = ("k", "a") if values.get("coefficients") is not None else ()
    return {
        name: value for name, value in values.items() if value is not None and name not in unused
    }
