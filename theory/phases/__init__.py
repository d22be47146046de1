"""Phase boundaries, one by one and as a diagram (physics.md §2)."""
