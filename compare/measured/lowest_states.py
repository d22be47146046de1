"""What a simulation says about the lowest states of one size, with errors over samples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from glasswell.sim import CavityPotentials, DoubleWells, Status
from glasswell.sim.records.blocks import Size
from glasswell.sim.sample.scales import amplitude
from glasswell.sim.sample.sites import AnyModel, with_parameters
from glasswell.theory.model import Model

from .._typing import Floats, Indices
from ..errors import CompareError
from ..statistics.bootstrap import Estimate, Histogram, Resampling, counted, histogram

AT_REST = 1e-6
"""A state whose largest |v_i| is below this fraction of the model's amplitude is v = 0: what is
left of it is the last step of the minimiser."""


@dataclass(frozen=True)
class LowestStates:
    """The lowest state of each sample of size N: S samples, arrays (S,) or (S, N).

    Only samples whose lowest state is a certified minimum take part. ``gauged`` says that the
    global sign of each state was chosen so that Σv ≥ 0, which fixes the polarised phase's two
    mirror states; without it h and -h are equally likely and both are used.

    ``sites`` is the model with the (S, N) parameters that were drawn; the model itself if all sites
    are alike.

    Examples
    --------
    >>> from glasswell.compare import CompareConfig, compare
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from glasswell.sim import SimulationConfig, simulate
    >>> from glasswell.theory import Model
    >>> config = SimulationConfig(sizes=(8, 12, 16), samples=8, starts=4, method="quench", states=1)
    >>> with TemporaryDirectory() as folder:
    ...     archive = simulate(Model(gamma=2.0), config, Path(folder) / "samples.h5")
    >>> comparison = compare(archive, CompareConfig(rsb=(0,), resamples=100))
    >>> comparison.measured[0].field.shape  # samples, sites
    (8, 8)
    """

    model: Model
    sites: AnyModel
    energy: Floats
    displacement: Floats
    field: Floats
    response: Floats
    hits: Floats
    left_out: int
    gauged: bool
    resampling: Resampling

    @classmethod
    def of(
        cls, data: Size, model: Model, resamples: int, seed: int, *, polarised: bool
    ) -> LowestStates:
        """Take the lowest certified states of ``data``.

        Raises
        ------
        CompareError
            If fewer samples are left than error bars need, or parameters of sites are missing.
        """
        good = certified(data)
        rng = np.random.default_rng([seed, data.N])
        resampling = Resampling.draw(len(good), resamples, rng)
        v, h = data.displacement[good, 0], data.cavity_field[good, 0]
        moved = np.abs(v).max(axis=1, keepdims=True) >= AT_REST * amplitude(model)
        gauged = polarised and model.symmetric
        sign = np.where(v.sum(axis=1) < 0, -1.0, 1.0)[:, None] if gauged else 1.0
        return cls(
            model=model,
            sites=_sites(data, model, good),
            energy=np.where(moved[:, 0], data.energy[good, 0], 0.0),
            displacement=np.where(moved, sign * v, 0.0),
            field=np.where(moved, sign * h, model.field),
            response=data.cavity_susceptibility[good, 0],
            hits=data.hits[good].astype(np.float64),
            left_out=len(data.sample) - len(good),
            gauged=gauged,
            resampling=resampling,
        )

    @property
    def N(self) -> int:
        """Sites per sample."""
        return int(self.field.shape[1])

    @property
    def samples(self) -> int:
        """Samples that take part."""
        return len(self.energy)

    @property
    def signed(self) -> bool:
        """True if the sign of h means something; else fields are counted with both signs."""
        return self.gauged or not self.model.symmetric

    @property
    def found_twice(self) -> float:
        """Fraction of samples whose lowest state was reached by two or more starts."""
        return float(np.mean(self.hits >= 2))

    @cached_property
    def wells(self) -> DoubleWells:
        """Wells of every site's cavity potential, from its own h_i, C_i and G_i.

        Arrays (S, N) for a quartic G; (S, N P) where sites may have P pairs of adjacent minima.
        """
        return DoubleWells.of(CavityPotentials.of(self.field, self.response, self.sites)).over_sites

    def scalar_sums(self, name: str) -> tuple[Floats, Floats]:
        """Per-sample sums and weights (S,), whose ratio is the quantity called ``name``."""
        ones = np.ones(self.samples)
        if name == "energy":
            return self.energy, ones
        if name == "q":
            return (self.displacement**2).mean(axis=1), ones
        if name == "p":
            return self.displacement.mean(axis=1), ones
        if name == "C":
            return self.response.mean(axis=1), ones
        double = self.wells.double
        if name == "dwp_fraction":
            return double.sum(axis=1) / self.N, ones
        values = np.where(double, getattr(self.wells, name), 0.0)
        return values.sum(axis=1), double.sum(axis=1).astype(np.float64)

    def scalar(self, name: str) -> Estimate:
        """energy, q, p, C, dwp_fraction, or the mean barrier, asymmetry, … of double wells."""
        estimate = self.resampling.estimate(*self.scalar_sums(name))
        return counted(estimate, self.field.size) if name == "dwp_fraction" else estimate

    def near_zero(self, width: float) -> Estimate:
        """Mean density of cavity fields in |h| < width: P(h → 0) at that resolution."""
        estimate = self.resampling.estimate(*self.near_zero_sums(width))
        return counted(estimate, self.field.size * 2 * width)

    def near_zero_sums(self, width: float) -> tuple[Floats, Floats]:
        """Sums and weights of the density of fields in |h| < width, (S,) each."""
        inside = (np.abs(self.field) < width).mean(axis=1) / (2 * width)
        return inside, np.ones(self.samples)

    def small_asymmetries(self, width: float) -> Estimate:
        """Mean over Δ < width of the density of asymmetries per site: P0 at that resolution."""
        estimate = self.resampling.estimate(*self.small_asymmetry_sums(width))
        return counted(estimate, self.field.size * width)

    def small_asymmetry_sums(self, width: float) -> tuple[Floats, Floats]:
        """Sums and weights of the density per site of 0 < Δ < width, (S,) each."""
        small = self.wells.double & (self.wells.asymmetry < width)
        return small.sum(axis=1) / (self.N * width), np.ones(self.samples)

    def absolute_field_histogram(self, edges: Floats) -> Histogram:
        """The even part of P(h) in bins of |h|."""
        return histogram(np.abs(self.field), np.array(0.5), edges, self.resampling, self.N)

    def field_histogram(self, edges: Floats) -> Histogram:
        """P(h) in bins; without a meaning of the sign, P(|h|)/2 for edges ≥ 0."""
        values = self.field if self.signed else np.abs(self.field)
        weight = np.array(1.0 if self.signed else 0.5)
        return histogram(values, weight, edges, self.resampling, self.N)

    @property
    def response_width(self) -> tuple[float, Floats]:
        """Standard deviation of C_i over the sites of all samples, and its resamples (B,)."""
        ones = np.ones(self.samples)
        centre = float(self.response.mean())
        moments = np.stack([((self.response - centre) ** n).mean(axis=1) for n in (1, 2)], axis=1)
        (first, second), replicas = self.resampling.ratio(moments, ones)
        spread_of = np.maximum(replicas[:, 1] - replicas[:, 0] ** 2, 0.0)
        return float(np.sqrt(second - first**2)), np.sqrt(spread_of)

    def response_histogram(self, edges: Floats) -> Histogram:
        """P(C_i) in bins."""
        return histogram(self.response, np.array(1.0), edges, self.resampling, self.N)

    def well_histogram(self, quantity: str, edges: Floats) -> Histogram:
        """Density per site of V, Δ, d or λ over the double wells."""
        return histogram(
            getattr(self.wells, quantity), np.array(1.0), edges, self.resampling, self.N
        )


def _sites(data: Size, model: Model, samples: Indices) -> AnyModel:
    if missing := set(model.random) - set(data.parameters):
        raise CompareError(
            f"the archive does not hold the {' and '.join(sorted(missing))} of its sites: simulate "
            "again"
        )
    return with_parameters(model, {name: x[samples] for name, x in data.parameters.items()})


def certified(data: Size) -> Indices:
    """The rows of ``data`` whose lowest state is a certified minimum."""
    return np.flatnonzero(data.status[:, 0] == int(Status.CONVERGED))


def check_sizes(sizes: Mapping[int, Size]) -> None:
    """Refuse an archive with nothing in it.

    Raises
    ------
    CompareError
        If no size is there.
    """
    if not sizes:
        raise CompareError("the archive holds no size: simulate first")
