"""The line J_c(H) of random stiffness against quadrature by scipy, dense rules and its limits."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from glasswell.compare.cli.command import main
from glasswell.theory import (
    Breaking,
    Model,
    RigidState,
    SolveError,
    Transition,
    breaking,
    field_diagram,
    gamma_EG,
    meeting_field,
    solve,
    temperature_AT,
)
from glasswell.theory.numerics.quadrature import legendre
from scipy import integrate, optimize, stats

KHGPS = Model(gamma=1.0, k=stats.uniform(0.5, 0.5))
"""Stiffness uniform on [.5, 1], a = γ = 1."""


@cache
def at(field: float) -> Breaking:
    return breaking(replace(KHGPS, field=field))


def mean_over_fields(moment: int, field: float, width: float, b: float, power: float) -> float:
    """∫P v^moment (s - J² C)^power dv of one site by scipy, with v = √(2b) tan θ."""

    def integrand(theta: float) -> float:
        v = math.sqrt(2 * b) * math.tan(theta)
        h = b * v + v**3 / 6
        density = math.exp(-(((h - field) / width) ** 2) / 2) / width / math.sqrt(2 * math.pi)
        return density * v**moment * (b + v**2 / 2) ** power / math.cos(theta) ** 2

    peaks = [math.atan(v / math.sqrt(2 * b)) for v in (-1.0, 0.0, 0.5, 1.0, 1.5, 2.0, 3.0)]
    found = integrate.quad(integrand, -np.pi / 2, np.pi / 2, points=peaks, limit=400, epsabs=1e-12)
    return float(math.sqrt(2 * b) * found[0])


def replica_symmetry(field: float, J: float, C: float, q: float) -> tuple[float, float, float]:
    """C, q and the replicon of given C and q: 40 nodes in √(k - ½), each site by scipy."""
    t, dt = legendre(40)
    t, dt = math.sqrt(0.5) * (1 + t) / 2, math.sqrt(0.5) * dt / 2
    weights = 2 * t * dt / 0.5
    moments = np.zeros(3)
    for weight, b in zip(weights, 0.5 - J**2 * C + t**2, strict=True):
        of_site = (
            mean_over_fields(0, field, J * math.sqrt(q), b, 0.0),
            mean_over_fields(2, field, J * math.sqrt(q), b, 1.0),
            mean_over_fields(0, field, J * math.sqrt(q), b, -1.0),
        )
        moments += weight * np.array(of_site)
    return float(moments[0]), float(moments[1]), 1 - J**2 * float(moments[2])


@pytest.mark.parametrize("field", [0.4, 3.0])
def test_a_point_of_either_line_by_brute_force(field: float) -> None:
    """All three equations at once, without anything of the package but J_c, C and q."""
    point = at(field)
    solution = solve(point.model)
    C, q, replicon = replica_symmetry(field, point.J * (1 - 1e-9), solution.C, solution.overlaps[0])
    assert pytest.approx(solution.C, rel=3e-8) == C
    assert q == pytest.approx(solution.overlaps[0], rel=3e-8)
    assert replicon == pytest.approx(point.replicon, abs=3e-5)
    if point.transition is Transition.NON_LINEAR:
        assert point.J**2 * C == pytest.approx(0.5, rel=1e-7)


@pytest.mark.parametrize(("field", "J"), [(0.1, 0.433323), (0.4, 0.556234)])
def test_linear_points(field: float, J: float) -> None:
    """From an independent computation with 400 nodes."""
    assert at(field).transition is Transition.LINEAR
    assert at(field).J == pytest.approx(J, abs=1e-6)
    assert at(field).margin > 0.05


def test_the_line_changes_its_kind_where_both_vanish() -> None:
    """Linear at H = 2, although wells begin 1.4e-4 beyond in J; non-linear at 2.2."""
    assert at(2.0).transition is Transition.LINEAR
    assert 0 < at(2.0).margin < 2e-4
    assert at(2.2).transition is Transition.NON_LINEAR
    assert at(2.2).replicon == pytest.approx(0.0159, abs=1e-3)
    meeting = meeting_field(KHGPS, 2.1, 2.12)
    assert meeting is not None
    point = breaking(replace(KHGPS, field=meeting))
    assert point.transition is Transition.MEETING
    assert abs(point.state.margin) < 1e-9
    assert abs(point.state.replicon) < 1e-9
    assert point.exponent == pytest.approx(7 / 3)
    assert meeting_field(KHGPS, 3.0, 3.2) is None


@pytest.mark.parametrize("field", [0.4, 3.0])
def test_two_hundred_nodes_in_place_of_the_default(field: float) -> None:
    """J_c where a Gauss rule of 200 kinds of site is the whole of the average."""
    x, dx = legendre(200)
    kinds = tuple((w / 2, replace(KHGPS, k=0.75 + 0.25 * z)) for z, w in zip(x, dx, strict=True))

    def least(J: float) -> float:
        order = solve(replace(KHGPS, J=J, field=field)).levels.order
        if J**2 * order.C >= 0.5:
            return -1.0
        width = J * math.sqrt(order.q[-1])
        mean = sum(w * response_squared(kind, J, order.C, field, width) for w, kind in kinds)
        return 1 - J**2 * float(mean)

    point = at(field)
    # Nodes at the ends are (k - ½) ~ 2e-5, whose share of ⟨χ²⟩ is a few 1e-3.
    root = optimize.brentq(least, 0.98 * point.J, 1.02 * point.J, xtol=1e-7)
    assert root == pytest.approx(point.J, rel=1e-4)


def response_squared(kind: Model, J: float, C: float, field: float, width: float) -> float:
    """∫P χ² dh of one site with v = √(2b) tan θ, 400 nodes."""
    theta, weight = legendre(400)
    b = kind.k - J**2 * C
    v = math.sqrt(2 * b) * np.tan(np.pi / 2 * theta)
    density = np.exp(-(((b * v + v**3 / 6 - field) / width) ** 2) / 2)
    mean = float(density @ weight) * np.pi / 2 * math.sqrt(2 / b)
    return mean / width / math.sqrt(2 * math.pi)


def test_without_field() -> None:
    """J² E 1/(k - X)² = 1 and X = J² E 1/(k - X) in closed form for a uniform k."""

    def excess(X: float) -> float:
        return X * (1 / (0.5 - X) - 1 / (1 - X)) - math.log((1 - X) / (0.5 - X))

    X = float(optimize.brentq(excess, 1e-6, 0.499))
    J = (2 * (1 / (0.5 - X) - 1 / (1 - X))) ** -0.5
    point = at(0.0)
    assert pytest.approx(J, rel=1e-12) == point.J
    assert point.state.lower_edge == pytest.approx(0.0, abs=1e-14)
    # One stiffness: k/(2γ), where E ends.
    alike = breaking(Model(gamma=1.7, k=1.3))
    assert gamma_EG(Model(gamma=1.0, k=1.3, J=alike.J)) == pytest.approx(1.7, rel=1e-12)
    # ρ(λ) = (2/π) √(2λ) of the semicircle for k = γ = 1.
    assert breaking(Model(gamma=1.0)).amplitude == pytest.approx(4 * math.sqrt(2) / math.pi)


@pytest.mark.parametrize("field", [0.0, 0.4])
def test_a_narrow_distribution_is_one_stiffness(field: float) -> None:
    alike = breaking(Model(gamma=1.0, field=field))
    narrow = breaking(Model(gamma=1.0, k=stats.uniform(0.9995, 1e-3), field=field))
    assert alike.transition is narrow.transition is Transition.LINEAR
    assert narrow.J == pytest.approx(alike.J, abs=1e-6)
    stable, broken = (solve(Model(gamma=1.0, field=field, J=alike.J * x)) for x in (0.999, 1.001))
    assert stable.replicon > 0 > broken.replicon


def test_units() -> None:
    """U → 2U and v → v/√a: J_c doubles with k/γ, at a field larger by 2^(3/2)/√(γ a)."""
    scaled = breaking(Model(gamma=0.5, k=stats.uniform(0.5, 0.5), field=0.8, a=1.0))
    assert scaled.J == pytest.approx(2 * at(0.4).J, rel=1e-10)
    stiffer = breaking(Model(gamma=1.0, k=stats.uniform(0.5, 0.5), field=0.2, a=4.0))
    assert stiffer.J == pytest.approx(at(0.4).J, rel=1e-10)


@pytest.mark.parametrize("field", [0.4, 3.0])
def test_the_gap_closes_on_the_line(field: float) -> None:
    """As (J_c - J)² if it is linear, and as J_c - J if not; and is what the spectrum says."""
    point = at(field)
    gaps = []
    for below in (1e-3, 1e-4):
        state = RigidState.of(solve(replace(point.model, J=point.J * (1 - below))))
        gaps.append(state.lower_edge)
    power = math.log10(gaps[0] / gaps[1])
    assert power == pytest.approx(2.0 if point.transition is Transition.LINEAR else 1.0, abs=0.03)


def test_the_gap_of_a_spectrum() -> None:
    solution = solve(replace(KHGPS, J=0.4, field=0.4))
    state = RigidState.of(solution)
    assert state.lower_edge == pytest.approx(solution.hessian_spectrum.lower_edge, abs=6e-4)
    assert state.hessian_spectrum.lower_edge == pytest.approx(state.lower_edge, abs=5e-6)
    assert state.mean_response(1) == pytest.approx(solution.C, rel=1e-12)
    assert state.overlap == pytest.approx(solution.overlaps[0], rel=1e-12)


@pytest.mark.parametrize(("field", "tolerance"), [(0.4, 0.01), (10.0, 0.1)])
def test_density_of_soft_modes_on_the_line(field: float, tolerance: float) -> None:
    """The resolvent at small ω against the law, with its amplitude and exponent."""
    point = at(field)
    spectrum = point.state.hessian_spectrum
    omega = np.geomspace(0.02, 0.06, 6)
    # What is left of the gap is an error of the pieces that stand for μ.
    shifted = np.sqrt(omega**2 + spectrum.lower_edge)
    density = spectrum.frequency_density(shifted) * omega / shifted
    law = point.amplitude * omega**point.exponent
    assert np.mean(density / law) == pytest.approx(1.0, abs=tolerance)
    exponent = np.polyfit(np.log(omega), np.log(density), 1)[0]
    assert exponent == pytest.approx(point.exponent, abs=2 * tolerance)


REFUSED = {
    "soft sites": (Model(gamma=1.0, k=stats.uniform(-0.5, 1.0)), "two wells at any J"),
    "no end": (Model(gamma=1.0, k=stats.norm(3.0, 0.1)), "two wells at any J"),
    "no upper end": (Model(gamma=stats.lognorm(0.3)), "has no upper end"),
    "no power": (Model(gamma=1.0, k=stats.lognorm(0.5, 0.5)), "must end as a power"),
    "two": (Model(gamma=stats.uniform(1, 1), k=stats.uniform(1, 1)), "both are random"),
    "polarised": (replace(KHGPS, J0=0.5), "that of J0 = 0"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals(case: str) -> None:
    model, words = REFUSED[case]
    with pytest.raises(SolveError, match=words) as refused:
        breaking(model)
    assert "\n" not in str(refused.value)


def test_other_distributions() -> None:
    """γ random; a random; a density that vanishes at its end, D(ω) ~ ω^(4 + 2α)."""
    stiff = breaking(Model(gamma=stats.uniform(1.0, 1.0), field=7.0))
    assert stiff.transition is Transition.NON_LINEAR
    assert stiff.exponent == 4.0
    both = breaking(replace(KHGPS, a=stats.uniform(0.995, 0.01), field=3.0))
    assert both.J == pytest.approx(at(3.0).J, rel=1e-5)
    vanishing = breaking(Model(gamma=1.0, k=stats.beta(2, 2, 0.5, 0.5), field=3.0))
    assert vanishing.transition is Transition.NON_LINEAR
    assert vanishing.exponent == pytest.approx(6.0)


def test_temperature_is_where_the_replicon_vanishes() -> None:
    """The Newton iteration with T as an unknown, against the sign of the replicon around it."""
    model = replace(KHGPS, J=0.7, field=0.4)
    T = temperature_AT(model)
    assert T == pytest.approx(0.361961458529, rel=1e-9)
    below, above = (solve(model, temperature=T * x).replicon for x in (0.9999, 1.0001))
    assert below < 0 < above


def test_command(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    picture = tmp_path / "line.png"
    words = ["phases", "--stiffness", "uniform", "0.5", "1", "--field", "0.4", "3", "--json"]
    assert main([*words, "-o", str(picture)]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["transition"] == ["linear", "non-linear"]
    assert record["J_c"] == pytest.approx([at(0.4).J, at(3.0).J], rel=1e-10)
    assert record["meeting"]["field"] == pytest.approx(2.1100315, abs=1e-6)
    assert picture.stat().st_size > 10_000
    config = tmp_path / "khgps.toml"
    config.write_text("[model]\ngamma = 1.0\n", encoding="utf-8")
    assert main(["phases", str(config), "--field", "0"]) == 0
    assert "0.50000000" in capsys.readouterr().out
    assert "linear     0.00000" in str(field_diagram(Model(gamma=1.0), [0.0]))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--stiffness", "uniform", "1"], "takes low, high"),
        (["--stiffness", "uniform", "a", "b"], "takes a distribution and numbers"),
        (["--field", "1", "--gamma", "1", "2"], "at one γ"),
        (["--field", "1", "--J", "2"], "J is followed"),
        (["--field", "1", "--rsb", "1"], "replica symmetry that breaks"),
        (["--stiffness", "uniform", "1", "2", "--k", "1"], "both are the stiffness"),
        (["--stiffness", "uniform", "-1", "1"], "two wells at any J"),
    ],
)
def test_bad_flags(words: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["phases", *words]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
