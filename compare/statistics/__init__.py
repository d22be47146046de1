"""Disorder averages with errors, limits N → ∞, power laws."""

from . import powerlaw

__all__ = ["powerlaw"]
