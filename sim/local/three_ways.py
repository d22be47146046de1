"""One site's double well measured three ways: cavity potential, constrained relaxation, path."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import array_api_compat
import numpy as np
from glasswell.theory.model import Model
from numpy.typing import NDArray

from ..backend.checks import require_at_least, require_shape
from ..backend.devices import to_host
from ..minima.minimiser import Minima, minimise
from ..sample import cavity
from ..sample.rng import Floats
from .driven_curve import Profile, read
from .other_minimum import Partners, visit
from .path import FEWEST_IMAGES, IMAGES
from .relaxation import POINTS, Loop, loop
from .well import Wells, along, curvature, partner, potential

Array = Any

REACH = 1.4
"""How far a site is driven, in units of the distance to its cavity potential's other minimum."""

CAVITY_POINTS = 400
"""Points at which a cavity potential is integrated: its action is then good to 1e-4."""


class Status(IntEnum):
    """What became of a cavity potential's second well."""

    REVERSIBLE = 0
    AVALANCHE = 1
    NO_PARTNER = 2
    ELSEWHERE = 3
    NOT_CONVERGED = 4

    @property
    def advice(self) -> str:
        """What it means, and what to do."""
        return _ADVICE[self]


_ADVICE = {
    Status.REVERSIBLE: "a second minimum of U, reached without a jump",
    Status.AVALANCHE: "a second minimum of U, behind a jump of other sites",
    Status.NO_PARTNER: "no second minimum of U: released there, the site returns",
    Status.ELSEWHERE: "no second minimum of U there: all relax to one on the near side of the top",
    Status.NOT_CONVERGED: "a relaxation or a path did not converge: raise points or images",
}


@dataclass(frozen=True)
class LocalWells:
    """The n sites of one minimum whose cavity potential is a double well; arrays (n,)."""

    N: int
    site: NDArray[np.intp]
    cavity: Wells
    constrained: Wells
    """NaN where the curve has no second minimum; d is the way of the site itself."""
    path: Wells
    """NaN without a partner; d is the length in the space of all sites."""
    status: NDArray[np.intp]
    """A ``Status`` each."""
    avalanche: Floats
    """Sites in the largest jump on the way there, (Σ u²)²/Σ u⁴; zero without a jump."""
    hysteresis: Floats
    """∮ (dU_i^ad/dv) dv there and back."""
    participation: Floats
    """(Σ u²)²/Σ u⁴ of the displacement u between the two minima of U; NaN without a partner."""
    saddle_gradient: Floats
    """max_i |∂U/∂v_i| at the saddle; NaN without a partner."""
    direct: NDArray[np.bool_]
    """Whether the saddle joins the two minima with none between them."""

    @property
    def real(self) -> NDArray[np.bool_]:
        """True where the second well is a minimum of U."""
        return np.isin(self.status, (Status.REVERSIBLE, Status.AVALANCHE))


