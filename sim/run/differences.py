"""In what two configurations differ that should be one: by the key, for messages of one line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from glasswell.theory.model import model_table

from ..archive.layout import Provenance
from ..backend.printable import printable

SHOWN = 60
"""Characters of a value."""


def simulation_values(table: Mapping[str, Any]) -> dict[str, Any]:
    """The [simulation] table with the options of a sampler from outside among its keys.

    Of couplings from a file what is in it counts, not where it is.
    """
    values = {**table, **table.get("options", {})}
    values.pop("options", None)
    couplings = values["couplings"]
    if isinstance(couplings, Mapping):
        values["couplings"] = f"SHA-256 {couplings['checksum'][:16]}…"
    return values


def differences(one: Provenance, other: Provenance) -> Iterator[tuple[str, str, str]]:
    """Every key that differs, and what it is in one and the other."""
    tables = (_values(one), _values(other))
    for key in {**tables[0], **tables[1]}:
        values = [table.get(key) for table in tables]
        if values[0] != values[1]:
            first, second = (printable(str(value), longest=SHOWN) for value in values)
            yield key, first, second


def _values(provenance: Provenance) -> dict[str, Any]:
    simulation = simulation_values(provenance.config.table())
    earlier = [stage.config.table() for stage in provenance.stages[:-1]]
    return {
        **model_table(provenance.model),
        # A sampler's option may have the name of one of the model's.
        **{f"[simulation] {key}": value for key, value in simulation.items()},
        "device": provenance.device,
        "kernels": provenance.settings.get("kernels"),
        "glasswell": provenance.versions.get("glasswell"),
        "earlier stages": earlier,
        "config_hash": provenance.config_hash,
    }
