"""What the temperings of an archive say: were they in equilibrium, and does theory agree?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from glasswell.sim import Archive, Tempered
from glasswell.sim.equilibrium import identities
from glasswell.sim.equilibrium.evidence import Evidence, evidence
from glasswell.sim.equilibrium.jackknife import Average
from glasswell.sim.equilibrium.observables import inherent_structures
from glasswell.sim.records.blocks import Size

from .._typing import Floats
from ..measured.thermal import ThermalData
from .thermal import ThermalComparison, compare_thermal
from .thermal_observable import ThermalObservable, measure
from .thermal_quantities import THERMAL


@dataclass(frozen=True)
class Tempering:
    """One size: its evidence, its series, and the minima that its temperatures lie above."""

    evidence: Evidence
    run: Tempered
    inherent: Average
    """(T,) energy per site of inherent structures."""

    @property
    def N(self) -> int:
        """Sites per sample."""
        return self.evidence.N

    @property
    def temperatures(self) -> Floats:
        """(T,) ascending."""
        return self.evidence.temperatures


@dataclass(frozen=True)
class Temperings:
    """All sizes, smallest first, and their observables beside theory."""

    sizes: tuple[Tempering, ...]
    steps: tuple[int | str, ...]
    """Of replica-symmetry breaking, one theory each; "full" for their limit."""
    comparison: ThermalComparison

    @property
    def in_equilibrium(self) -> bool:
        """False if the evidence refutes it anywhere."""
        return not any(np.any(size.evidence.refuted) for size in self.sizes)

    @property
    def unit(self) -> float:
        """T_g, or 1 where there is none."""
        return self.comparison.T_g if self.comparison.T_g > 0 else 1.0


def temperings(
    archive: Archive,
    rsb: Sequence[int | str],
    observables: Sequence[ThermalObservable] = THERMAL,
) -> Temperings | None:
    """Judge all temperings of an archive and hold them against theory; None if there are none.

    A temperature at which the evidence refutes equilibrium keeps its values and loses its error
    bars, and with them every verdict. Theory with "full" breaking takes about five seconds per
    temperature.

    Raises
    ------
    ShapeError
        If a run has fewer than four measurements.
    CompareError
        If an observable cannot be measured or predicted, or two have one name.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from glasswell.compare import temperings
    >>> from glasswell.sim import SimulationConfig, simulate
    >>> from glasswell.theory import Model
    >>> config = SimulationConfig(
    ...     sizes=(4,), samples=8, starts=4, method="temper", temperatures=(1.0, 2.0), sweeps=200
    ... )
    >>> with TemporaryDirectory() as folder:
    ...     archive = simulate(Model(gamma=2.0), config, Path(folder) / "samples.h5")
    >>> thermal = temperings(archive, rsb=[0])
    >>> thermal.sizes[0].N, list(thermal.comparison.curves)
    (4, ['RS'])
    """
    model = archive.model
    sizes = tuple(
        _judged(archive, data, run)
        for _, data in sorted(archive.sizes.items())
        if (run := data.tempering) is not None
    )
    if not sizes:
        return None
    comparison = compare_thermal(
        model, [_data(size, observables) for size in sizes], rsb, observables=observables
    )
    return Temperings(sizes, tuple(rsb), comparison)


def _judged(archive: Archive, data: Size, run: Tempered) -> Tempering:
    model = archive.model
    # One sample after the other: all their couplings at once can be larger than the archive.
    control = np.concatenate(
        [
            identities.coupling_variance(archive.sample(data.N, int(sample)).J[None], model)
            for sample in data.sample
        ]
    )
    inherent = inherent_structures(run.inherent_energy, np.isfinite(run.inherent_energy))
    return Tempering(evidence(run, model, control, gaussian=archive.source.gaussian), run, inherent)


def _data(size: Tempering, observables: Sequence[ThermalObservable]) -> ThermalData:
    return measure(size.run, observables).without_errors(size.evidence.refuted)
