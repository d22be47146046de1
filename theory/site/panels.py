"""How an axis of fields is cut into panels, and how many are too many."""

from __future__ import annotations

import math

import numpy as np

from .._typing import Floats
from ..model.errors import SolveError

TOO_FAR_APART = (
    "the scales of this model lie too far apart to integrate over its fields: bring parameters "
    "and temperature closer to each other"
)

MOST_PANELS = 200_000
"""Panels of a rule: a hundred times what a model with scales of its own needs."""


def panel_count(panels: float) -> int:
    """The number of panels as an integer, if so many can be integrated over.

    Raises
    ------
    SolveError
        If there are more than MOST_PANELS, or it is no number.
    """
    if not panels <= MOST_PANELS:
        raise SolveError(TOO_FAR_APART)
    return max(math.ceil(panels), 1)


def divided(edges: Floats, widest: float) -> Floats:
    """Edges of equal parts of the given panels, none wider than ``widest``."""
    parts = np.diff(edges) / widest * (1 - 1e-12)
    panel_count(float(parts.sum()))
    pieces = [
        np.linspace(left, right, panel_count(n), endpoint=False)
        for left, right, n in zip(edges[:-1], edges[1:], parts, strict=True)
    ]
    return np.concatenate([*pieces, edges[-1:]])


def graded_edges(reach: float, kinks: list[tuple[float, float]]) -> Floats:
    """Edges on [0, reach] whose widths double away from each kink (position, smallest width)."""
    edges = [np.array([0.0, reach])]
    for position, width in kinks:
        doublings = panel_count(np.log2(1 + reach / width))
        steps = width * (2.0 ** np.arange(doublings + 1) - 1)
        edges += [position - steps, position + steps]
    every = np.unique(np.concatenate(edges))
    return every[(every >= 0) & (every <= reach)]
