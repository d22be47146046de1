"""Fields dense where functions are steep, and diffusion with drift on them."""

from __future__ import annotations

import numpy as np
import pytest
from glasswell.theory.numerics.field_lines import EVEN, ODD, FieldLine, FieldLines
from glasswell.theory.numerics.transport import Mover
from hypothesis import given, settings
from hypothesis import strategies as st

CENTRES = ((0.0, 1e-3),)


def lines(step: float, *, folded: bool, count: int = 1) -> FieldLines:
    line = FieldLine.with_step(30.0, 3.0, CENTRES, step, folded=folded)
    return FieldLines((line,) * count)


@pytest.mark.parametrize("folded", [True, False])
def test_fields(folded: bool) -> None:
    both = lines(0.05, folded=folded, count=2)
    h = both.h[both.of_line(1)]
    assert h[0] == (0.0 if folded else -30.0)
    assert h[-1] == 30.0
    assert np.all(np.diff(h) > 0)
    density = np.exp(-(both.h**2) / 2) / np.sqrt(2 * np.pi)
    assert density @ both.weight == pytest.approx(2.0, abs=1e-12)


def test_fields_next_to_a_centre_are_exact() -> None:
    """To rounding of themselves, not of the largest one: equal steps in x."""
    line = lines(0.05, folded=True).lines[0]
    np.testing.assert_allclose(np.diff(line.x(line.h)), line.step, rtol=1e-11)


@pytest.mark.parametrize("folded", [True, False])
def test_derivative_is_of_sixth_order(folded: bool) -> None:
    """On tanh(h/s) for s from the width of the centre to the reach, all at once."""

    def error(step: float) -> float:
        on = lines(step, folded=folded, count=2)
        scales = np.geomspace(3e-3, 30.0, 9)[:, None]
        rises = np.tanh(on.h / scales)
        off = np.abs(scales * on.derivative(rises, ODD) - (1 - rises**2))
        return float(off[:, np.abs(on.h) < 25].max())

    assert error(0.04) < 2e-6
    assert error(0.08) / error(0.04) == pytest.approx(64, rel=0.3)


def steps_to_closed_form(step: float, count: int, parity: int, *, folded: bool) -> float:
    """Largest error of e^(tA) f, t = 1, for ∂f/∂t = ½ f'' - h f' (Ornstein and Uhlenbeck).

    From exp(-h²/2), or from h exp(-h²/2) as its derivative: with w = e^(-t) and s² = (1 - w²)/2
    the mean over N(w h, s²) of exp(-x²/2) is exp(-(w h)²/(2(1 + s²)))/√(1 + s²).
    """
    on = lines(step, folded=folded, count=2)
    once = Mover(on, parity).transport(1 / count, -on.h / count)
    f = np.exp(-(on.h**2) / 2) * (on.h if parity == ODD else 1.0)
    for _ in range(count):
        f = once.backward(f)
    w = np.exp(-1.0)
    wide = 1 + (1 - w**2) / 2
    exact = np.exp(-((w * on.h) ** 2) / (2 * wide)) / np.sqrt(wide)
    if parity == ODD:
        exact = exact * w * on.h / wide
    return float(np.abs(f - exact)[np.abs(on.h) < 10].max())


@pytest.mark.parametrize("folded", [True, False])
@pytest.mark.parametrize("parity", [EVEN, ODD])
def test_diffusion_with_drift(parity: int, folded: bool) -> None:
    """Of fourth order in the steps of x, and of fifth in those of time."""
    of_x = [steps_to_closed_form(step, 16, parity, folded=folded) for step in (0.2, 0.1)]
    assert of_x[0] / of_x[1] == pytest.approx(16, rel=0.15)
    of_time = [steps_to_closed_form(0.02, n, parity, folded=folded) for n in (2, 4, 8)]
    assert of_time[0] / of_time[1] > 14
    assert of_time[1] / of_time[2] > 20
    assert of_time[-1] < 1e-5


def test_long_times_damp_what_is_rough() -> None:
    """Unlike Crank–Nicolson, one long step leaves nothing of an alternating function."""
    on = lines(0.05, folded=True)
    rough = np.resize([1.0, -1.0], len(on.h))
    once = Mover(on, EVEN).transport(10.0, np.zeros(len(on.h)))
    assert np.abs(once.backward(rough)[:100]).max() < 1e-3


def test_drift_that_diffusion_does_not_see() -> None:
    """Far more drift than diffusion in a step of x moves a function, and a mass, and no more.

    With c = b for all b many such moves would let a mass grow without bounds.
    """
    on = lines(0.05, folded=True)
    away = 1e-4
    once = Mover(on, EVEN).transport(1e-9, away * np.tanh(on.h))
    mass = np.exp(-((on.h - 10) ** 2) / 2) * on.weight
    f = np.exp(-((on.h - 11) ** 2) / 2)
    before = mass @ f
    for _ in range(200):
        mass, f = once.forward(mass), once.backward(f)
    assert np.abs(mass[on.h > 25]).max() < 1e-14
    moved = np.exp(-((on.h + 200 * away - 11) ** 2) / 2)
    np.testing.assert_allclose(f[on.h < 20], moved[on.h < 20], atol=1e-3)
    assert mass @ np.exp(-((on.h - 11) ** 2) / 2) > before


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(1e-4, 10.0), st.booleans())
def test_forward_is_the_transpose_of_backward(seed: int, time: float, folded: bool) -> None:
    """(e^(tAᵀ) μ)·f = μ·(e^(tA) f), and a mass is conserved."""
    rng = np.random.default_rng(seed)
    on = lines(0.1, folded=folded)
    once = Mover(on, EVEN).transport(time, time * np.tanh(on.h) * rng.normal())
    mass = np.exp(-(on.h**2) / 2) * on.weight * (1 + 0.1 * rng.random(len(on.h)))
    f = np.cos(on.h * rng.random()) + rng.normal()
    after = once.forward(mass)
    assert after @ f == pytest.approx(mass @ once.backward(f), rel=1e-8, abs=1e-8)
    assert after.sum() == pytest.approx(mass.sum(), rel=1e-8)
