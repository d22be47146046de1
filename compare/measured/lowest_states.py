"""What a simulation says about the lowest states of one size, with errors over samples."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from glasswell.sim import CavityPotentials, DoubleWells, Status, blocks
from glasswell.sim.records.blocks import Size
from glasswell.sim.sample.scales import amplitude
from glasswell.sim.sample.sites import AnyModel, with_parameters
from glasswell.theory.model import Model

from .._typing import Floats, HostArray, Indices
from ..errors import CompareError
from ..statistics.bootstrap import Estimate, Resampling, counted
from ..statistics.histogram import Histogram, histogram, histogram_of_events
from .well_list import WellList

AT_ONCE = 2**18
"""Sites whose wells are looked at in one go, which makes dozens of arrays of as many numbers."""

AT_REST = 1e-6
"""A state whose largest |v_i| is below this fraction of the model's amplitude is v = 0: what is
left of it is the last step of the minimiser."""


@dataclass(frozen=True)
class LowestStates:
    """The lowest state of each sample of size N: S samples, arrays (S,) or (S, N).

    Only samples whose lowest state is a certified minimum take part. ``gauged`` says that the
    global sign of each state was chosen so that Σv ≥ 0, which fixes the polarised phase's two
    mirror states; without it h and -h are equally likely and both are used.

    ``drawn`` are the (S, N) random parameters of sites, by name. ``part_of`` is None, or what these
    are some samples of, and the place of the first.

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
    energy: Floats
    displacement: Floats
    field: Floats
    response: Floats
    hits: Floats
    left_out: int
    gauged: bool
    resampling: Resampling
    drawn: Mapping[str, Floats] = dataclasses.field(default_factory=dict)
    part_of: tuple[LowestStates, int] | None = None

    @classmethod
    def of(
        cls, data: Size, model: Model, resamples: int, seed: int, *, polarised: bool
    ) -> LowestStates:
        """Take the lowest certified states of ``data``: 24 S N bytes stay in memory.

        Raises
        ------
        CompareError
            If fewer samples are left than error bars need, or parameters of sites are missing.
        """
        found = _certified_ones(data, model)
        energy, v, h = found["energy"], found["displacement"], found["cavity_field"]
        rng = np.random.default_rng([seed, data.N])
        resampling = Resampling.draw(len(energy), resamples, rng)
        moved = np.abs(v).max(axis=1, keepdims=True) >= AT_REST * amplitude(model)
        gauged = polarised and model.symmetric
        sign = np.where(v.sum(axis=1) < 0, -1.0, 1.0)[:, None] if gauged else 1.0
        return cls(
            model=model,
            drawn={name: found[name] for name in model.random},
            energy=np.where(moved[:, 0], energy, 0.0),
            displacement=np.where(moved, sign * v, 0.0),
            field=np.where(moved, sign * h, model.field),
            response=found["cavity_susceptibility"],
            hits=found["hits"].astype(np.float64),
            left_out=len(data.sample) - len(energy),
            gauged=gauged,
            resampling=resampling,
        )

    def parts(self) -> Iterator[LowestStates]:
        """The same samples in blocks, for what takes many arrays of all sites.

        They have no resampling of their own: what each sample gives is averaged over all of them.
        """
        length = max(1, AT_ONCE // self.N)
        if length >= self.samples:
            yield self
            return
        for first in range(0, self.samples, length):
            yield self._part(first, min(first + length, self.samples))

    def _part(self, first: int, last: int) -> LowestStates:
        rows = slice(first, last)
        arrays = ("energy", "displacement", "field", "response", "hits")
        return replace(
            self,
            **{name: getattr(self, name)[rows] for name in arrays},
            drawn={name: x[rows] for name, x in self.drawn.items()},
            part_of=(self, first),
        )

    @property
    def sites(self) -> AnyModel:
        """The model with the parameters that were drawn; itself if all sites are alike."""
        return with_parameters(self.model, self.drawn)

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

    @cached_property
    def double_wells(self) -> WellList:
        """Those that there are, of all samples: a list is short where ``wells`` are large."""
        if self.part_of is not None:
            whole, first = self.part_of
            return whole.double_wells.only(first, first + self.samples)
        return WellList.joined([WellList.of(part.wells) for part in self.parts()])

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
        wells = self.double_wells
        if name == "dwp_fraction":
            return wells.number / self.N, ones
        return wells.sums[name], wells.number

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
        wells = self.double_wells
        small = wells.counted(wells.values["asymmetry"] < width)
        return small / (self.N * width), np.ones(self.samples)

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
        wells = self.double_wells
        return histogram_of_events(
            wells.values[quantity], wells.sample, edges, self.resampling, self.N
        )


def _certified_ones(data: Size, model: Model) -> dict[str, HostArray]:
    """Arrays of the lowest states that are certified, from one pass over all samples."""
    of_states = ("energy", "displacement", "cavity_field", "cavity_susceptibility")
    found: dict[str, list[HostArray]] = {name: [] for name in (*of_states, "hits", *model.random)}
    for block in blocks(data):
        if missing := set(model.random) - set(block.parameters):
            raise CompareError(
                f"the archive does not hold the {' and '.join(sorted(missing))} of its sites: "
                "simulate again"
            )
        good = certified(block)
        for name in of_states:
            found[name].append(getattr(block, name)[good, 0])
        found["hits"].append(block.hits[good])
        for name in model.random:
            found[name].append(block.parameters[name][good])
    # One after the other, for all parts and all of the whole are twice as much.
    return {name: np.concatenate(found.pop(name)) for name in list(found)}


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
