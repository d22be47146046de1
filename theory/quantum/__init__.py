"""Quantum levels of local potentials, matrix elements between them, and tunnelling (physics.md
§4).
"""
