"""Fields dense near zero, and diffusion with drift on them."""

from __future__ import annotations

import numpy as np
import pytest
from glasswell.theory.numerics.graded_line import EVEN, ODD, GradedLine, backward, forward
from hypothesis import given
from hypothesis import strategies as st

LINE = GradedLine(reach=30.0, finest=1e-3, points=400)


def test_fields() -> None:
    h = LINE.h
    assert h[0] == 0.0
    assert h[-1] == pytest.approx(30.0)
    assert np.all(np.diff(h) > 0)
    density = np.exp(-(h**2) / 2) / np.sqrt(2 * np.pi)
    assert density @ LINE.weight == pytest.approx(1.0, abs=1e-12)


def test_derivative_is_of_fourth_order() -> None:
    """On tanh(h/s) for s from ε to the reach, all at once."""

    def error(points: int) -> float:
        line = GradedLine(30.0, 1e-3, points)
        scales = np.geomspace(3e-3, 30.0, 9)
        steps = [np.tanh(line.h / s) for s in scales]
        off = [
            np.abs(s * line.derivative(step, ODD) - (1 - step**2))[:-2]
            for s, step in zip(scales, steps, strict=True)
        ]
        return float(np.max(off))

    assert error(400) < 1e-4
    assert error(200) / error(400) == pytest.approx(16, rel=0.1)


def test_derivative_of_an_even_function() -> None:
    f = np.cos(LINE.h)
    np.testing.assert_allclose(LINE.derivative(f, EVEN)[:300], -np.sin(LINE.h)[:300], atol=1e-5)


def steps_to_closed_form(count: int, parity: int) -> float:
    """Largest error of e^(tA) f, t = 1, for ∂f/∂t = ½ f'' - h f' (Ornstein and Uhlenbeck).

    From exp(-h²/2), or from h exp(-h²/2) as its derivative: with w = e^(-t) and s² = (1 - w²)/2
    the mean over N(w h, s²) of exp(-x²/2) is exp(-(w h)²/(2(1 + s²)))/√(1 + s²).
    """
    generator = LINE.generator(-LINE.h, parity)
    f = np.exp(-(LINE.h**2) / 2) * (LINE.h if parity == ODD else 1.0)
    for _ in range(count):
        f = backward(generator, 1.0 / count, f)
    w = np.exp(-1.0)
    wide = 1 + (1 - w**2) / 2
    exact = np.exp(-((w * LINE.h) ** 2) / (2 * wide)) / np.sqrt(wide)
    if parity == ODD:
        exact = exact * w * LINE.h / wide
    return float(np.abs(f - exact)[LINE.h < 10].max())


@pytest.mark.parametrize("parity", [EVEN, ODD])
def test_diffusion_with_drift(parity: int) -> None:
    """Padé's approximant is of third order in time."""
    errors = [steps_to_closed_form(n, parity) for n in (8, 16, 32)]
    assert errors[-1] < 2e-5
    assert errors[0] / errors[1] > 6
    assert errors[1] / errors[2] > 6


def test_long_times_damp_what_is_rough() -> None:
    """Unlike Crank–Nicolson, one long step leaves nothing of an alternating function."""
    generator = LINE.generator(np.zeros(len(LINE.h)), EVEN)
    rough = np.resize([1.0, -1.0], len(LINE.h))
    assert np.abs(backward(generator, 10.0, rough)[:100]).max() < 1e-3


@given(st.integers(0, 2**32 - 1), st.floats(1e-4, 10.0))
def test_forward_is_the_transpose_of_backward(seed: int, time: float) -> None:
    """(e^(tAᵀ) μ)·f = μ·(e^(tA) f), and a mass is conserved."""
    rng = np.random.default_rng(seed)
    generator = LINE.generator(np.tanh(LINE.h) * rng.normal(), EVEN)
    mass = np.exp(-(LINE.h**2) / 2) * LINE.weight * (1 + 0.1 * rng.random(len(LINE.h)))
    f = np.cos(LINE.h * rng.random()) + rng.normal()
    after = forward(generator, time, mass)
    assert after @ f == pytest.approx(mass @ backward(generator, time, f), rel=1e-8, abs=1e-8)
    assert after.sum() == pytest.approx(mass.sum(), rel=1e-8)
