"""Fig. 2 of Kühn and Horstmann, PRL 78, 4067 (1997), and what nobody had added to it.

C/T³ against T/T_g for γ = 10, J0 = 0 and ħ = m0 = 1, from the levels of the theory's local
potentials: replica-symmetric, with one step of breaking, and with full replica-symmetry breaking,
whose pseudogap leaves nothing of a linear law. Given an archive of samples, their measured
potentials too:

    python examples/fig2_specific_heat.py
    glasswell simulate my.toml -o samples.h5
    python examples/fig2_specific_heat.py samples.h5 -o fig2.png

Published: T_b/T_g ≈ 6e-3; P0 ≈ 6e-3 in RS and about half of that in 1RSB.
"""

from __future__ import annotations

import argparse
from typing import Literal

import numpy as np
from glasswell.compare import HeatBand, columns, measured_heat, meter
from glasswell.sim import read
from glasswell.theory import (
    HeatPrediction,
    LaboratoryUnits,
    Model,
    capacity,
    glass_temperature,
    plots,
    solve,
)

MODEL = Model(gamma=10.0)
STEPS: tuple[int | Literal["full"], ...] = (0, 1, "full")
POTENTIALS = 10_000
"""Local potentials taken from an archive at most: whole samples, the first ones."""


def main() -> None:
    """Draw the figure and print what it says."""
    parser = argparse.ArgumentParser(description="C/T³ at γ = 10, as in Fig. 2 of the paper")
    parser.add_argument("archive", nargs="?", help="samples of γ = 10, J0 = 0")
    parser.add_argument("-o", "--output", default="fig2_specific_heat.png")
    arguments = parser.parse_args()

    T_g = glass_temperature(MODEL)
    T = T_g * np.geomspace(1e-4, 2e-2, 160)
    curves = {}
    with meter("specific heat", "curve") as progress:
        for n, rsb in enumerate(STEPS):
            progress(n, len(STEPS))
            solution = solve(MODEL, rsb)
            curves[solution.name] = HeatPrediction.of(solution, T)
    print(f"γ = 10, J0 = 0: T_g = {T_g:.5f}")
    table = [("", "T_b/T_g", "P0", "exponent", "P0/P0(RS)")]
    for name, curve in curves.items():
        row = curve.to_dict(T_g)
        ratio = f"{curve.P0 / curves['RS'].P0:.3f}"
        table.append(
            (name, f"{row['T_b']:.3e}", f"{row['P0']:.3e}", f"{row['exponent']:.3f}", ratio)
        )
    table.append(("published", "6e-3", "6e-3 (RS)", "", "about 0.5 (1RSB)"))
    print(*columns(table, at=("<10", "<11", "<11", "<11", "<"), gap=""), sep="\n")

    measured = {}
    if arguments.archive:
        N, band = of_archive(arguments.archive, T)
        samples = len(band.capacity.by_sample)
        measured[f"{samples} samples of N = {N}"] = band
        report(f"N = {N}", band, T_g)

    units = LaboratoryUnits(T_g, glass_temperature=1473.0, mass=60.08)
    title = r"Specific heat of local potentials, $\gamma = 10$, $J_0 = 0$"
    plots.save(
        lambda: plots.heat_figure(curves, T_g, measured=measured, units=units, title=title),
        arguments.output,
    )
    print(f"figure: {arguments.output}")


def of_archive(path: str, T: np.ndarray) -> tuple[int, HeatBand]:
    """C(T) of the lowest states of the largest size in an archive."""
    N, data = max(read(path).sizes.items())
    samples = min(len(data.sample), max(2, POTENTIALS // N))
    h = data.cavity_field[:samples, 0]
    C = data.cavity_susceptibility[:samples, 0]
    known = np.isfinite(h).any(axis=1)
    return N, measured_heat(h[known], C[known], MODEL, T, seed=1)


def report(name: str, band: HeatBand, T_g: float) -> None:
    """T_b/T_g of the mean, and the exponent at low T as far as samples have low levels."""
    C = band.capacity
    top, _ = capacity.bump(band.temperature, C.value)
    slope = capacity.exponent(band.temperature, C.value)
    sure = C.low > 0.5 * C.value
    lowest = int(np.argmax(sure))
    at = band.temperature[lowest] / T_g
    law = f"exponent {slope[lowest]:.2f} at T/T_g = {at:.1e}"
    print(*columns([(name, f"{top / T_g:.3e}", law)], at=("<10", "<11", "<"), gap=""))


if __name__ == "__main__":
    main()
