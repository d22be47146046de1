"""One disorder sample.

Random streams, couplings, its sites, its landscape, cavity fields and modes (physics.md §1, §5).
"""

from . import cavity, couplings, landscape, sites, spectrum

__all__ = ["cavity", "couplings", "landscape", "sites", "spectrum"]
