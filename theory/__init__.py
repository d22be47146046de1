"""N → ∞: what replica theory predicts."""

from .ergodic import glass_temperature
from .errors import GlasswellError, ModelError, SolveError
from .model import Model
from .onsite import EvenPolynomial
from .solution import Solution, Status
from .solve import solve
from .wells import DoubleWells, Geometry, geometry

__all__ = [
    "DoubleWells",
    "EvenPolynomial",
    "Geometry",
    "GlasswellError",
    "Model",
    "ModelError",
    "Solution",
    "SolveError",
    "Status",
    "geometry",
    "glass_temperature",
    "solve",
]
