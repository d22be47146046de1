"""What a distribution of γ changes at low T: exponents of C and κ, P0, and how Δ follows λ.

Kühn and Horstmann, PRL 78, 4067 (1997), find C ∝ T^x with x between 1 and about 1.5 once γ differs
from site to site. Here γ_i is uniform, log-normal or gamma-distributed with mean 10 and three
widths, in replica symmetry and with one step of breaking. Per site, at J0 = 0 and ħ = m0 = 1:

    C(T)  = ∫dγ w(γ) P0(γ) ∫dΔ c_Schottky(√(Δ² + Δ0²)/T),     Δ0 = Δ0(γ) at h = 0
    S(E)  = ∫dγ w(γ) P0(γ) (d/2)² (Δ0/E)² E/√(E² - Δ0²),       Δ0 < E

P0(γ) = 2P(h=0)/d is the density of small asymmetries. C is that of the two-level systems, all there
is at low T; S(E) is their resonant absorption, so that κ ∝ T^(2-s) where S ∝ E^s: T² wants a flat
distribution of λ. Δ0(γ) changes by decades between the 12 nodes that suffice for averages: sites
are spread over the quantiles of γ instead, and exponents with half as many stand beside.

    python examples/random_stiffness.py                        a minute or two
    python examples/random_stiffness.py --samples 32 -o scan.png     with samples of N = 64
"""

from __future__ import annotations

import argparse
import math
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from glasswell.compare import LowestStates, columns, measured_heat
from glasswell.sim import SimulationConfig, simulate
from glasswell.theory import (
    Component,
    Model,
    Solution,
    geometry,
    glass_temperature,
    plots,
    solve,
    two_level,
)
from numpy.typing import NDArray
from scipy import stats

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]

WIDTHS = (0.1, 0.3, 0.5)
"""Standard deviation of γ over its mean of 10; a uniform γ > 0 has at most 0.577."""

SITES = 256
T_G = glass_temperature(Model(gamma=10.0))
T = T_G * np.geomspace(1e-5, 1e-3, 9)
"""Temperatures of the exponents, in units of T_g at γ = 10: higher up other levels take over."""

SIZE = 64


def distributions(width: float) -> dict[str, Model]:
    """Three distributions of γ of mean 10 and one relative width."""
    log, shape = math.sqrt(math.log1p(width**2)), width**-2
    half = 10 * math.sqrt(3) * width
    return {
        "uniform": Model(gamma=stats.uniform(10 - half, 2 * half)),
        "log-normal": Model(gamma=stats.lognorm(log, scale=10 * math.exp(-(log**2) / 2))),
        "gamma": Model(gamma=stats.gamma(shape, scale=10 / shape)),
    }


@dataclass(frozen=True)
class Tunnelling:
    """Double wells at h = 0, one for every kind of site: weight P0(γ), d and Δ0."""

    density: Floats
    distance: Floats
    tunnelling: Floats

    @classmethod
    def of(cls, solution: Solution, sites: int) -> Tunnelling:
        """From kinds of site that are spread over the quantiles of γ."""
        rows = []
        for site in Component.of(solution, sites):
            zero = np.zeros(1)
            wells = geometry(zero, site.C, site.model)
            if wells.double[0] and site.density is not None:
                density = site.weight * 2 * site.density(zero)[0] / wells.distance[0]
                pair = two_level(zero, site.C, site.model, wkb=True)
                rows.append((density, wells.distance[0], pair.tunnelling[0]))
        return cls(*np.array(rows).T)

    def capacity(self, temperature: Floats) -> Floats:
        """C(T), (t,)."""
        x, weights = np.polynomial.legendre.leggauss(200)
        asymmetry = 40 * temperature[:, None] * (1 + x) / 2
        weights = 40 * temperature[:, None] * weights / 2
        E = np.hypot(asymmetry[:, None, :], self.tunnelling[:, None])
        half = E / (2 * temperature[:, None, None])
        schottky = (half / np.cosh(np.minimum(half, 300.0))) ** 2
        return np.asarray(np.einsum("g,tgd,td->t", self.density, schottky, weights))

    def absorbed_up_to(self, energy: Floats) -> Floats:
        """∫_0^E S E'^2 dE' (e,): with E² the singularity at E = Δ0 integrates to a root."""
        root = np.sqrt(np.maximum(energy[:, None] ** 2 - self.tunnelling**2, 0.0))
        return root @ (self.density * (self.distance * self.tunnelling / 2) ** 2)


def slope(x: Floats, y: Floats) -> float:
    """d ln y/d ln x from a straight line through all points; NaN if there is nothing."""
    return float(np.polyfit(np.log(x), np.log(y), 1)[0]) if np.all(y > 0) else math.nan


def kappa_exponent(wells: Tunnelling) -> float:
    """2 - s with S ∝ E^s over the energies of the temperatures T: ∫S E² dE ∝ E^(3+s)."""
    energies = np.geomspace(3 * T[0], 3 * T[-1], 40)
    return 5 - slope(energies, wells.absorbed_up_to(energies))


