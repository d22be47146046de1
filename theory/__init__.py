"""N → ∞: what replica theory predicts."""

from .ergodic import glass_temperature
from .errors import GlasswellError, LevelsError, ModelError, PrecisionWarning, SolveError
from .full import FullSolution, Limit, solve_full
from .levels import Spectrum, levels
from .model import Model
from .onsite import EvenPolynomial
from .solution import Solution, Status
from .solve import solve
from .wells import DoubleWells, Geometry, geometry

__all__ = [
    "DoubleWells",
    "EvenPolynomial",
    "FullSolution",
    "Geometry",
    "GlasswellError",
    "LevelsError",
    "Limit",
    "Model",
    "ModelError",
    "PrecisionWarning",
    "Solution",
    "SolveError",
    "Spectrum",
    "Status",
    "geometry",
    "glass_temperature",
    "levels",
    "solve",
    "solve_full",
]
