"""What may be asked of a solve: how many steps of breaking, or their limit."""

from __future__ import annotations

from typing import Literal, TypeGuard

Steps = int | Literal["full"]
"""A number k of steps, or "full" for k → ∞."""

MOST_STEPS = 20
"""The cost grows as k⁴: at γ = 10 seconds for k = 4, two minutes for 8, an hour and more for 20,
where f is 1e-8 from its limit, which "full" extrapolates from six."""


def is_steps(k: object) -> TypeGuard[Steps]:
    """Whether k is a number of steps that anyone can wait for, or "full".

    >>> is_steps(3), is_steps("full"), is_steps(True), is_steps(-1)
    (True, True, False, False)
    """
    if isinstance(k, str):
        return k == "full"
    return isinstance(k, int) and not isinstance(k, bool) and 0 <= k <= MOST_STEPS
