"""The Gauss rule of a distribution, against moments in closed form."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from glasswell.theory import ModelError, Random
from glasswell.theory.model.gauss_rule import gauss_rule
from scipy import special


def rising(x: float, n: int) -> float:
    """x (x + 1) … (x + n - 1)."""
    return float(special.poch(x, n))


MOMENTS: dict[str, tuple[Random, Callable[[int], float]]] = {
    "uniform": (
        Random("uniform", (("loc", 8.0), ("scale", 4.0))),
        lambda n: (12.0 ** (n + 1) - 8.0 ** (n + 1)) / (4 * (n + 1)),
    ),
    "gamma": (
        Random("gamma", (("a", 2.5), ("scale", 3.0))),
        lambda n: 3.0**n * rising(2.5, n),
    ),
    "gamma, singular at zero": (
        Random("gamma", (("a", 0.5),)),
        lambda n: rising(0.5, n),
    ),
    "lognormal": (
        Random("lognorm", (("s", 0.2), ("scale", 9.0))),
        lambda n: 9.0**n * np.exp(0.02 * n**2),
    ),
    "beta": (
        Random("beta", (("a", 2.0), ("b", 3.5))),
        lambda n: rising(2.0, n) / rising(5.5, n),
    ),
    "beta, singular at both ends": (
        Random("beta", (("a", 0.5), ("b", 0.5))),
        lambda n: rising(0.5, n) / rising(1.0, n),
    ),
}


@pytest.mark.parametrize("nodes", [1, 2, 5, 12])
@pytest.mark.parametrize("case", MOMENTS)
def test_polynomials_are_exact_to_their_degree(case: str, nodes: int) -> None:
    """Degree 2n - 1 and no further: the n-node rule misses the moment of order 2n."""
    random, moment = MOMENTS[case]
    weights, values = np.array(gauss_rule(random, nodes)).T
    for degree in range(2 * nodes):
        assert weights @ values**degree == pytest.approx(moment(degree), rel=1e-12)
    if nodes < 12:  # beyond, what is missed drowns in rounding for a narrow distribution
        assert weights @ values ** (2 * nodes) != pytest.approx(moment(2 * nodes), rel=1e-11)


@pytest.mark.parametrize("case", MOMENTS)
def test_nodes_lie_inside_and_weights_are_positive(case: str) -> None:
    random, _ = MOMENTS[case]
    weights, values = np.array(gauss_rule(random, 12)).T
    assert np.all(weights > 0)
    assert np.all(np.diff(values) > 0)
    assert random.support[0] < values[0]
    assert values[-1] < random.support[1]


@pytest.mark.parametrize(
    "random",
    [
        Random("pareto", (("b", 3.0),)),
        Random("t", (("df", 5.0),)),
        Random("lognorm", (("s", 2.0),)),
    ],
)
def test_heavy_tails_are_refused(random: Random) -> None:
    """Where the moments of a rule are infinite, or beyond e^700, there is no rule."""
    with pytest.raises(ModelError, match="truncate"):
        gauss_rule(random, 12)
