"""The phase diagram in the plane of field and J: where replica symmetry breaks, and how.

With random stiffness this is the diagram of the KHGPS model (Bouchbinder, Lerner, Rainone, Urbani,
Zamponi, Phys. Rev. B 103, 174202 (2021)).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..ansatz.steps import solve_steps
from ..model.errors import NotConvergedError
from ..model.model import Model
from ..model.status import in_words
from ..model.text_table import columns
from .breaking import Breaking, Transition, breaking, meeting_field
from .lines import temperature_AT
from .rigid import RigidState

BELOW = (0.5, 0.9, 0.99)
"""Fractions of J_c at which the gap is given."""

Track = Callable[[Iterable[float]], Iterable[float]]
"""Wraps an iteration over fields to show progress; the identity by default."""


@dataclass(frozen=True)
class FieldDiagram:
    """Where replica symmetry breaks along fields H ≥ 0, as J grows at T = 0.

    ``line`` is the point J_c(H) of every field and ``meeting`` the one between linear and
    non-linear, None if it is not within the fields. ``gaps`` are the lower edges λ_min of the
    Hessian's spectrum below the line, at ``BELOW`` times J_c. ``T_AT`` holds for some J the
    temperatures below which replica symmetry is unstable, per field; zero where it never is, or
    within a thousandth of T_g of it.

    Examples
    --------
    >>> from scipy import stats
    >>> from glasswell.theory import Model, field_diagram
    >>> diagram = field_diagram(Model(gamma=1.0, k=stats.uniform(0.5, 0.5)), [0.0])
    >>> diagram.line[0].transition.value, round(diagram.line[0].J, 6)
    ('linear', 0.346967)
    """

    model: Model
    line: tuple[Breaking, ...]
    meeting: Breaking | None
    gaps: tuple[tuple[float, ...], ...]
    T_AT: dict[float, tuple[float, ...]] = field(default_factory=dict)

    @property
    def fields(self) -> tuple[float, ...]:
        """H of every point of the line."""
        return tuple(point.model.field for point in self.line)

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers for JSON; null stands for what is not there, or infinite."""
        return {
            "field": list(self.fields),
            "J_c": [point.J for point in self.line],
            "transition": [point.transition.value for point in self.line],
            "replicon": [point.replicon for point in self.line],
            "margin": [point.margin for point in self.line],
            "exponent": [point.exponent for point in self.line],
            "amplitude": [_finite(point.amplitude) for point in self.line],
            "participation": [point.participation for point in self.line],
            "gap": [
                {"J": [share * point.J for share in BELOW], "lambda_min": list(gaps)}
                for point, gaps in zip(self.line, self.gaps, strict=True)
            ],
            "meeting": None
            if self.meeting is None
            else {
                "field": self.meeting.model.field,
                "J_c": self.meeting.J,
                "exponent": self.meeting.exponent,
            },
            "T_AT": [{"J": J, "T": list(line)} for J, line in self.T_AT.items()],
        }

    def __repr__(self) -> str:
        meeting = "none"
        if self.meeting is not None:
            point = self.meeting
            meeting = (
                f"H = {point.model.field:.6g}, J = {point.J:.8g}, D(ω) ~ ω^{point.exponent:.4g}"
            )
        heads = ["H", "J_c", "kind", "replicon", "margin", "D(ω) ~", "amplitude", "participation"]
        rows = [
            (
                f"{point.model.field:g}",
                f"{point.J:.8f}",
                point.transition.value,
                f"{point.replicon:.5f}",
                f"{point.margin:.5f}",
                f"ω^{point.exponent:.4g}",
                f"{point.amplitude:.4g}",
                f"{point.participation:.3g}",
            )
            for point in self.line
        ]
        gap_heads = ["H", *(f"gap at {share:g} J_c" for share in BELOW)]
        gaps = [
            (f"{H:g}", *(f"{gap:.6g}" for gap in row))
            for H, row in zip(self.fields, self.gaps, strict=True)
        ]
        lines = [
            "replica symmetry breaks at T = 0 as J grows, without polarisation (J0 = 0)",
            f"linear and non-linear meet at {meeting}",
            *columns([heads, *rows], at=[">8", ">12", ">12", ">10", ">10", ">9", ">11", ">14"]),
            *columns([gap_heads, *gaps], at=[">8", *[">16"] * len(BELOW)]),
        ]
        if self.T_AT:
            heads = ["H", *(f"T_AT, J = {J:g}" for J in self.T_AT)]
            along = zip(self.fields, *self.T_AT.values(), strict=True)
            cells = [(f"{H:g}", *(f"{T:.8g}" for T in row)) for H, *row in along]
            lines += columns([heads, *cells], at=[">8", *[">18"] * len(self.T_AT)])
        return "\n".join(lines)


def field_diagram(
    model: Model,
    fields: Sequence[float],
    *,
    thermal: Sequence[float] = (),
    track: Track = lambda values: values,
) -> FieldDiagram:
    """The line J_c(H) along ``fields``, and T_AT along them at every J in ``thermal``.

    J and the field of ``model`` are not used: they are the axes. A few seconds for every field,
    and as many for every T_AT where sites differ.

    Raises
    ------
    SolveError
        If the soft end of the sites cannot be resolved, or J0 ≠ 0.
    NotConvergedError
        If a solution on the way does not converge.

    Examples
    --------
    >>> from glasswell.theory import Model, field_diagram
    >>> [round(gap, 6) for gap in field_diagram(Model(gamma=1.0), [0.0]).gaps[0]]  # 1 - 2J
    [0.5, 0.1, 0.01]
    """
    line = tuple(
        breaking(replace(model, field=abs(H))) for H in track(sorted({abs(H) for H in fields}))
    )
    T_AT = {
        J: tuple(
            temperature_AT(replace(model, J=J, field=H))
            for H in track([point.model.field for point in line])
        )
        for J in thermal
    }
    return FieldDiagram(model, line, _meeting(line), tuple(_gaps(point) for point in line), T_AT)


def _meeting(line: Sequence[Breaking]) -> Breaking | None:
    """The point between the last linear and the first non-linear one of the line."""
    linear = [p.model.field for p in line if p.transition is Transition.LINEAR]
    other = [p for p in line if p.transition is not Transition.LINEAR]
    if not linear or not other or max(linear) == 0.0:
        return None
    at = meeting_field(other[0].model, max(linear), other[0].model.field)
    return None if at is None else breaking(replace(other[0].model, field=at))


def _gaps(point: Breaking) -> tuple[float, ...]:
    return tuple(_gap(replace(point.model, J=share * point.J), point) for share in BELOW)


def _gap(model: Model, point: Breaking) -> float:
    """λ_min of the replica-symmetric state at one J."""
    solution = solve_steps(model, 0, 0.0)
    if not solution.converged:
        raise NotConvergedError(f"no gap: at {model} {in_words(solution.status)}")
    return RigidState.of(solution, point.state.end).lower_edge


def _finite(value: float) -> float | None:
    return value if abs(value) < float("inf") else None
