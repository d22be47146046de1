"""One site's double well measured three ways: cavity potential, constrained relaxation, path."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import array_api_compat
import numpy as np
from glasswell.theory.model import Model

from .._typing import Array, Bools, Floats, Indices
from ..backend.checks import require_at_least, require_shape
from ..backend.devices import to_host
from ..minima.minimiser import Minima, minimise
from ..sample import cavity
from .cavity_potential import CavityPotentials
from .double_wells import opposite_minima
from .driven_curve import Profile, read_profile
from .other_minimum import OtherMinima, connect_to_others
from .path import FEWEST_IMAGES, IMAGES
from .relaxation import POINTS, Loop, loop
from .well import Wells

REACH = 1.4
"""How far a site is driven, in units of the distance to its cavity potential's other minimum."""

CAVITY_POINTS = 400
"""Points at which a cavity potential is integrated: its action is then good to 1e-4."""


class Status(IntEnum):
    """What became of a cavity potential's second well."""

    REVERSIBLE = 0
    AVALANCHE = 1
    NO_SECOND_MINIMUM = 2
    ELSEWHERE = 3
    NOT_CONVERGED = 4

    @property
    def converged(self) -> bool:
        """True if what became of it is known."""
        return self is not Status.NOT_CONVERGED

    @property
    def advice(self) -> str:
        """What it means, and what to do."""
        return _ADVICE[self]


_ADVICE = {
    Status.REVERSIBLE: "a second minimum of U, reached without an avalanche",
    Status.AVALANCHE: "a second minimum of U, behind an avalanche of other sites",
    Status.NO_SECOND_MINIMUM: "no second minimum of U: released there, the site returns",
    Status.ELSEWHERE: "no second minimum of U there: all relax to one on the near side of the top",
    Status.NOT_CONVERGED: "a relaxation or a path did not converge: raise points or images",
}


@dataclass(frozen=True)
class LocalWells:
    """The n sites of one minimum whose cavity potential is a double well; arrays (n,)."""

    N: int
    site: Indices
    cavity: Wells
    constrained: Wells
    """NaN where the curve has no second minimum; d is the way of the site itself."""
    path: Wells
    """NaN without a second minimum; d is the length in the space of all sites."""
    status: Indices
    """A ``Status`` each."""
    avalanche: Floats
    """Sites in the largest avalanche on the way there, (Σ u²)²/Σ u⁴; zero without one."""
    hysteresis: Floats
    """∮ (dU_i^ad/dv) dv there and back."""
    participation: Floats
    """(Σ u²)²/Σ u⁴ of the displacement u between the two minima of U; NaN without two."""
    saddle_gradient: Floats
    """max_i |∂U/∂v_i| at the saddle; NaN without a second minimum."""
    direct: Bools
    """Whether the saddle joins the two minima with none between them."""

    @property
    def real(self) -> Bools:
        """True where the second well is a minimum of U."""
        return np.isin(self.status, (Status.REVERSIBLE, Status.AVALANCHE))


