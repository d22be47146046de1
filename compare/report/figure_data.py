"""What a figure shows, as numbers: read off the figure itself, so that both are the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from . import json_values

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def panels(figure: Figure) -> list[dict[str, Any]]:
    """Panels with the labels and scales of their axes, and what is drawn in them.

    A curve or a set of points has ``x`` and ``y``, and half the length of its error bars as
    ``x_error`` and ``y_error``; a histogram drawn as steps ``edges`` and ``values``; a band the
    corners of its outline. Null stands for what is not drawn.

    Examples
    --------
    >>> from glasswell.compare.report.drawing import single
    >>> figure = single(lambda ax: ax.plot([0, 1], [2, 3], label="a"))
    >>> panels(figure)[0]["drawn"]
    [{'kind': 'curve', 'label': 'a', 'x': [0.0, 1.0], 'y': [2.0, 3.0]}]
    """
    return [_panel(ax) for ax in figure.axes]


def _panel(ax: Axes) -> dict[str, Any]:
    axes = {"x": ax.get_xlabel(), "y": ax.get_ylabel()}
    scales = {"x_scale": ax.get_xscale(), "y_scale": ax.get_yscale()}
    return {"title": ax.get_title(), **axes, **scales, "drawn": list(_drawn(ax))}


def _drawn(ax: Axes) -> Iterator[dict[str, Any]]:
    from matplotlib.collections import LineCollection, PathCollection, PolyCollection
    from matplotlib.container import ErrorbarContainer
    from matplotlib.patches import StepPatch

    shown: set[Artist] = set()
    for container in ax.containers:
        if isinstance(container, ErrorbarContainer):
            yield _with_errors(container)
            line, caps, bars = container.lines
            shown |= {line, *caps, *bars}
    for line in ax.lines:
        # Guides that span an axis are in its own coordinates, not in those of the data.
        if line not in shown and line.get_transform() == ax.transData:
            x, y = (np.asarray(values, dtype=float) for values in line.get_data(orig=False))
            yield {"kind": "curve", "label": _label(line), **_numbers(x=x, y=y)}
    for patch in ax.patches:
        if isinstance(patch, StepPatch):
            values, edges, _ = patch.get_data()
            steps = _numbers(edges=np.asarray(edges), values=np.asarray(values))
            yield {"kind": "steps", "label": _label(patch), **steps}
    for collection in ax.collections:
        if isinstance(collection, PathCollection):
            x, y = np.ma.filled(np.ma.asarray(collection.get_offsets(), float), np.nan).T
            yield {"kind": "points", "label": _label(collection), **_numbers(x=x, y=y)}
        elif isinstance(collection, PolyCollection):
            outlines = [path.vertices for path in collection.get_paths()]
            if outlines:
                x, y = np.concatenate(outlines).T
                yield {"kind": "band", "label": _label(collection), **_numbers(x=x, y=y)}
        elif isinstance(collection, LineCollection) and collection not in shown:
            segments = [np.asarray(segment) for segment in collection.get_segments()]
            if segments:
                x, y = np.concatenate(segments).T
                yield {"kind": "segments", "label": _label(collection), **_numbers(x=x, y=y)}


def _with_errors(container: Any) -> dict[str, Any]:
    line, _, bars = container.lines
    found: dict[str, Any] = {"kind": "points", "label": _label(container)}
    if line is not None:
        x, y = (np.asarray(values, dtype=float) for values in line.get_data(orig=False))
        found |= _numbers(x=x, y=y)
    directions = [d for d, has in (("x", container.has_xerr), ("y", container.has_yerr)) if has]
    for direction, collection in zip(directions, bars, strict=True):
        found[f"{direction}_error"] = json_values.numbers(
            _half_lengths(collection.get_segments(), 0 if direction == "x" else 1)
        )
    return found


def _half_lengths(segments: Sequence[Any], axis: int) -> Any:
    # A bar that is not drawn, of an error that is nan, has no ends.
    ends = (np.reshape(np.asarray(segment, dtype=float), (-1, 2))[:, axis] for segment in segments)
    return np.array([abs(end[-1] - end[0]) / 2 if len(end) else np.nan for end in ends])


def _numbers(**arrays: Any) -> dict[str, Any]:
    return {name: json_values.numbers(array) for name, array in arrays.items()}


def _label(artist: Any) -> str:
    label = str(artist.get_label() or "")
    return "" if label.startswith("_") else label