def predicted(model: Model, rsb: int) -> dict[str, float]:
    """One row of the table, from theory."""
    solution = solve(model, rsb)
    wells, coarse = Tunnelling.of(solution, SITES), Tunnelling.of(solution, SITES // 2)
    row = {
        "exponent": slope(T, wells.capacity(T)),
        "half the sites": slope(T, coarse.capacity(T)),
        "κ exponent": kappa_exponent(wells),
        "P0": float(wells.density.sum()),
        "wells": solution.wells.fraction,
    }
    if row["wells"] > 0:
        drawn = solution.wells.sample(20_000, np.random.default_rng(1))
        row["correlation"] = float(stats.spearmanr(drawn.asymmetry, drawn.exponent).statistic)
    return row


def measured(model: Model, samples: int) -> dict[str, float]:
    """The same from the lowest states of samples, each site with its own γ_i, h_i and C_i."""
    config = SimulationConfig(sizes=(SIZE,), samples=samples, starts=16, states=1)
    with tempfile.TemporaryDirectory() as folder:
        data = simulate(model, config, Path(folder) / "samples.h5").sizes[SIZE]
    states = LowestStates.of(data, model, 200, 1, polarised=False)
    wells, double = states.wells, states.wells.double
    band = measured_heat(
        states.field, states.response, states.sites, T_G * np.geomspace(1e-3, 3e-3, 3), seed=1
    )
    row = {
        "warm exponent": slope(band.temperature, band.capacity.value),
        "wells": float(double.mean()),
        "number": float(double.sum()),
    }
    if row["number"] > 4:
        pairs = wells.asymmetry[double], wells.exponent[double]
        row["correlation"] = float(stats.spearmanr(*pairs).statistic)
        # Half of the wells are below the median asymmetry: their density is that of small ones.
        middle = float(np.median(pairs[0]))
        row["P0"] = float((pairs[0] < middle).sum() / middle / double.size)
    return row


COLUMNS = (
    "exponent",
    "half the sites",
    "κ exponent",
    "warm exponent",
    "P0",
    "wells",
    "correlation",
    "number",
)
"""The warm exponent is that of samples between 1e-3 and 3e-3 T_g: colder, a few wells are all."""


def line(name: str, width: str, source: str, cells: Iterable[str]) -> str:
    """One line of the table, which is printed as it grows."""
    at = ("<11", "<7", "<9", *["<15"] * len(COLUMNS))
    return columns([(name, width, source, *cells)], at, gap="")[0]


def numbers(row: dict[str, float]) -> list[str]:
    """The cells of a row; a dash for what is not known."""
    values = (row.get(column, math.nan) for column in COLUMNS)
    return [f"{value:.4g}" if math.isfinite(value) else "-" for value in values]


def main() -> None:
    """Print the scan and draw it."""
    parser = argparse.ArgumentParser(description="low temperatures with random γ")
    parser.add_argument("--samples", type=int, default=0, help="per distribution, none by default")
    parser.add_argument("--rsb", type=int, nargs="+", default=[0, 1])
    parser.add_argument("-o", "--output", default="random_stiffness.png")
    arguments = parser.parse_args()
    print(line("γ", "width", "", COLUMNS))
    scan: dict[tuple[str, str], list[dict[str, float]]] = {}
    for width in WIDTHS:
        for name, model in distributions(width).items():
            rows = {("RS", f"{k}RSB")[k > 0]: predicted(model, k) for k in arguments.rsb}
            if arguments.samples:
                rows["samples"] = measured(model, arguments.samples)
            for source, row in rows.items():
                print(line(name, f"{width:g}", source, numbers(row)), flush=True)
                scan.setdefault((name, source), []).append(row)
    plots.save(lambda: draw(scan), arguments.output)
    print(f"figure: {arguments.output}")


def draw(scan: dict[tuple[str, str], list[dict[str, float]]]) -> Figure:
    """Exponent, P0 and correlation against the width of the distribution."""
    figure = plots.blank(11.0, 4.0)
    panels = {"exponent": "d ln C/d ln T", "P0": "P0", "correlation": "rank correlation of Δ and λ"}
    axes = figure.subplots(1, len(panels))
    styles = {"RS": "--", "samples": ":"}
    for ax, (column, label) in zip(axes, panels.items(), strict=True):
        for (name, source), rows in scan.items():
            colour = {"uniform": "#c44e52", "log-normal": "#4c72b0", "gamma": "#55a868"}[name]
            values = [row.get(column, math.nan) for row in rows]
            ax.plot(
                WIDTHS,
                values,
                styles.get(source, "-"),
                marker="o",
                ms=3,
                color=colour,
                label=f"{name}, {source}",
            )
        ax.set(xlabel="standard deviation of γ over its mean", ylabel=label)
    axes[1].set_yscale("log")
    axes[0].legend(frameon=False, fontsize="small")
    return figure


if __name__ == "__main__":
    main()
