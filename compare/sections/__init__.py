"""The sections of the report, in its order; each has its sentences, tables, figures and record."""

from __future__ import annotations

from ..report.section import Section
from .double_wells import DoubleWells
from .equilibrium import Equilibrium
from .fields import Fields
from .heat import SpecificHeat
from .local_potentials import ThreeMeasurements
from .methods import Methods
from .overview import Overview
from .preparation import Preparation
from .provenance import Provenance
from .responses import Responses
from .samples import Samples
from .states import NumberOfStates
from .theory import Solutions
from .thermal import AgainstTemperature
from .vibrations import NormalModes

SECTIONS: tuple[Section, ...] = (
    Overview(),
    Solutions(),
    Samples(),
    Fields(),
    Responses(),
    DoubleWells(),
    ThreeMeasurements(),
    NormalModes(),
    Preparation(),
    NumberOfStates(),
    SpecificHeat(),
    Equilibrium(),
    AgainstTemperature(),
    Methods(),
    Provenance(),
)
