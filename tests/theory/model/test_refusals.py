"""What theory refuses: models whose scales floats cannot hold, and questions without an answer."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from glasswell.theory import GlasswellError, Model, ModelError, Random, SolveError, solve
from glasswell.theory.model.errors import LONGEST_LINE, one_line
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import stats


@pytest.mark.parametrize("gamma", [1e-39, 1e-20, 1e20, 1e39])
def test_solved_within_the_range_of_scales(gamma: float) -> None:
    """f of RS is -0 in the ergodic phase, and γ times that of γ → ∞ deep in the glass."""
    s = solve(Model(gamma=gamma))
    assert s.converged
    if gamma < 1.0:
        assert s.free_energy == 0.0
    else:
        far = solve(Model(gamma=1e10)).free_energy / 1e10
        assert s.free_energy / gamma == pytest.approx(far, rel=1e-9)


@pytest.mark.parametrize(
    "parameters",
    [
        {"gamma": 1e300},
        {"gamma": 1e-300},
        {"gamma": 1e45},
        {"gamma": 1.0, "a": 1e300},
        {"gamma": 1.0, "a": 1e-300},
        {"gamma": 1.0, "k": -1e300},
        {"gamma": 1.0, "J": 1e200},
        {"gamma": 1.0, "J0": -1e200},
        {"gamma": 1.0, "field": 1e300},
        {"gamma": 1e30, "J": 1e30, "field": 1e90},
        {"gamma": 1.0, "coefficients": (1.0, -1.0, 1e-250)},
        {"gamma": 10**400},
    ],
)
def test_scales_beyond_floats(parameters: dict[str, object]) -> None:
    with pytest.raises(ModelError) as raised:
        Model(**parameters)  # type: ignore[arg-type]  # what is refused
    assert "\n" not in str(raised.value)


decades = st.floats(-60.0, 60.0).map(lambda x: 10.0**x)
signed = st.one_of(st.just(0.0), decades, decades.map(lambda x: -x))


@settings(max_examples=60)
@example(gamma=1.0, J=1e-16, J0=0.0, k=-1.0, a=1.0, temperature=0.0)
@given(
    gamma=decades,
    J=st.one_of(st.just(1.0), decades),
    J0=st.one_of(st.just(0.0), signed),
    k=st.one_of(st.just(1.0), signed),
    a=st.one_of(st.just(1.0), decades),
    temperature=st.one_of(st.just(0.0), st.floats(-300.0, 300.0).map(lambda x: 10.0**x)),
)
def test_any_magnitudes(
    gamma: float, J: float, J0: float, k: float, a: float, temperature: float
) -> None:
    """A solution or one line, and never anything else; H = 0 for speed."""
    try:
        s = solve(Model(gamma=gamma, J=J, J0=J0, k=k, a=a), 0, temperature)
    except GlasswellError as error:
        assert str(error).isprintable()  # noqa: PT017
        return
    assert not s.converged or math.isfinite(s.free_energy)


def test_too_many_steps() -> None:
    with pytest.raises(SolveError, match="50 steps of breaking would take hours"):
        solve(Model(gamma=10.0), 50)


@pytest.mark.parametrize("temperature", [1e-300, 5e-324, 2e300, 1.7e308, math.inf, math.nan, -0.1])
def test_temperatures_out_of_reach(temperature: float) -> None:
    with pytest.raises(SolveError, match="temperature"):
        solve(Model(gamma=10.0), 0, temperature)


def test_free_sites_at_any_temperature() -> None:
    """⟨v²⟩ of exp(-a v⁴/(24 γ T)) is √(24 γ T/a) Γ(3/4)/Γ(1/4), to 1e300."""
    for T in (1e100, 1e300):
        expected = math.sqrt(240.0) * math.sqrt(T) * math.gamma(0.75) / math.gamma(0.25)
        assert solve(Model(gamma=10.0), 0, T).q_hat == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("beside", [{"k": 1.0}, {"a": 1.0}, {"k": 2.0}, {"k": 1.0, "a": 1.0}])
def test_coefficients_beside_k_or_a(beside: dict[str, Any]) -> None:
    """Before, k and a were ignored without a word."""
    with pytest.raises(ModelError, match="k and a are not used with coefficients"):
        Model(gamma=2.0, coefficients=(0.5, 0.1), **beside)


def test_the_default_of_k_and_a() -> None:
    quartic, given_ = Model(gamma=2.0), Model(gamma=2.0, k=1.0, a=1.0)
    assert (quartic.k, quartic.a) == (1.0, 1.0)
    assert quartic == given_
    assert hash(quartic) == hash(given_)
    other = Model(gamma=2.0, coefficients=(0.5, 0.1))
    assert (other.k, other.a) == (None, None)
    assert replace(other, gamma=3.0).G == other.G
    with pytest.raises(ModelError, match="not used with coefficients"):
        replace(other, k=2.0)


def test_only_continuous_distributions_of_scipy() -> None:
    names = (
        "poisson",
        "norm.__class__",
        "__class__",
        "rv_continuous",
        "kstest",
        "os",
        "",
        "Normal",
    )
    for name in names:
        with pytest.raises(ModelError, match="no continuous distribution"):
            Random(name, ())
    for name in ("uniform", "lognorm", "norm"):
        assert isinstance(getattr(stats, name), stats.rv_continuous)


@pytest.mark.parametrize(
    ("distribution", "parameters"),
    [
        ("ncf", {"dfn": 5.0, "dfd": 9.0, "nc": 4.0}),
        ("ncf", {"dfn": 27.0, "dfd": 27.0, "nc": 0.4}),
        ("crystalball", {"beta": 1e300, "m": 1e300}),
        ("chi2", {"df": 1e300}),
        ("kstwo", {"n": 1e300}),
        ("loggamma", {"c": 1e300}),
        ("t", {"df": 2.5}),
        ("levy_stable", {"alpha": 1.5, "beta": 0.5}),
    ],
)
def test_distributions_that_cannot_be_evaluated(
    distribution: str, parameters: dict[str, float]
) -> None:
    """Infinite moments, quantiles that overflow, a width that is lost: ModelError, no other."""
    with pytest.raises(ModelError) as raised:
        Model(gamma=10.0, k=Random(distribution, tuple(parameters.items()))).sites()
    assert len(str(raised.value)) <= LONGEST_LINE + 3
    assert str(raised.value).isprintable()


def test_errors_are_one_short_line() -> None:
    assert one_line("a\nb\x1b[31m\x00é") == "a\\nb\\x1b[31m\\x00é"
    long = str(GlasswellError("begin " + "x" * 100_000 + " end"))
    assert long.startswith("begin xx")
    assert long.endswith("xx end")
    assert len(long) == LONGEST_LINE + 3
    assert str(ModelError("short")) == "short"
