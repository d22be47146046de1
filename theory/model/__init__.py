"""The model: what theory and simulation share. Importing it executes no replica code."""

from .errors import (
    GlasswellError,
    LevelsError,
    ModelError,
    NotConvergedError,
    PrecisionWarning,
    SolveError,
)
from .model import Model
from .potential import EvenPolynomial
from .randomness import Random

__all__ = [
    "EvenPolynomial",
    "GlasswellError",
    "LevelsError",
    "Model",
    "ModelError",
    "NotConvergedError",
    "PrecisionWarning",
    "Random",
    "SolveError",
]
