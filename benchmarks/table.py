"""What a benchmark reports, as a row for people and as JSON."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, replace
from typing import Any

from glasswell.theory.model import columns
from timing import Ratio


@dataclass(frozen=True)
class Row:
    """One number that was promised, and what it turned out to be."""

    what: str
    value: float
    target: float | None = None
    """At least this; at most, where ``ceiling``."""
    ceiling: bool = False
    spread: str = ""
    note: str = ""

    @classmethod
    def of(cls, what: str, ratio: Ratio, target: float | None = None, note: str = "") -> Row:
        """A ratio of times with its quartiles."""
        return cls(what, ratio.median, target, False, f"{ratio.low:.3g} … {ratio.high:.3g}", note)

    @classmethod
    def at_most(cls, what: str, ratio: Ratio, target: float, note: str = "") -> Row:
        """The same, with a target that is not to be exceeded."""
        return replace(cls.of(what, ratio, target, note), ceiling=True)

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None without one."""
        if self.target is None:
            return None
        return self.value <= self.target if self.ceiling else self.value >= self.target

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return {**asdict(self), "met": self.met}


def as_markdown(rows: list[Row]) -> str:
    """A table that reads well in a terminal and renders as Markdown."""
    head = ("what", "measured", "quartiles", "target", "", "note")
    words = {True: "met", False: "missed", None: ""}
    body = []
    for row in rows:
        sign = "≤" if row.ceiling else "≥"
        target = "" if row.target is None else f"{sign} {row.target:g}"
        body.append((row.what, f"{row.value:.3g}", row.spread, target, words[row.met], row.note))
    lines = columns([("", *cells, "") for cells in (head, *body)], gap=" | ")
    first, *others = (line.strip() for line in lines)
    return "\n".join([first, re.sub(r"[^|]", "-", first), *others])
