"""The Hessian at a minimum.

Distribution of local stiffness, resolvent, spectrum (physics.md §5).
"""
