"""Text for people: what others wrote made harmless, and how long something takes."""

from __future__ import annotations

import math

LONGEST = 200
"""Characters of one foreign text within a message."""


def printable(text: object, longest: int | None = LONGEST) -> str:
    """The text with everything escaped that is not seen, and cut if it is long.

    Escaped are control characters (of C1 too), line ends, marks that change the direction of
    writing, and halves of surrogate pairs. None for ``longest`` cuts nothing.
    """
    given = str(text)
    shown = given if longest is None or len(given) <= longest else given[:longest] + "…"
    return "".join(c if c.isprintable() else _escaped(c) for c in shown)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def duration(seconds: float) -> str:
    """Seconds in the two largest units that they fill: ``3 s``, ``2 min 5 s``, ``1 d 4 h``."""
    rest, units = math.ceil(seconds), (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))
    parts: list[str] = []
    for name, length in units:
        count, rest = divmod(rest, length)
        if count or (parts and len(parts) < 2):
            parts.append(f"{count} {name}")
    return " ".join(parts[:2]) or "0 s"
