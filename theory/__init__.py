"""N → ∞: what replica theory predicts."""

from .ergodic import glass_temperature
from .errors import GlasswellError, LevelsError, ModelError, PrecisionWarning, SolveError
from .full import FullSolution, Limit, solve_full
from .heat import HeatBand, HeatCurve
from .levels import Spectrum, levels
from .local_ensemble import Component, LocalEnsemble, local_ensemble
from .model import Model
from .onsite import EvenPolynomial
from .solution import Solution, Status
from .solve import solve
from .wells import DoubleWells, Geometry, geometry

__all__ = [
    "Component",
    "DoubleWells",
    "EvenPolynomial",
    "FullSolution",
    "Geometry",
    "GlasswellError",
    "HeatBand",
    "HeatCurve",
    "LevelsError",
    "Limit",
    "LocalEnsemble",
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
    "local_ensemble",
    "solve",
    "solve_full",
]
