"""Stationary points of U(v) = W(v) - h v for an even polynomial W: all of them, at any field.

W' is monotone between the roots of W'', so that a stationary point is bracketed by two of these
and found there by bisection and Newton's method; none is missed and none is found twice. A
spinodal field, where a minimum and a maximum merge, is W' at a root of W''.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..model.potential import EvenPolynomial
from ..numerics.roots import bracketed_root

Floats = NDArray[np.float64]

REAL = 1e-9
"""Roots of W'' whose imaginary part is below this, relative to their size, are real."""


def monotone_ends(W: EvenPolynomial, h: Floats) -> Floats:
    """Ends of the intervals on which W' is monotone, from below all stationary points to above.

    Parameters
    ----------
    W
        Coefficients are numbers or broadcast to the shape of h.
    h
        Fields, any shape.

    Returns
    -------
    The shape of h with a last axis of 2n for W of degree 2n; where W'' has fewer roots, intervals
    are empty.
    """
    # As a polynomial in w = v².
    curvature = [2 * n * (2 * n - 1) * c for n, c in enumerate(W.coefficients, start=1)]
    coefficients = np.stack([np.broadcast_to(c, h.shape) for c in curvature], axis=-1)
    n = coefficients.shape[-1] - 1
    companion = np.zeros((*h.shape, n, n))
    companion[..., 1:, :-1] = np.eye(n - 1)
    companion[..., :, -1] = -coefficients[..., :-1] / coefficients[..., -1:]
    roots = np.linalg.eigvals(companion).astype(complex)
    real = (np.abs(roots.imag) <= REAL * np.abs(roots)) & (roots.real > 0)
    reach = _reach(W, h)
    inflection = np.sqrt(np.where(real, roots.real, reach[..., None] ** 2))
    positive = np.sort(inflection, axis=-1)
    positive = np.concatenate([positive, reach[..., None]], axis=-1)
    return np.concatenate([-positive[..., ::-1], positive], axis=-1)


def stationary_points(W: EvenPolynomial, h: Floats) -> Floats:
    """All v with W'(v) = h, ascending along a last axis of 2n - 1, NaN beyond the last.

    The first, third, … are minima of U, the others maxima.
    """
    ends = monotone_ends(W, h)
    per_point = EvenPolynomial(tuple(np.expand_dims(c, -1) for c in W.coefficients))
    force = per_point.slope(ends) - h[..., None]
    there = np.sign(force[..., :-1]) * np.sign(force[..., 1:]) < 0
    low, high = (np.where(there, part, np.nan) for part in (ends[..., :-1], ends[..., 1:]))
    found = bracketed_root(
        lambda v: per_point.slope(v) - h[..., None], per_point.curvature, low, high
    )
    return np.sort(found, axis=-1)


def _reach(W: EvenPolynomial, h: Floats) -> Floats:
    """A bound on all roots of W'(v) - h (Fujiwara), and so by Gauss and Lucas on those of W''."""
    slopes = [2 * n * c for n, c in enumerate(W.coefficients, start=1)]
    leading, degree = slopes.pop(), W.degree - 1
    bounds = [
        np.abs(c / leading) ** (1 / (degree - power))
        for power, c in zip(range(1, degree, 2), slopes, strict=True)
    ]
    bounds.append(np.abs(h / leading) ** (1 / degree))
    largest = np.max(np.broadcast_arrays(*bounds), axis=0)
    return np.asarray(np.maximum(2.1 * largest, 1.0))
