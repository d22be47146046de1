"""Specific heat and thermal conductivity of an ensemble of local potentials (physics.md §4)."""

from . import capacity

__all__ = ["capacity"]
