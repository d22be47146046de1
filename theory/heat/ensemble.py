"""The theory's ensemble of local potentials, on fields h at which heat capacities may be summed.

∫P_k(h) c_h(T) dh is delicate near the fields where two wells exchange, h = 0 by symmetry: there
c_h(T) lives on |h| ~ T/2v_0, at every T. The panels double in width away from such fields,
beginning below the lowest temperature asked for; elsewhere they follow the density.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .._typing import Floats
from ..ansatz.theory import Theory
from ..model.errors import LevelsError
from ..model.model import Model
from ..numerics.quadrature import ORDER, panel_rule, resolved_edges
from ..quantum.spectrum import levels
from ..quantum.tunnelling import two_level
from ..recursion.recursion import recursion
from ..site.envelope import convex_envelope
from ..site.geometry import spinodal_field
from ..site.panels import divided, graded_edges

FINEST = 0.25
"""First panel next to a crossing: it spans this part of the lowest T in the wells' asymmetry."""

WIDEST = 1 / 12
"""Widest panel where there are two wells, in spinodal fields: it resolves excited levels that
cross; a test halves it."""

DENSITY_TAIL = 1e-6
"""Legendre tail of the density on a panel: it is integrated to the square of this."""

NORMALISED = 1e-6
"""Largest deviation of ∫P(h) dh from one."""

NEGLIGIBLE = 1e-17
"""The density is followed until it is this part of its largest value."""


@dataclass(frozen=True)
class Component:
    """Local potentials U_eff(v; h) = -h v - C v²/2 + G(v)/γ with fields of density P(h).

    Local randomness is a list of these: one for every value of γ_i, with its probability.

    Parameters
    ----------
    weight
        The part of all sites that belongs to it.
    model
        Gives G and γ.
    C
        The coefficient of -v²/2: J² C in terms of the theory's C.
    density
        P(h), normalised to one, for arrays of any h; None stands for one field, ``centre``.
    centre
        The field where P is centred, or is concentrated.
    limit
        P(h) = 0 for |h| beyond it, where it ends abruptly.

    Examples
    --------
    >>> from glasswell.theory import Component, Model, solve
    >>> (site,) = Component.of(solve(Model(gamma=10.0)))  # all sites are alike
    >>> site.weight, round(site.C, 4)
    (1.0, 0.8779)
    """

    weight: float
    model: Model
    C: float
    density: Callable[[Floats], Floats] | None
    centre: float = 0.0
    limit: float = np.inf

    @classmethod
    def of(cls, solution: Theory, sites: int | None = None) -> list[Component]:
        """The local potentials of a solution with the densities P_k of their cavity fields.

        One component if all sites are alike, else one for every node of the rule that averages
        over them, or for about ``sites`` kinds of site, evenly in the quantiles. The rule is made
        for smooth averages: at low T, where Δ0 ~ e^(-λ) differs by decades from node to node, it
        is too coarse. Full replica-symmetry breaking stands for its ``longest`` solution.
        """
        levels = solution.longest.levels
        model, order = levels.model, levels.order
        parts = levels.parts
        if sites is not None and model.random:
            parts = tuple(
                (weight, recursion(site, order, levels.temperature))
                for weight, site in model.sites_by_quantile(sites)
            )
        point = order.q[-1] * model.J == 0.0
        return [
            cls(
                weight=weight,
                model=part.model,
                C=model.J**2 * order.C,
                density=None if point else part.field_density,
                centre=model.field + model.J0 * order.p,
            )
            for weight, part in parts
        ]


@dataclass(frozen=True)
class LocalEnsemble:
    """Levels of local potentials with their weights; B potentials, n levels.

    ``weight`` (B,) adds up to one. ``excitation`` (B, n) is E_n - E_0. ``pair`` (B,) is the energy
    of the two-level system in a double well, zero where there is a single well, NaN where G allows
    for more than two. ``panel`` (B,) numbers the runs of neighbouring fields, between which levels
    are continuous functions of h.

    Examples
    --------
    >>> from glasswell.theory import Model, local_ensemble, solve
    >>> ensemble = local_ensemble(solve(Model(gamma=0.4)), lowest_temperature=0.5, count=20)
    >>> ensemble.excitation.shape  # one potential, for there are no fields: 20 levels
    (1, 20)
    """

    h: Floats
    weight: Floats
    excitation: Floats
    pair: Floats
    panel: NDArray[np.int_]


def components_of(source: Theory | Component | Sequence[Component]) -> Sequence[Component]:
    """The kinds of site of a theory, or those given."""
    if isinstance(source, Component):
        return [source]
    return source if isinstance(source, Sequence) else Component.of(source)


