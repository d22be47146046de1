"""Phase boundaries against closed forms and against the solutions on either side."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from glasswell.compare.cli.command import main
from glasswell.theory import (
    J0_GP,
    Model,
    NotConvergedError,
    SolveError,
    gamma_AT,
    gamma_DWP,
    gamma_EG,
    gamma_EP,
    glass_temperature,
    phase_diagram,
    polarisation_temperature,
    solve,
    temperature_AT,
)
from scipy import integrate, optimize, special

MU = 2 ** (1 / 3) * special.gamma(5 / 6) / math.sqrt(math.pi)


def test_double_wells_begin_at_gamma_star() -> None:
    """γ* = (3/2) μ^(3/2) at J0 = 0, μ = 2^(1/3) Γ(5/6)/√π (physics.md §2)."""
    assert gamma_DWP(Model(gamma=1.0)) == pytest.approx(1.5 * MU**1.5, rel=1e-10)
    # G → kG and J → J γ*: stiffness k = 2 with J = 1 is stiffness 1 with γ halved.
    twice = gamma_DWP(Model(gamma=1.0, k=2.0, a=5.0))
    assert twice == pytest.approx(3.0 * MU**1.5, rel=1e-10)


def test_breaking_moves_the_double_well_line_up() -> None:
    rs, one = (gamma_DWP(Model(gamma=1.0), rsb) for rsb in (0, 1))
    assert rs is not None
    assert one is not None
    assert one > 1.1 * rs
    on_line = solve(Model(gamma=one), 1)
    assert one * on_line.C == pytest.approx(1.0, rel=1e-9)


@pytest.mark.parametrize("J", [1.0, 1.7])
def test_ends_of_the_ergodic_phase(J: float) -> None:
    """Just inside, q = p = 0 and RS is stable; just outside the glass or a polarisation begins."""
    glass = gamma_EG(Model(gamma=1.0, J=J))
    assert glass == pytest.approx(1 / (2 * J), rel=1e-14)
    assert solve(Model(gamma=0.999 * glass, J=J)).q_hat == 0.0
    assert solve(Model(gamma=1.01 * glass, J=J)).q_hat > 0.0
    J0 = 1.5 * J
    edge = gamma_EP(Model(gamma=1.0, J=J, J0=J0))
    assert edge is not None
    assert edge == pytest.approx(1 / (J0 + J**2 / J0), rel=1e-14)
    assert solve(Model(gamma=0.999 * edge, J=J, J0=J0)).p == 0.0
    assert solve(Model(gamma=1.01 * edge, J=J, J0=J0)).p != 0.0


def test_no_polarisation_from_the_ergodic_phase_at_weak_bias() -> None:
    assert gamma_EP(Model(gamma=1.0, J0=0.8)) is None
    assert gamma_AT(Model(gamma=1.0, J0=0.8)) is None
    assert J0_GP(Model(gamma=0.4)) is None


@pytest.mark.parametrize("rsb", [0, 1])
def test_the_glass_polarises_where_stated(rsb: int) -> None:
    J0 = J0_GP(Model(gamma=3.0), rsb)
    assert J0 is not None
    assert solve(Model(gamma=3.0, J0=0.999 * J0), rsb).p == 0.0
    assert abs(solve(Model(gamma=3.0, J0=1.003 * J0), rsb).p) > 0.05


def test_breaking_straightens_the_glass_boundary() -> None:
    """J0_GP → J with k: the vertical line that is known from the SK ferromagnet."""
    lines = [J0_GP(Model(gamma=10.0), rsb) for rsb in (0, 1, 2)]
    excess = np.array(lines, dtype=float) - 1.0
    assert np.all(excess > 0)
    assert np.all(excess[1:] < excess[:-1] / 2)


def test_replica_symmetry_is_stable_on_one_side_of_the_AT_line() -> None:
    gamma = gamma_AT(Model(gamma=1.0, J0=1.4))
    assert gamma is not None
    inside, outside = (solve(Model(gamma=x * gamma, J0=1.4)) for x in (0.99, 1.01))
    assert inside.replicon > 0 > outside.replicon
    # An independent quadrature of λ = 1 - ∫P (dv*/dh)² at the line.
    s = solve(Model(gamma=gamma, J0=1.4))
    stiffness = 1 / gamma - s.C

    def squared(z: float) -> float:
        h = 1.4 * s.p + math.sqrt(s.q_hat) * z
        v = optimize.brentq(lambda v: stiffness * v + v**3 / (6 * gamma) - h, -1e3, 1e3, xtol=1e-14)
        return math.exp(-z * z / 2) / (stiffness + v**2 / (2 * gamma)) ** 2 / math.sqrt(2 * math.pi)

    integral = integrate.quad(squared, -9, 9, epsabs=1e-12, limit=400, points=[-1.4 * s.p])[0]
    assert integral == pytest.approx(1.0, abs=1e-8)


@pytest.mark.parametrize("gamma", [0.6, 1.0, 10.0])
def test_glass_temperature(gamma: float) -> None:
    """J⟨v²⟩ = T in the measure with C = 1/J, by plain quadrature."""
    T = glass_temperature(Model(gamma=gamma))

    def moment(n: int) -> float:
        def weight(v: float) -> float:
            return v**n * math.exp(-((1 / gamma - 1) * v**2 / 2 + v**4 / (24 * gamma)) / T)

        return integrate.quad(weight, 0, 60, epsabs=0, epsrel=1e-12, limit=500)[0]

    assert moment(2) / moment(0) == pytest.approx(T, rel=1e-8)


def test_polarisation_temperature() -> None:
    """It lies above T_g, and polarisation begins there."""
    model = Model(gamma=2.0, J0=1.5)
    T = polarisation_temperature(model)
    assert T > glass_temperature(model)
    assert solve(model, 0, 1.001 * T).p == 0.0
    assert abs(solve(model, 0, 0.99 * T).p) > 0.1
    assert polarisation_temperature(Model(gamma=2.0, J0=0.9)) == 0.0


def test_AT_temperature() -> None:
    """T_g without field and bias; lower in a field; zero where T = 0 is stable."""
    glass = Model(gamma=2.0)
    assert temperature_AT(glass) == glass_temperature(glass)
    in_field = Model(gamma=2.0, field=1.0)
    T = temperature_AT(in_field)
    assert 0 < T < glass_temperature(glass)
    warm, cool = (solve(in_field, 0, x * T) for x in (1.01, 0.99))
    assert warm.replicon > 0 > cool.replicon
    assert temperature_AT(Model(gamma=0.7, J0=1.6)) == 0.0
    # Almeida and Thouless: 1 - T_AT/T_g ~ H^(2/3) at small H.
    depth = [
        1 - temperature_AT(Model(gamma=2.0, field=H)) / temperature_AT(glass) for H in (1e-3, 1e-2)
    ]
    assert math.log10(depth[1] / depth[0]) == pytest.approx(2 / 3, abs=0.02)


def test_AT_line_in_temperature(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Its end at T = 0 is where the line at T = 0 is, and it begins at T_g."""
    picture = f"{tmp_path}/phases.png"
    words = ["--gamma", "2", "--J0", "1.0", "1.3", "2.0", "--thermal", "2", "--json", "-o", picture]
    assert main(["phases", *words]) == 0
    (line,) = json.loads(capsys.readouterr().out)["T_AT"]
    assert line["gamma"] == 2.0
    T_g = glass_temperature(Model(gamma=2.0))
    assert line["T"][0] == T_g
    assert 0 < line["T"][1] < T_g
    assert line["T"][2] == 0.0  # γ_AT(J0 = 2) > 2


