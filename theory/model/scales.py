"""The natural scales of a model, and whether floats can hold what is made of them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from .errors import ModelError

LARGEST = 40.0
"""Decades: floats end at 10^±308, and the polynomials of a site multiply up to seven scales."""


def check(coefficients: Sequence[float], gamma: float, pull: float, field: float) -> None:
    """Refuse G(v) = Σ c_n v^(2n), γ, max(J, |J0|) and H whose scales lie beyond 10^±40.

    The displacement ℓ is the largest at which the leading term of G'(v)/γ balances another force,

        2M c_M ℓ^(2M-1)/γ = pull ℓ, |H|, or 2n |c_n| ℓ^(2n-1)/γ,

    the stiffness is that of the strongest of them, and the energy stiffness times ℓ².

    Raises
    ------
    ModelError
        Naming the scale.
    """
    M = len(coefficients)
    leading = _decades(2 * M * coefficients[-1]) - _decades(gamma)
    forces = [(1, _decades(pull)), (0, _decades(field))]
    forces += [
        (2 * n - 1, _decades(2 * n * c) - _decades(gamma))
        for n, c in enumerate(coefficients[:-1], start=1)
    ]
    length = max((size - leading) / (2 * M - 1 - power) for power, size in forces)
    scales = {"G(v)/γ": leading}
    if length > -math.inf:
        stiffness = leading + (2 * M - 2) * length
        scales |= {
            "displacement": length,
            "stiffness": stiffness,
            "energy": stiffness + 2 * length,
        }
    for name, decades in scales.items():
        if not abs(decades) <= LARGEST:
            raise ModelError(
                f"the model's scale of {name} is 10^{decades:.0f}, beyond the 10^±{LARGEST:.0f} "
                "that floats can calculate with: choose units in which it is of order one"
            )


def _decades(value: float) -> float:
    return math.log10(abs(value)) if value else -math.inf
