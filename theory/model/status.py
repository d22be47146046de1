"""How a status is said: one way for the terminal, the page and JSON, whoever the status is of."""

from __future__ import annotations

from typing import Protocol


class Status(Protocol):
    """What every status of a calculation has, of theory or of simulation."""

    @property
    def converged(self) -> bool:
        """True if the numbers may be used."""

    @property
    def advice(self) -> str:
        """What it means and what to do; empty where there is nothing to say."""


def verdict(status: Status) -> str:
    """``converged`` or ``not converged``."""
    return "converged" if status.converged else "not converged"


def in_words(status: Status) -> str:
    """The verdict and the advice.

    >>> from glasswell.sim import Status
    >>> in_words(Status.ITERATION_LIMIT)
    'not converged: raise max_iterations'
    """
    return f"{verdict(status)}: {status.advice}" if status.advice else verdict(status)
