"""The phase diagram of Kühn and Horstmann, PRL 78, 4067 (1997), Fig. 1: all lines together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..ansatz.ergodic import glass_temperature
from ..model.model import Model
from ..model.text_table import columns
from .lines import J0_GP, check, gamma_AT, gamma_DWP, gamma_EG, gamma_EP, temperature_AT

Track = Callable[[Iterable[float]], Iterable[float]]
"""Wraps an iteration over γ or J0 to show progress; the identity by default."""


@dataclass(frozen=True)
class PhaseDiagram:
    """Phase boundaries along given γ and J0; None where there is no boundary.

    All at T = 0 but ``T_g``. ``J0_GP`` and the double-well lines are those of ``rsb`` steps; the
    others do not depend on it.

    Examples
    --------
    >>> from glasswell.theory import Model, phase_diagram
    >>> diagram = phase_diagram(Model(gamma=1.0), gammas=[0.4], J0s=[0.5])
    >>> diagram.gamma_EG, diagram.T_g
    (0.5, (0.0,))
    """

    model: Model
    rsb: int
    gammas: tuple[float, ...]
    J0s: tuple[float, ...]
    gamma_EG: float
    """For J0 ≤ J."""
    gamma_DWP: float | None
    """At J0 = 0."""
    T_g: tuple[float, ...]
    """Per γ, at J0 = 0; zero in the ergodic phase."""
    J0_GP: tuple[float | None, ...]
    """Per γ."""
    gamma_EP: tuple[float | None, ...]
    """Per J0."""
    gamma_AT: tuple[float | None, ...]
    """Per J0."""
    gamma_DWP_at_J0: tuple[float | None, ...]
    """Per J0."""
    T_AT: dict[float, tuple[float, ...]] = field(default_factory=dict)
    """By γ, where asked for, and per J0: replica symmetry is unstable below; T_g for J0 ≤ J."""

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers for JSON."""
        return {
            "gamma": list(self.gammas),
            "J0": list(self.J0s),
            "rsb": self.rsb,
            "gamma_EG": self.gamma_EG,
            "gamma_DWP": self.gamma_DWP,
            "T_g": list(self.T_g),
            "J0_GP": list(self.J0_GP),
            "gamma_EP": list(self.gamma_EP),
            "gamma_AT": list(self.gamma_AT),
            "gamma_DWP_at_J0": list(self.gamma_DWP_at_J0),
            "T_AT": [{"gamma": gamma, "T": list(line)} for gamma, line in self.T_AT.items()],
        }

    def __repr__(self) -> str:
        def table(heads: Sequence[str], *along: Sequence[float | None]) -> list[str]:
            cells = [["-" if x is None else f"{x:.8g}" for x in column] for column in along]
            return columns([heads, *zip(*cells, strict=True)], at=[">14"] * len(heads))

        name = "RS" if self.rsb == 0 else f"{self.rsb}RSB"
        wells = "none" if self.gamma_DWP is None else f"{self.gamma_DWP:.10g}"
        return "\n".join(
            [
                f"E–G at γ = {self.gamma_EG:.10g}",
                f"double wells at J0 = 0 ({name}) from γ = {wells}",
                *table(["γ", "T_g", f"J0_GP ({name})"], self.gammas, self.T_g, self.J0_GP),
                *table(
                    ["J0", "γ_EP", "γ_AT", f"γ_DWP ({name})"],
                    self.J0s,
                    self.gamma_EP,
                    self.gamma_AT,
                    self.gamma_DWP_at_J0,
                ),
                *(
                    table(
                        ["J0", *(f"T_AT, γ = {gamma:g}" for gamma in self.T_AT)],
                        self.J0s,
                        *self.T_AT.values(),
                    )
                    if self.T_AT
                    else []
                ),
            ]
        )


def phase_diagram(
    model: Model,
    gammas: Sequence[float],
    J0s: Sequence[float],
    rsb: int = 0,
    *,
    thermal: Sequence[float] = (),
    track: Track = lambda values: values,
) -> PhaseDiagram:
    """All boundaries along ``gammas`` and ``J0s``; ``model`` supplies J and G.

    ``thermal`` are values of γ at which the AT line is followed in temperature, along ``J0s``:
    seconds for every J0 > J.

    Raises
    ------
    SolveError
        If the model has no such phases.
    NotConvergedError
        If a saddle point on the way does not converge.

    Examples
    --------
    >>> from glasswell.theory import Model, phase_diagram
    >>> diagram = phase_diagram(Model(gamma=1.0), gammas=[0.4, 2.0], J0s=[0.5])
    >>> [round(T, 4) for T in diagram.T_g]  # per γ
    [0.0, 8.9278]
    """
    check(model)
    free = replace(model, J0=0.0)
    along = [
        (glass_temperature(at), J0_GP(at, rsb))
        for at in (replace(free, gamma=gamma) for gamma in track(gammas))
    ]
    across = [
        (gamma_EP(at), gamma_AT(at), gamma_DWP(at, rsb))
        for at in (replace(model, J0=J0) for J0 in track(J0s))
    ]
    T_AT = {
        gamma: tuple(temperature_AT(replace(model, gamma=gamma, J0=J0)) for J0 in track(J0s))
        for gamma in thermal
    }
    return PhaseDiagram(
        model=model,
        rsb=rsb,
        gammas=tuple(gammas),
        J0s=tuple(J0s),
        gamma_EG=gamma_EG(free),
        gamma_DWP=gamma_DWP(free, rsb),
        T_g=tuple(T_g for T_g, _ in along),
        J0_GP=tuple(J0 for _, J0 in along),
        gamma_EP=tuple(EP for EP, _, _ in across),
        gamma_AT=tuple(AT for _, AT, _ in across),
        gamma_DWP_at_J0=tuple(DWP for _, _, DWP in across),
        T_AT=T_AT,
    )