def test_models_without_phases_are_refused() -> None:
    with pytest.raises(SolveError, match="field = 0"):
        gamma_DWP(Model(gamma=1.0, field=0.1))
    with pytest.raises(SolveError, match="only the ergodic phase"):
        phase_diagram(Model(gamma=1.0, J=0.0), [1.0], [0.0])


def test_a_line_through_a_failed_solve_is_no_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("glasswell.theory.ansatz.trial.TOL", -1.0)
    with pytest.raises(NotConvergedError, match="no phase boundary"):
        J0_GP(Model(gamma=3.0))
    assert main(["phases", "--gamma", "3", "--J0", "0"]) == 3


def test_command(capsys: pytest.CaptureFixture[str], tmp_path: object) -> None:
    picture = f"{tmp_path}/phases.png"
    assert main(["phases", "--gamma", "2", "0.4", "--J0", "1.2", "0", "--json", "-o", picture]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["gamma"] == [0.4, 2.0]
    assert record["T_g"][0] == 0.0
    assert record["J0_GP"][0] is None
    assert record["gamma_AT"][0] is None
    assert record["gamma_EP"][1] == pytest.approx(1 / (1.2 + 1 / 1.2))
    assert record["gamma_DWP"] == pytest.approx(1.5 * MU**1.5)
    with open(picture, "rb") as file:
        assert file.read(4) == b"\x89PNG"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--gamma", "-1"], "gamma must be positive"),
        (["--rsb", "-1"], "cannot be negative"),
        (["-o", "picture.xyz"], "must end in one of"),
        (["-o", "/no/such/folder/a.png"], "there is no folder"),
    ],
)
def test_bad_input(arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["phases", *arguments]) == 2
    error = capsys.readouterr().err
    assert says in error
    assert error.count("\n") == 1
