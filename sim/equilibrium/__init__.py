"""Proof of equilibrium, and thermal averages with errors (physics.md §5)."""

from . import identities, observables

__all__ = ["identities", "observables"]
