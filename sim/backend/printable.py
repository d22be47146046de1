"""Text from files that others made, before it reaches a terminal."""

from __future__ import annotations

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
