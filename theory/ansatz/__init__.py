"""Saddle points.

From first guesses over k steps to full replica-symmetry breaking (physics.md §2).
"""
