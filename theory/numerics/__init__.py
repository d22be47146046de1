"""Numerics without physics.

Quadrature, roots, Newton's iteration, graded lines, limits with errors.
"""
