"""Tables of text for the terminal: the one place that aligns columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def columns(rows: Iterable[Sequence[str]], at: Sequence[str] = (), gap: str = "  ") -> list[str]:
    """Rows of text as lines in which the cells of a column stand below each other.

    Parameters
    ----------
    rows
        Of as many cells each; a head is the first of them.
    at
        Of every column, the side on which its text stands and how wide it is at the least: "<" or
        "<10" left, ">6" right. On the left if it is not given. A table that is printed row by row
        needs widths.
    gap
        Between two columns.

    Examples
    --------
    >>> rows = [("N", "energy"), ("64", "-4.21"), ("1024", "-4.3")]
    >>> print(*columns(rows, at=(">", "<")), sep="\\n")
       N  energy
      64  -4.21
    1024  -4.3
    """
    rows = list(rows)
    if not rows:
        return []
    specs = []
    for n, side in enumerate(at or ["<"] * len(rows[0])):
        width = max(int(side[1:] or 0), *(len(row[n]) for row in rows))
        specs.append(f"{side[0]}{width}")
    return [
        gap.join(format(cell, spec) for cell, spec in zip(row, specs, strict=True)).rstrip()
        for row in rows
    ]
