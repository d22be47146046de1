"""Why a column stopped: the statuses of the minimiser, as numbers in arrays and archives."""

from __future__ import annotations

from enum import IntEnum

from .._typing import Array


class Status(IntEnum):
    """Why a column stopped.

    Examples
    --------
    >>> from glasswell.sim import Status
    >>> Status(0).name
    'CONVERGED'
    """

    CONVERGED = 0
    MARGINAL = 1
    ITERATION_LIMIT = 2
    NOT_FINITE = 3

    @property
    def converged(self) -> bool:
        """True for a certified minimum."""
        return self is Status.CONVERGED

    @property
    def advice(self) -> str:
        """What it means and what to do."""
        return _ADVICE[self]


_ADVICE = {
    Status.CONVERGED: "a minimum: gradient below tolerance, Hessian positive definite",
    Status.MARGINAL: "the gradient vanishes but the softest mode is zero within rounding: "
    "the minimum is degenerate, its response does not exist",
    Status.ITERATION_LIMIT: "raise max_iterations",
    Status.NOT_FINITE: "nan or inf: start from smaller, finite displacements",
}


def certified(status: Array) -> Array:
    """True where a status says that there is a minimum."""
    return status == int(Status.CONVERGED)


def stationary(status: Array) -> Array:
    """True where a status says that the gradient vanishes: at a minimum, or a degenerate one."""
    return certified(status) | (status == int(Status.MARGINAL))
