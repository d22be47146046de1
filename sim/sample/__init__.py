"""One disorder sample.

Random streams, couplings, its sites, its landscape, cavity fields and modes (physics.md §1, §5).
"""

from . import cavity, couplings, ensembles, landscape, sites, spectrum
from .sample import Sample

__all__ = ["Sample", "cavity", "couplings", "ensembles", "landscape", "sites", "spectrum"]
