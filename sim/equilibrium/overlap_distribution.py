"""P(q), the distribution of overlaps of independent replicas: of each sample, and on average."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .._typing import Floats
from ..errors import ShapeError
from .jackknife import Average, average


@dataclass(frozen=True)
class OverlapDistribution:
    """P_J(q) of every sample in bins, (S, T, bins), and P(q) = [P_J(q)], (T, bins).

    Densities: over bins that hold every overlap they integrate to one.
    """

    edges: Floats
    per_sample: Floats
    overall: Average

    @property
    def centres(self) -> Floats:
        """Middles of the bins, (bins,)."""
        return np.asarray((self.edges[1:] + self.edges[:-1]) / 2)


def overlap_distribution(
    overlap: Floats, edges: Floats, *, symmetrise: bool = False
) -> OverlapDistribution:
    """P_J(q) = ⟨δ(q - R)⟩ and its average over samples.

    Parameters
    ----------
    overlap
        R = Σ v¹v²/N of independent replicas, (S, T, pair, time).
    edges
        (bins + 1,), ascending; the last bin contains its upper edge.
    symmetrise
        Count R and -R, where v → -v is a symmetry (H = 0): P(q) is then even for certain.

    Raises
    ------
    ShapeError
        If the series has another shape, or the edges do not ascend, or are not symmetric about
        zero where P(q) is to be.
    """
    edges = np.asarray(edges, dtype=np.float64)
    if overlap.ndim != 4:
        raise ShapeError(f"overlaps must be (S, T, pair, time), got {overlap.shape}")
    if edges.ndim != 1 or len(edges) < 2 or not np.all(np.diff(edges) > 0):
        raise ShapeError("the edges of the bins must be (bins + 1,) numbers in ascending order")
    if symmetrise and not np.allclose(edges, -edges[::-1], rtol=0.0, atol=1e-9 * edges[-1]):
        raise ShapeError("to symmetrise P(q), give edges that are symmetric about zero")
    S, T = overlap.shape[:2]
    flat = overlap.reshape(S, T, -1)
    counts = np.array([[np.histogram(flat[s, t], edges)[0] for t in range(T)] for s in range(S)])
    density = counts / (flat.shape[-1] * np.diff(edges))
    if symmetrise:
        density = (density + density[..., ::-1]) / 2
    # A sample with an overlap that is not a number has no distribution: average() leaves it out.
    finite = np.isfinite(flat).all(axis=-1, keepdims=True)
    density = np.where(finite, density, np.nan)
    return OverlapDistribution(edges, density, average(density))
