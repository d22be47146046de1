"""The two side by side: finite-N simulation against replica theory.

How its files hang together, from the archive to the page:

    told                config  errors
    errors and limits   statistics  scaling  powerlaw
    measured            measured: lowest states; fields, responses, spectra, preparation
                        local_potentials: beyond the cavity form (three_ways, field_response)
                        thermal_data, tempering: runs in equilibrium; heat: at low T
    predicted           theories, thermal_theory
    side by side        rows → comparison; thermal
    in words            words, titles; local_words, well_table; equilibrium_words, thermal_words
    in pictures         drawing → figures, well_figures, pseudogap_figures, spectrum_figures
                        three_ways_figures, equilibrium_figures, thermal_figures
    on the page         markup → local_page, vibration_page, heat_page, thermal_page
                        report, record, folder
    at the edge         cli  terminal
"""

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
