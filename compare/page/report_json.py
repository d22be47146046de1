"""A comparison as plain values: what report.json holds, and what the command prints."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import attrs
from glasswell.theory.model import model_table

from ..confront.comparison import Comparison
from ..errors import CompareError
from ..report.plain_text import section_text
from ..report.section import Section
from ..sections import SECTIONS


def as_dict(comparison: Comparison, sections: Iterable[Section] = SECTIONS) -> dict[str, Any]:
    """Model, configuration, and the keys of every section; null stands for what does not exist.

    Raises
    ------
    CompareError
        If a section has a key that another one has, or values that JSON does not know.
    """
    record = {"model": model_table(comparison.model), "compare": attrs.asdict(comparison.config)}
    for section in sections:
        own = dict(section.record(comparison))
        _check(own, type(section).__name__, taken=record)
        record |= own
    return record


def _check(own: dict[str, Any], section: str, taken: dict[str, Any]) -> None:
    if twice := own.keys() & taken.keys():
        raise CompareError(
            f"section {section}: its record has the key {min(twice)!r}, which another section has"
        )
    try:
        json.dumps(own, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise CompareError(
            f"section {section}: its record must be plain values, and None instead of nan ({error})"
        ) from error


def as_text(comparison: Comparison, sections: Iterable[Section] = SECTIONS) -> str:
    """Tables and sentences of all sections for the terminal."""
    texts = (section_text(section, comparison) for section in sections)
    return "\n\n".join(text for text in texts if text)
