"""Disorder averages with errors, limits N → ∞, power laws."""
