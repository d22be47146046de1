"""One site in its local field, at T = 0 and above.

Ground state, envelope, moments, wells (physics.md §2, §3).
"""
