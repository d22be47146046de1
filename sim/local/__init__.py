"""The local potential of a site, by measurement.

Cavity form, constrained relaxation, path, response.
"""

from . import path, relaxation, response, three_ways

__all__ = ["path", "relaxation", "response", "three_ways"]
