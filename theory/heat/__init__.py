"""Specific heat and thermal conductivity of an ensemble of local potentials (physics.md §4)."""
