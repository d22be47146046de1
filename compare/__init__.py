"""The two side by side: finite-N simulation against replica theory."""

from .comparison import Comparison, compare
from .config import CompareConfig
from .errors import CompareError
from .rows import Prediction, Row
from .scaling import Extrapolation, extrapolate
from .statistics import Estimate, Histogram, Resampling
from .thermal import ThermalComparison, compare_thermal
from .thermal_data import ThermalData
from .three_ways import ThreeWays

__all__ = [
    "CompareConfig",
    "CompareError",
    "Comparison",
    "Estimate",
    "Extrapolation",
    "Histogram",
    "Prediction",
    "Resampling",
    "Row",
    "ThermalComparison",
    "ThermalData",
    "ThreeWays",
    "compare",
    "compare_thermal",
    "extrapolate",
]