def measure(
    v: Array, J: Array, model: Model, *, points: int = POINTS, images: int = IMAGES
) -> LocalWells:
    """All double wells among the cavity potentials at a minimum of U, each measured three ways.

    A site is driven through the other well of its cavity potential and back (``relaxation``);
    where the curve has its second minimum, or else where the cavity potential has it, the site is
    released and all relax: that ends in the partner, or at home. A path leads back (``path``).

    Takes 2 n N points numbers of memory.

    Parameters
    ----------
    v
        (N,) a minimum of U.
    J
        (N, N) couplings.

    Raises
    ------
    ShapeError
        If v is not (N,) with J (N, N).
    SimulationError
        If points is no positive integer, or images none of at least FEWEST_IMAGES.
    NotAMinimumError
        If v is not a minimum.

    Examples
    --------
    >>> import numpy as np
    >>> from glasswell.sim import couplings, minimise, three_ways
    >>> from glasswell.theory import Model
    >>> model = Model(gamma=10.0)
    >>> J = couplings.sample(model, 16, seed=1)
    >>> starts = np.random.default_rng(1).normal(0, 10, (16, 8))
    >>> minima = minimise(starts, J, model)
    >>> v = minima.v[:, np.argmin(minima.energy)]
    >>> wells = three_ways.measure(v, J, model, points=8, images=7)
    >>> wells.site.shape == wells.cavity.barrier.shape
    True
    """
    require_shape(J, 1, v=v)
    require_at_least(1, points=points)
    require_at_least(FEWEST_IMAGES, images=images)
    local = cavity.fields(v, J, model)
    h, C, here = (to_host(x) for x in (local.h, local.C, v))
    found = [partner(float(h[i]), float(C[i]), float(here[i]), model) for i in range(len(here))]
    site = np.flatnonzero([pair is not None for pair in found])
    top, other = (np.asarray([pair[n] for pair in found if pair is not None]) for n in (0, 1))
    if not len(site):
        return _nothing(len(here))
    from_cavity = zip(h[site], C[site], here[site], top, other, strict=True)
    xp = array_api_compat.array_namespace(v, J)
    sites = xp.asarray(site, device=array_api_compat.device(v))
    ends = here[site] + REACH * (other - here[site])
    driven = loop(v, J, model, sites, ends, points=points)
    profiles = [read(driven, r, top[r]) for r in range(len(site))]
    steps = _release_steps(driven, profiles, other)
    partners = visit(v, _released(driven, steps, J, model), site, J, model, images)
    avalanche = _avalanche(driven, steps)
    # In a landscape that is soft all over, release may end in a minimum that is none of the site's.
    across = (partners.place - top) * (other - top) > 0.0
    return LocalWells(
        N=len(here),
        site=site,
        cavity=Wells.collect(_cavity_well(*each, model) for each in from_cavity),
        constrained=_constrained(profiles, 1.0 / to_host(local.chi)[site], partners),
        path=partners.wells,
        status=_status(driven, partners, across, avalanche > 0.0),
        avalanche=avalanche,
        hysteresis=driven.area,
        participation=partners.participation,
        saddle_gradient=partners.saddle_gradient,
        direct=partners.direct,
    )


def _cavity_well(h: float, C: float, here: float, top: float, other: float, model: Model) -> Wells:
    x = np.linspace(here, other, CAVITY_POINTS)
    frequency = np.mean(np.sqrt([curvature(v, C, model) for v in (here, other)]))
    U = potential(x, h, C, model)
    return along(x, U, float(potential(top, h, C, model)), float(frequency))


def _constrained(profiles: list[Profile | None], stiffness: Floats, partners: Partners) -> Wells:
    """ω0² is U_i^ad'' = 1/χ_ii, exactly, at either minimum."""
    frequency = (np.sqrt(stiffness) + np.sqrt(partners.stiffness)) / 2
    return Wells.collect(
        None if profile is None else along(profile.place, profile.energy, profile.top, omega)
        for profile, omega in zip(profiles, frequency, strict=True)
    )


def _release_steps(driven: Loop, profiles: list[Profile | None], other: Floats) -> NDArray[np.intp]:
    place = driven.there.place
    return np.asarray(
        [
            int(np.argmin(np.abs(place[:, r] - other[r]))) if profile is None else profile.step
            for r, profile in enumerate(profiles)
        ]
    )


def _released(driven: Loop, steps: NDArray[np.intp], J: Array, model: Model) -> Minima:
    xp = array_api_compat.array_namespace(driven.there.v)
    columns = [driven.there.v[int(step), :, r] for r, step in enumerate(steps)]
    return minimise(xp.stack(columns, axis=1), J, model)


def _avalanche(driven: Loop, steps: NDArray[np.intp]) -> Floats:
    jumps = driven.jumps_there
    before = jumps.step < steps[jumps.column]
    largest = np.zeros(len(steps))
    np.maximum.at(largest, jumps.column[before], jumps.participation[before])
    return largest


def _status(
    driven: Loop, partners: Partners, across: NDArray[np.bool_], jumped: NDArray[np.bool_]
) -> NDArray[np.intp]:
    at_rest = driven.there.converged.all(axis=0) & driven.back.converged.all(axis=0)
    reached = np.where(jumped, Status.AVALANCHE, Status.REVERSIBLE)
    other = np.where(across, reached, Status.ELSEWHERE)
    settled = np.where(partners.real, other, Status.NO_PARTNER)
    return np.where(at_rest & partners.converged, settled, Status.NOT_CONVERGED).astype(np.intp)


def _nothing(N: int) -> LocalWells:
    none, wells = np.zeros(0), Wells.collect([])
    return LocalWells(
        N=N,
        site=np.zeros(0, dtype=np.intp),
        cavity=wells,
        constrained=wells,
        path=wells,
        status=np.zeros(0, dtype=np.intp),
        avalanche=none,
        hysteresis=none,
        participation=none,
        saddle_gradient=none,
        direct=np.zeros(0, dtype=bool),
    )