def measure(
    v: Array, J: Array, model: Model, *, points: int = POINTS, images: int = IMAGES
) -> LocalWells:
    """All double wells among the cavity potentials at a minimum of U, each measured three ways.

    A site is driven through the other well of its cavity potential and back (``relaxation``);
    where the curve has its second minimum, or else where the cavity potential has it, the site is
    released and all relax: that ends in the second minimum, or where it began. A path leads back
    (``path``).

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
    >>> from glasswell.sim import minimise
    >>> from glasswell.theory.model import Model
    >>> model = Model(gamma=1.0, k=-1.0, a=6.0)
    >>> J = np.array([[0.0, 0.1], [0.1, 0.0]])
    >>> v = minimise(np.ones(2), J, model).v
    >>> wells = measure(v, J, model)
    >>> [Status(status).name for status in wells.status]
    ['REVERSIBLE', 'REVERSIBLE']
    >>> np.round(wells.cavity.barrier, 4), np.round(wells.path.barrier, 4)
    (array([0.2597, 0.2597]), array([0.26, 0.26]))
    """
    require_shape(J, 1, v=v)
    require_at_least(1, points=points)
    require_at_least(FEWEST_IMAGES, images=images)
    local = cavity.fields(v, J, model)
    h, C, here = (to_host(x) for x in (local.h, local.C, v))
    potentials = CavityPotentials.of(h, C, model)
    top, other = opposite_minima(potentials, here)
    site = np.flatnonzero(np.isfinite(other))
    top, other = top[site], other[site]
    if not len(site):
        return _nothing(len(here))
    xp = array_api_compat.array_namespace(v, J)
    sites = xp.asarray(site, device=array_api_compat.device(v))
    ends = here[site] + REACH * (other - here[site])
    driven = loop(v, J, model, sites, ends, points=points)
    profiles = [read_profile(driven, r, top[r]) for r in range(len(site))]
    steps = _release_steps(driven, profiles, other)
    others = connect_to_others(v, _released(driven, steps, J, model), site, J, model, images)
    avalanche = _avalanche(driven, steps)
    # In a landscape that is soft all over, release may end in a minimum that is none of the site's.
    across = (others.displacement - top) * (other - top) > 0.0
    return LocalWells(
        N=len(here),
        site=site,
        cavity=_cavity_wells(potentials[site], here[site], top, other),
        constrained=_constrained(profiles, 1.0 / to_host(local.chi)[site], others),
        path=others.wells,
        status=_status(driven, others, across, avalanche > 0.0),
        avalanche=avalanche,
        hysteresis=driven.hysteresis,
        participation=others.participation,
        saddle_gradient=others.saddle_gradient,
        direct=others.direct,
    )


def _cavity_wells(potentials: CavityPotentials, here: Floats, top: Floats, other: Floats) -> Wells:
    ends = np.stack([here, other], axis=1)
    x = np.linspace(here, other, CAVITY_POINTS, axis=1)
    highest = potentials.value(top[:, None])[:, 0]
    frequency = np.sqrt(potentials.curvature(ends)).mean(axis=1)
    profiles = zip(x, potentials.value(x), highest, frequency, strict=True)
    return Wells.collect(Wells.from_profile(*each) for each in profiles)


def _constrained(profiles: list[Profile | None], stiffness: Floats, others: OtherMinima) -> Wells:
    """ω0² is U_i^ad'' = 1/χ_ii, exactly, at either minimum."""
    frequency = (np.sqrt(stiffness) + np.sqrt(others.stiffness)) / 2
    return Wells.collect(
        None
        if profile is None
        else Wells.from_profile(profile.displacement, profile.energy, profile.top, omega)
        for profile, omega in zip(profiles, frequency, strict=True)
    )


def _release_steps(driven: Loop, profiles: list[Profile | None], other: Floats) -> Indices:
    displacement = driven.there.displacement
    return np.asarray(
        [
            int(np.argmin(np.abs(displacement[:, r] - other[r])))
            if profile is None
            else profile.step
            for r, profile in enumerate(profiles)
        ]
    )


def _released(driven: Loop, steps: Indices, J: Array, model: Model) -> Minima:
    xp = array_api_compat.array_namespace(driven.there.v)
    columns = [driven.there.v[int(step), :, r] for r, step in enumerate(steps)]
    return minimise(xp.stack(columns, axis=1), J, model)


def _avalanche(driven: Loop, steps: Indices) -> Floats:
    avalanches = driven.avalanches_there
    before = avalanches.step < steps[avalanches.column]
    largest = np.zeros(len(steps))
    np.maximum.at(largest, avalanches.column[before], avalanches.participation[before])
    return largest


def _status(driven: Loop, others: OtherMinima, across: Bools, jumped: Bools) -> Indices:
    at_rest = driven.there.converged.all(axis=0) & driven.back.converged.all(axis=0)
    reached = np.where(jumped, Status.AVALANCHE, Status.REVERSIBLE)
    other = np.where(across, reached, Status.ELSEWHERE)
    settled = np.where(others.real, other, Status.NO_SECOND_MINIMUM)
    return np.where(at_rest & others.converged, settled, Status.NOT_CONVERGED).astype(np.intp)


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
