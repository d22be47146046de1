"""From the model's units to the laboratory's: one energy and one mass fix everything.

The model has k_B = 1, energies in units of J ℓ² and displacements in units of a length ℓ. With the
glass temperature of a real glass and the mass m that moves,

    energy unit  ε = k_B T_g(lab)/T_g(model),      length unit  ℓ = ħ/(ħ_model √(m_model⁻¹ m ε)),

the second because ħ²/(m ℓ² ε) is the model's ħ²/m0. As an example, for vitreous silica with
T_g = 1473 K and an SiO2 unit of 60.08 u, γ = 10 and ħ = m0 = 1 give ε/k_B = 24.7 K, ℓ = 0.18 Å.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy import constants

from ..model.errors import LevelsError

GAS_CONSTANT = constants.R
"""J/(K mol): a k_B per site is this much per mole of sites."""


@dataclass(frozen=True)
class LaboratoryUnits:
    """Conversion of one model with a given glass temperature to SI units.

    Parameters
    ----------
    model_glass_temperature
        T_g of the model, in its units.
    glass_temperature
        T_g of the glass in kelvin.
    mass
        The mass that moves, in atomic mass units.
    hbar, model_mass
        ħ and m0 with which the levels were found.

    Raises
    ------
    LevelsError
        If something is not positive and finite.

    Examples
    --------
    >>> from glasswell.theory import LaboratoryUnits, Model, glass_temperature
    >>> T_g = glass_temperature(Model(gamma=10.0))
    >>> silica = LaboratoryUnits(T_g, glass_temperature=1473.0, mass=60.08)
    >>> round(silica.kelvin * T_g, 6)
    1473.0
    """

    model_glass_temperature: float
    glass_temperature: float
    mass: float
    hbar: float = 1.0
    model_mass: float = 1.0

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not 0 < value < math.inf:
                raise LevelsError(f"{name} must be positive and finite, got {value}")

    @property
    def kelvin(self) -> float:
        """The model's unit of temperature, in K."""
        return self.glass_temperature / self.model_glass_temperature

    @property
    def joule(self) -> float:
        """The model's unit of energy, in J."""
        return constants.k * self.kelvin

    @property
    def metre(self) -> float:
        """The model's unit of v, in m."""
        mass = self.mass * constants.atomic_mass / self.model_mass
        return constants.hbar / (self.hbar * math.sqrt(mass * self.joule))

    @property
    def heat(self) -> float:
        """A k_B per site, in J/(K mol)."""
        return GAS_CONSTANT

    @property
    def states(self) -> float:
        """A P0 of one per site and unit of energy, in 1/(J kg), with one site for each mass."""
        return 1 / (self.joule * self.mass * constants.atomic_mass)
