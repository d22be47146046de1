"""What is in an archive, in a few lines or as one JSON object."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from glasswell.theory.model import Described, columns, model_table

from .._typing import HostArray
from ..backend.printable import printable
from ..minima.status import certified
from ..records.blocks import Samples, blocks
from ..records.sizes import SizeData
from ..records.time_series import Tempered
from . import writing
from .schema import CHECKED_SINCE, TEMPERING

LABELLED = ("<12", "<")
"""What stands behind its name."""

HEAD = ("N", "samples", "states", " lowest energy/N", "hit twice", "certified")
SIZES = (">6", ">7", ">6", "<22", ">9", ">9")
"""A row per size."""


def inspect(path: str | Path) -> dict[str, Any]:
    """An archive's contents as plain values: model, provenance and a few numbers per size.

    Raises
    ------
    ArchiveError
        As ``archive.read``.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from glasswell.sim import SimulationConfig, inspect, simulate
    >>> from glasswell.theory import Model
    >>> config = SimulationConfig(sizes=(8, 16), samples=8, starts=4, method="quench", states=1)
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "samples.h5"
    ...     archive = simulate(Model(gamma=2.0), config, path)
    ...     summary = inspect(path)
    >>> summary["model"]["gamma"], list(summary["sizes"])
    (2.0, ['8', '16'])
    """
    with writing.open_archive(path) as content:
        provenance = content.provenance
        return {
            "path": str(path),
            "format_version": content.format_version,
            "checksums": content.format_version >= CHECKED_SINCE,
            "model": model_table(content.model),
            "simulation": content.config.table(),
            "device": provenance.device,
            "versions": dict(provenance.versions),
            "settings": dict(provenance.settings),
            "config_hash": provenance.config_hash,
            "part": None if provenance.part.whole else provenance.part.short,
            "stages": [
                {"simulation": one.config.table(), "versions": dict(one.versions)}
                for one in provenance.stages
            ],
            "couplings_kept": content.couplings is not None,
            "sizes": {str(N): _describe(data) for N, data in content.sizes.items()},
        }


def _describe(data: Samples) -> dict[str, Any]:
    """From one pass over the samples, of which a few numbers each are kept."""
    slim, certified_states, states, series = [], 0, 0, {}
    for block in blocks(data):
        slim.append(_numbers(block))
        good = certified(block.status)
        certified_states, states = certified_states + int(good.sum()), good.shape[1]
        if block.tempering is not None:
            series = _settings(block.tempering)
    lowest, hits, gradient, softest, *swaps = (
        np.concatenate(column) for column in zip(*slim, strict=True)
    )
    with np.errstate(over="ignore", invalid="ignore"):  # Of states that were lost.
        mean = np.mean(lowest)
        scatter = np.std(lowest, ddof=1) if len(lowest) > 1 else np.nan
    described: dict[str, Any] = {
        "samples": len(lowest),
        "states": states,
        "energy": _finite(mean),
        "energy_error": _finite(scatter / math.sqrt(len(lowest))),
        "hit_twice": float(np.mean(hits >= 2)),
        "certified": certified_states / (len(lowest) * states),
        "largest_gradient": _finite(np.max(gradient)),
        "smallest_eigenvalue": _finite(np.fmin.reduce(softest)),
    }
    if series:
        described["tempering"] = series | _exchanges(*swaps)
    return described


def _numbers(block: SizeData) -> tuple[HostArray, ...]:
    """A few numbers per sample, of every array one row."""
    run = block.tempering
    return (
        block.energy[:, 0],
        block.hits,
        np.max(block.gradient_norm, axis=1),
        np.fmin.reduce(block.smallest_eigenvalue, axis=1),
        *(() if run is None else (run.swap_acceptance, run.round_trips, run.divergences)),
    )


def _settings(run: Tempered) -> dict[str, Any]:
    return {
        "temperatures": run.temperatures.tolist(),
        "measurements": run.energy.shape[-1],
        "measure_every": run.measure_every,
        "series": [name for name, variable in TEMPERING.items() if "measurement" in variable.dims],
    }


def _exchanges(acceptance: HostArray, trips: HostArray, divergences: HostArray) -> dict[str, Any]:
    return {
        "swap_acceptance": [_finite(rate) for rate in acceptance.mean(axis=0)],
        "round_trips": _finite(trips.sum(axis=-1).mean()),
        "divergences": int(divergences.sum()),
    }


def _finite(value: Any) -> float | None:
    """JSON knows no nan: what does not exist is null there."""
    return float(value) if math.isfinite(value) else None


def as_text(content: dict[str, Any]) -> str:
    """The dictionary of ``inspect`` for people."""
    model = ", ".join(f"{k} = {_shown(v)}" for k, v in content["model"].items() if v is not None)
    versions = ", ".join(f"{name} {v}" for name, v in content["versions"].items())
    simulation = content["simulation"]
    made = [
        ("model", model),
        (
            "simulation",
            f"{_named(simulation)}, {simulation['starts']} starts, seed {simulation['seed']}",
        ),
        *_couplings(simulation["couplings"], content["couplings_kept"]),
        ("made with", f"{versions} on {content['device']}"),
        *_part(content["part"]),
        *_grown(content["stages"]),
    ]
    tempered = {N: size["tempering"] for N, size in content["sizes"].items() if "tempering" in size}
    more = [("tempering", _series_line(N, series)) for N, series in tempered.items()]
    if tempered:
        more.append(("series", ", ".join(next(iter(tempered.values()))["series"])))
    if not content["checksums"]:
        more.append(("note", "no checksums: made by an older version"))
    lines = [
        f"{content['path']}: glasswell archive, format {content['format_version']}",
        *columns(made, at=LABELLED, gap=""),
        *columns([HEAD, *(_row(N, size) for N, size in content["sizes"].items())], at=SIZES),
        *columns(more, at=LABELLED, gap=""),
    ]
    return "\n".join(printable(line, longest=None) for line in lines)


def _named(simulation: dict[str, Any]) -> str:
    """The method; of a sampler from outside with its options."""
    options = simulation.get("options", {})
    shown = ", ".join(f"{k} = {v}" for k, v in options.items() if k != "starts")
    return f"{simulation['method']}({shown})" if "options" in simulation else simulation["method"]


def _part(part: str | None) -> list[tuple[str, str]]:
    """Which part it is, if it is one."""
    if part is None:
        return []
    return [("part", f"{' of '.join(part.split('/'))}: to be merged with the others")]


def _grown(stages: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """What has been added, stage by stage."""
    tables = [stage["simulation"] for stage in stages]
    added = [
        ", ".join(f"{key} {old[key]} → {new[key]}" for key in new if new[key] != old.get(key))
        for old, new in pairwise({**one, **one.get("options", {})} for one in tables)
    ]
    return [(f"stage {n}", text) for n, text in enumerate(added, start=2)]


def _couplings(source: str | dict[str, Any], kept: bool) -> list[tuple[str, str]]:
    """Where couplings come from, unless they are those of the model."""
    if source == "gaussian":
        return []
    shown = source
    if isinstance(source, dict):
        shown = f"{source['file']}, SHA-256 {source['checksum'][:16]}…"
    return [("couplings", f"{shown}{', kept whole' if kept else ''}")]


def _shown(value: Any) -> str:
    """A number, a distribution as "uniform(low = 8, high = 12)", or the potential's class."""
    if not isinstance(value, dict):
        return str(value)
    if "distribution" not in value:
        return repr(Described.from_table(value))
    parameters = ", ".join(f"{k} = {v:g}" for k, v in value.items() if k != "distribution")
    return f"{value['distribution']}({parameters})"


def _series_line(N: str, series: dict[str, Any]) -> str:
    T = series["temperatures"]
    return (
        f"N = {N}: {len(T)} temperatures from {T[0]:.5g} to {T[-1]:.5g}, "
        f"{series['measurements']} measurements every {series['measure_every']} sweeps, "
        f"{series['round_trips']:.1f} round trips per sample"
    )


def _row(N: str, size: dict[str, Any]) -> tuple[str, ...]:
    value, error = size["energy"], size["energy_error"]
    energy = "-" if value is None else f"{value:.5f}"
    energy += "" if error is None else f" ± {error:.5f}"
    shares = (f"{100 * size[name]:.1f} %" for name in ("hit_twice", "certified"))
    return (N, f"{size['samples']}", f"{size['states']}", f" {energy}", *shares)
