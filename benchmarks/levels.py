"""Levels of 10⁴ local potentials and C(T) from them, beside a loop over scipy.linalg.eigh.

The loop diagonalises the same problem in the same basis, one potential at a time, with no more
basis functions than the batch had to use, and without checking that they suffice.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from glasswell.sim import CavityPotentials, DoubleWells, EnergyLevels
from glasswell.theory import Model, levels
from glasswell.theory.heat import capacity
from scipy import linalg
from table import Row

POTENTIALS, LEVELS, TEMPERATURES, LOOPED, FUNCTIONS = 10_000, 40, 200, 500, 104


def seconds(work: Callable[[], object]) -> float:
    """Wall-clock time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def loop(h: np.ndarray, C: np.ndarray, model: Model) -> None:
    """Sinc-DVR in one box for all, potential by potential."""
    v = np.linspace(-18.0, 18.0, FUNCTIONS)
    apart = np.arange(FUNCTIONS)[:, None] - np.arange(FUNCTIONS)
    with np.errstate(divide="ignore", invalid="ignore"):
        kinetic = np.where(apart == 0, np.pi**2 / 3, 2 * (-1.0) ** apart / apart**2)
    kinetic /= 2 * (v[1] - v[0]) ** 2
    for field, response in zip(h, C, strict=True):
        U = -field * v - response * v**2 / 2 + model.G.value(v) / model.gamma
        linalg.eigh(kinetic + np.diag(U), eigvals_only=True, subset_by_index=[0, LEVELS - 1])


def against_a_loop() -> list[Row]:
    """Seconds, and the ratio of the loop's to them."""
    rng = np.random.default_rng(1)
    model = Model(gamma=10.0)
    h, C = 8 * rng.standard_normal(POTENTIALS), 0.9 + 0.1 * rng.standard_normal(POTENTIALS)
    levels(h[:100], C[:100], model)
    batched = seconds(lambda: levels(h, C, model, count=LEVELS))
    looped = seconds(lambda: loop(h[:LOOPED], C[:LOOPED], model)) * POTENTIALS / LOOPED
    spectrum = levels(h, C, model, count=LEVELS)
    T = np.geomspace(1e-3, 1.2, TEMPERATURES)
    heated = seconds(lambda: capacity.capacity(spectrum.excitation, T))
    sites = CavityPotentials.of(h, C, model)
    measured = seconds(lambda: EnergyLevels.of(sites, count=LEVELS))
    wells = seconds(lambda: DoubleWells.of(sites))
    size = f"{POTENTIALS} × {LEVELS}"
    return [
        Row(f"levels, {size}: seconds", batched, 5.0, ceiling=True, note="checked to 1e-10"),
        Row("loop over eigh / levels", looped / batched, note="the loop is not checked"),
        Row("levels by sim / by theory", measured / batched, 1.5, ceiling=True, note="two bases"),
        Row(f"double wells by sim, {POTENTIALS}: seconds", wells, 1.0, ceiling=True),
        Row(f"C(T) at {TEMPERATURES} T, {size}: seconds", heated, 1.0, ceiling=True),
    ]
