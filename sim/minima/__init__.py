"""Minima of the landscape: descent, certificate, saddles, and the states that are collected."""
