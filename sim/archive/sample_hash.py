"""What makes a sample what it is, as one hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

RECIPE = 3
"""Raised when the same configuration begins to give other samples; the file format is no part.

1: noise of anneals from NumPy's or CuPy's generators. 2: from ``sim.backend.philox``. 3: descents
go along lines in single precision from N = 256, and products with more than 10⁶ multiplications are
made by rows: sums are rounded otherwise, and chaos leads to other states."""


def config_hash(
    model: Mapping[str, Any],
    simulation: Mapping[str, Any],
    *,
    device: str,
    kernels: str,
    version: str,
    recipe: int = RECIPE,
) -> str:
    """The hash of a configuration, without which sizes and how many samples.

    Parameters
    ----------
    model, simulation
        Their tables as plain values, complete with all defaults.
    kernels
        By which columns move: they differ in rounding, and chaos does the rest.
    version, recipe
        Of glasswell, and of how it makes samples.
    """
    kept = {name: x for name, x in simulation.items() if name not in ("sizes", "samples")}
    couplings = kept.pop("couplings", "gaussian")
    if isinstance(couplings, Mapping):
        # What is in the file counts, not where it is.
        kept["couplings"] = couplings["checksum"]
    elif couplings != "gaussian":
        kept["couplings"] = str(couplings)
    what = {
        "model": dict(model),
        "simulation": kept,
        "device": device,
        "kernels": kernels,
        "version": [version, recipe],
    }
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()


def with_history(hashed: str, lengths: Sequence[Mapping[str, Any]]) -> str:
    """The hash of an archive that has grown, where searches became longer on the way.

    Parameters
    ----------
    hashed
        ``config_hash`` of the last configuration.
    lengths
        Of the searches in every stage, oldest first. Where they are all the same, samples are
        those of a run in one piece, and so is the hash.
    """
    history = [dict(one) for n, one in enumerate(lengths) if n == 0 or one != lengths[n - 1]]
    if len(history) == 1:
        return hashed
    return hashlib.sha256(json.dumps([hashed, history], sort_keys=True).encode()).hexdigest()