def local_ensemble(
    components: Theory | Component | Sequence[Component],
    lowest_temperature: float,
    *,
    count: int = 40,
    hbar: float = 1.0,
    mass: float = 1.0,
    resolution: float = 1.0,
) -> LocalEnsemble:
    """Levels of the theory's local potentials, at fields that resolve T ≥ ``lowest_temperature``.

    Parameters
    ----------
    components
        A solution, or what it is made of where sites differ.
    lowest_temperature
        T > 0 in the model's units.
    count, hbar, mass
        As for ``levels``.
    resolution
        Scales the number of panels; results do not depend on it.

    Raises
    ------
    LevelsError
        If the temperature is not positive, weights do not add up to one, or a density is not
        normalised.

    Examples
    --------
    >>> from glasswell.theory import Model, capacity, local_ensemble, solve
    >>> ensemble = local_ensemble(solve(Model(gamma=0.4)), lowest_temperature=1.0, count=20)
    >>> capacity.curve(ensemble, [1.0, 2.0]).capacity.round(4)  # k_B per site if T were high
    array([0.7647, 0.8493])
    """
    if not 0 < lowest_temperature < float("inf"):
        raise LevelsError(f"the lowest temperature must be positive, got {lowest_temperature}")
    components = components_of(components)
    total = sum(component.weight for component in components)
    if abs(total - 1) > NORMALISED:
        raise LevelsError(f"the components' weights must add up to one, got {total:g}")
    parts = [
        _levels_of(component, lowest_temperature, count, hbar, mass, resolution)
        for component in components
    ]
    offsets = np.cumsum([0, *(part.panel[-1] + 1 for part in parts)])
    parts = [
        replace(part, panel=part.panel + offset)
        for part, offset in zip(parts, offsets[:-1], strict=True)
    ]
    return LocalEnsemble(
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("h", "weight", "excitation", "pair", "panel")
        )
    )


def _levels_of(
    component: Component,
    lowest_temperature: float,
    count: int,
    hbar: float,
    mass: float,
    resolution: float,
) -> LocalEnsemble:
    h, weight, panel = fields_of(component, lowest_temperature / resolution, resolution)
    excitation = levels(
        h, component.C, component.model, count=count, hbar=hbar, mass=mass
    ).excitation
    pair = pair_energies(h, component.C, component.model, excitation, hbar=hbar, mass=mass)
    return LocalEnsemble(h, component.weight * weight, excitation, pair, panel)


def fields_of(
    component: Component, lowest_temperature: float, resolution: float = 1.0
) -> tuple[Floats, Floats, NDArray[np.int_]]:
    """Fields h ≥ 0 that stand for both signs, their weights P(±h) dh, and the panel of each.

    Raises
    ------
    LevelsError
        If the density is not normalised.
    """
    if component.density is None:
        return np.array([abs(component.centre)]), np.ones(1), np.zeros(1, dtype=np.int_)
    density = component.density

    def folded(h: Floats) -> Floats:
        return np.asarray(density(h) + density(-h))

    reach = min(component.limit, _reach(folded, abs(component.centre)))
    edges = _edges(component, reach, lowest_temperature, resolution)
    edges = resolved_edges(folded, edges, DENSITY_TAIL)
    h, dh = panel_rule(edges)
    weight = folded(h) * dh
    norm = float(weight.sum())
    if not abs(norm - 1) < NORMALISED:
        raise LevelsError(
            f"the density of cavity fields integrates to {norm:.8g}, not to one: normalise it"
        )
    return h, weight / norm, np.repeat(np.arange(len(edges) - 1), ORDER)


def _reach(folded: Callable[[Floats], Floats], centre: float) -> float:
    """The |h| beyond which there is nothing, on a scan over 16 decades."""
    h = np.unique(np.concatenate([np.geomspace(1e-8, 1e8, 1601), [centre]]))
    P = folded(h)
    return float(h[min(np.flatnonzero(P > NEGLIGIBLE * P.max())[-1] + 1, len(h) - 1)])


def _edges(
    component: Component, reach: float, lowest_temperature: float, resolution: float
) -> Floats:
    """Panels graded towards the fields where wells exchange, and fine where there are two."""
    model = component.model
    W = model.G.shifted(-component.C / 2, scale=1 / model.gamma)
    jumps = convex_envelope(W).jumps
    kinks = [(jump.h, FINEST * lowest_temperature / jump.size) for jump in jumps]
    edges = graded_edges(reach, kinks)
    if not jumps:
        return edges
    h_s = float(spinodal_field(component.C, model))
    inside = divided(
        np.append(edges[edges < min(h_s, reach)], min(h_s, reach)), WIDEST / resolution * h_s
    )
    return np.concatenate([inside, edges[edges > h_s]])


def pair_energies(
    h: Floats,
    C: Floats | float,
    model: Model,
    excitation: Floats,
    *,
    hbar: float = 1.0,
    mass: float = 1.0,
) -> Floats:
    """The excitation, among ``excitation`` (…, n), that is the two-level system of a double well.

    It is the one nearest to √(Δ² + Δ0²) of ``tunnelling.two_level``: the ground state of the other
    well. Zero for single wells; NaN where G allows for more than two.
    """
    if not model.G.two_wells_at_most:
        return np.full(excitation.shape[:-1], np.nan)
    expected = two_level(h, C, model, hbar=hbar, mass=mass, wkb=True).energy
    single = np.isnan(expected)
    apart = np.abs(excitation[..., 1:] - np.where(single, 0.0, expected)[..., None])
    nearest = 1 + np.argmin(apart, axis=-1)
    found = np.take_along_axis(excitation, nearest[..., None], axis=-1)[..., 0]
    return np.where(single, 0.0, found)
