"""Stationary points of U(v) = W(v) - h v for an even W: all of them, at any field.

W' is monotone between the roots of W'', so that a stationary point is bracketed by two of these
and found there by bisection and Newton's method; none is missed and none is found twice. A
spinodal field, where a minimum and a maximum merge, is W' at a root of W''.
"""

from __future__ import annotations

import numpy as np

from .._typing import Floats
from ..model.potential import EvenFunction
from ..numerics.roots import bracketed_root


def monotone_ends(W: EvenFunction, h: Floats) -> Floats:
    """Ends of the intervals on which W' is monotone, from below all stationary points to above.

    Parameters
    ----------
    W
        Parameters are numbers or broadcast to the shape of h.
    h
        Fields, any shape.

    Returns
    -------
    The shape of h with a last axis of 2n, where W'' has n - 1 roots v > 0 at most, of all that it
    may be with other parameters; where there are fewer, intervals are empty.
    """
    inflections = W.inflections(h.shape)
    reach = W.reach(h, np.max(np.nan_to_num(inflections), axis=-1))[..., None]
    positive = np.where(np.isnan(inflections), reach, inflections)
    positive = np.concatenate([positive, reach], axis=-1)
    return np.concatenate([-positive[..., ::-1], positive], axis=-1)


def stationary_points(W: EvenFunction, h: Floats) -> Floats:
    """All v with W'(v) = h, ascending along a last axis one shorter, NaN beyond the last.

    The first, third, … are minima of U, the others maxima.
    """
    ends = monotone_ends(W, h)
    per_point = W.with_parameters(np.expand_dims(c, -1) for c in W.parameters)
    force = per_point.slope(ends) - h[..., None]
    there = np.sign(force[..., :-1]) * np.sign(force[..., 1:]) < 0
    low, high = (np.where(there, part, np.nan) for part in (ends[..., :-1], ends[..., 1:]))
    found = bracketed_root(
        lambda v: np.asarray(per_point.slope(v) - h[..., None]), per_point.curvature, low, high
    )
    return np.sort(found, axis=-1)
