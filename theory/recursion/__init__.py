"""The recursion over k steps of replica-symmetry breaking, and its continuum by Parisi's equations
(physics.md §2).
"""
