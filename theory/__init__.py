"""N → ∞: what replica theory predicts.

How its files hang together, in the order of the equations:

    the model           model  onsite  scales  randomness (gauss_rule, soft_sites)
    one site            singlesite at T = 0 (envelope, stationary, roots), thermal above
    k steps             rsb: the recursion (quadrature, transition); mixture: averaged over sites
                        saddle: stationarity (newton)
                        guesses, staircase → steps: from the model alone
                        ergodic, decoupled: phases and models with closed forms
    all steps           full: k → ∞ (limits); continuum: Parisi's equations (parisi, graded_line)
    what comes out      solve → solution (plots, canvas)
    phases              phases: single lines; diagram: all of them
    double wells        wells: geometry; stretch, double_wells: distributions; wkb, tunnelling
                        soft_potential, yardsticks: other models of glasses
    the Hessian         stiffness → resolvent
    quantum levels      dvr, diagonalise → levels (transitions) → local_ensemble, measured → heat
                        heat_prediction, conductivity, units; heat_figure, level_figure
    at the edge         errors, progress; command_line, arguments, cli, phases_cli, heat_cli
"""

from .diagram import PhaseDiagram, phase_diagram
from .double_wells import DoubleWells
from .ergodic import glass_temperature, polarisation_temperature
from .errors import (
    GlasswellError,
    LevelsError,
    ModelError,
    NotConvergedError,
    PrecisionWarning,
    SolveError,
)
from .full import FullSolution, solve_full
from .heat import HeatCurve
from .levels import Spectrum, levels
from .limits import Limit
from .local_ensemble import Component, LocalEnsemble, local_ensemble
from .measured import Band, HeatBand
from .model import Model
from .onsite import EvenPolynomial
from .phases import J0_GP, gamma_AT, gamma_DWP, gamma_EG, gamma_EP, temperature_AT
from .randomness import Random
from .resolvent import HessianSpectrum
from .soft_potential import SoftPotentials, soft_potential
from .solution import Solution, Status
from .solve import solve
from .stiffness import Stiffness
from .wells import Geometry, geometry

__all__ = [
    "J0_GP",
    "Band",
    "Component",
    "DoubleWells",
    "EvenPolynomial",
    "FullSolution",
    "Geometry",
    "GlasswellError",
    "HeatBand",
    "HeatCurve",
    "HessianSpectrum",
    "LevelsError",
    "Limit",
    "LocalEnsemble",
    "Model",
    "ModelError",
    "NotConvergedError",
    "PhaseDiagram",
    "PrecisionWarning",
    "Random",
    "SoftPotentials",
    "Solution",
    "SolveError",
    "Spectrum",
    "Status",
    "Stiffness",
    "gamma_AT",
    "gamma_DWP",
    "gamma_EG",
    "gamma_EP",
    "geometry",
    "glass_temperature",
    "levels",
    "local_ensemble",
    "phase_diagram",
    "polarisation_temperature",
    "soft_potential",
    "solve",
    "solve_full",
    "temperature_AT",
]
