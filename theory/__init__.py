"""N → ∞: what replica theory predicts."""

from .double_wells import DoubleWells
from .ergodic import glass_temperature
from .errors import GlasswellError, ModelError, SolveError
from .full import FullSolution, Limit, solve_full
from .model import Model
from .onsite import EvenPolynomial
from .randomness import Random
from .soft_potential import SoftPotentials, soft_potential
from .solution import Solution, Status
from .solve import solve
from .wells import Geometry, geometry

__all__ = [
    "DoubleWells",
    "EvenPolynomial",
    "FullSolution",
    "Geometry",
    "GlasswellError",
    "Limit",
    "Model",
    "ModelError",
    "Random",
    "SoftPotentials",
    "Solution",
    "SolveError",
    "Status",
    "geometry",
    "glass_temperature",
    "soft_potential",
    "solve",
    "solve_full",
]
