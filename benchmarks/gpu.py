"""A step of the anneal on a GPU: against cuBLAS, against the CPU, and what it moves at the least.

python benchmarks/gpu.py     the table of launches, bytes and estimates: needs no GPU
"""

from __future__ import annotations

import time
from typing import Any

import langevin
from glasswell.sim.samplers.annealed import NOISE_EVERY
from langevin import R
from leapfrog import Call
from table import Row
from timing import of_pairs

CARDS = {"H100 SXM (HBM3)": 3.35e12, "H200": 4.8e12}
"""Bandwidth in bytes per second, as published by NVIDIA; no measurement."""

BATCHES = {256: 64, 512: 32, 1024: 8, 2048: 2}
"""Samples S side by side at every N: a few hundred blocks of threads."""

PASSES = {
    # Launches, and passes over arrays (S, N, R), beside the product's own.
    "anneal": (1, 5),
    "descent": (5, 16),
}
"""Anneal: v, p, Jv read, v, p written. Descent: v, F, d, Jd read; v, Jv, F, d, Jd read and v, Jv,
F, z written; d, z read and d written."""


def against_cublas(turns: int) -> list[Row]:
    """Time of the product over time of the step, and of a step on the CPU over one on the GPU."""
    import cupy

    device = cupy.cuda.Device()
    card = cupy.cuda.runtime.getDeviceProperties(device.id)["name"].decode()
    rows = []
    for dtype in ("float64", "float32"):
        for N, S in BATCHES.items():
            there, here = langevin.calls(N, dtype, S=S, xp=cupy), langevin.calls(N, dtype)
            times: list[tuple[float, float, float]] = []
            for turn in range(turns + 1):
                found = (
                    _seconds(there["products"], device),
                    _seconds(there["steps"], device),
                    _seconds(here["steps"], device),
                )
                # The first compiles.
                times += [found] if turn else []
            what = f"N={N} R={R} {dtype}"
            pairs = [(product, step) for product, step, _ in times]
            note = f"{card}, S={S}"
            rows.append(Row.of(f"cuBLAS product / Langevin, {what}", of_pairs(pairs), 0.7, note))
            pairs = [(S * alone, step) for _, step, alone in times]
            rows.append(Row.of(f"CPU / GPU per sample, {what}", of_pairs(pairs), None, note))
    return rows


def _seconds(call: Call, device: Any) -> float:
    """By the clock, until the GPU is done."""
    device.synchronize()
    began = time.perf_counter()
    call()
    device.synchronize()
    return time.perf_counter() - began


def bytes_per_step(search: str, N: int, itemsize: int) -> int:
    """Of one sample: J once, v read and J v written by the product, and the passes beside it."""
    return itemsize * (N * N + (2 + PASSES[search][1]) * N * R)


def estimates() -> str:
    """Launches and bytes per step, and how long the bytes take at the published bandwidth."""
    head = ["search", "N", "type", "launches", "MiB per step and sample"]
    head += [f"µs at the bandwidth of {card}" for card in CARDS]
    lines = [head, ["---"] * len(head)]
    for search, (launches, _) in PASSES.items():
        for dtype, itemsize in (("float64", 8), ("float32", 4)):
            for N in BATCHES:
                moved = bytes_per_step(search, N, itemsize)
                times = [f"{1e6 * moved / speed:.2f}" for speed in CARDS.values()]
                row = [search, str(N), dtype, f"{1 + launches}", f"{moved / 2**20:.2f}", *times]
                lines.append(row)
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


if __name__ == "__main__":
    print(f"Not measured. R = {R}, noise every {NOISE_EVERY} steps within the second launch.\n")
    print(estimates())
