"""The search for one sample's lowest states: many starts, annealed or quenched, as columns."""

from __future__ import annotations

from typing import Any

import array_api_compat
import numpy as np
from glasswell.theory.model import Model

from ..config import SimulationConfig
from ..minima.minimiser import Minima, minimise
from ..sample.rng import Floats, Purpose, bit_stream, uniforms
from ..sample.scales import amplitudes, fastest_frequency, temperature
from ..sample.sites import AnyModel, beside
from . import mirror_moves
from .anneal import Normals, langevin

Array = Any

TIME_STEP = 1.0
"""In units of 1/ω of the fastest mode; BAOAB is unstable above 2, and a mode stiffens where a
site makes an excursion."""

NOISE_EVERY = 4
"""Steps between two encounters with the heat bath: as good a search as 1 at two thirds of the cost
(32 starts, N = 256)."""

MIRROR_MOVES = 16
"""Sites tried per encounter with the heat bath, where G itself is a double well."""

STEPS_PER_SITE = 16
LEAST_STEPS = 1000
"""At γ = 10 with 32 starts the lowest state is then found twice or more in 100, 93 and 90 % of the
samples of N = 64, 128 and 256; beyond 16 N steps, more starts buy more hits than more steps do."""


def steps_of(config: SimulationConfig, N: int) -> int:
    """Time steps of the anneal: as told, or 16 per site and 1000 at least."""
    return config.steps if config.steps is not None else max(STEPS_PER_SITE * N, LEAST_STEPS)


def starts(
    own: AnyModel, config: SimulationConfig, N: int, sample: int, attempt: int = 0
) -> Floats:
    """Random displacements, (N, R), uniform within each site's amplitude: uncorrelated starts.

    Bounded, because a Gaussian's tail would begin on walls too stiff for the time step.
    """
    bits = _stream(Purpose.DISPLACEMENTS, config, N, sample, attempt)
    R = config.starts
    return amplitudes(own)[:, None] * (2.0 * uniforms(bits, N * R).reshape(N, R) - 1.0)


def schedule(model: Model, config: SimulationConfig, N: int) -> Floats:
    """T of every step: linear from start to final temperature, in units of the transition's."""
    ends = (config.start_temperature, config.final_temperature)
    return temperature(model) * np.linspace(*ends, steps_of(config, N))


def search(
    model: Model,
    own: AnyModel,
    config: SimulationConfig,
    J: Array,
    *,
    sample: int,
    device: str,
    xp: Any,
    attempt: int = 0,
) -> Minima:
    """The minima that all starts of one sample end in, (N, R).

    Parameters
    ----------
    model
        The model, which all samples are cooled alike in.
    own
        The sample's own, with the parameters of its sites.
    J
        (N, N) couplings of the sample, on the device.
    sample
        Its number: the key of starts and noise.
    device, xp
        Where to compute, and its namespace.
    attempt
        Another one has other starts and other noise.
    """
    N = J.shape[0]
    v = xp.asarray(starts(own, config, N, sample, attempt))
    here = beside(own, v)
    if config.method == "anneal":
        dtype = xp.float32 if config.precision == "single" else xp.float64
        coarse = xp.astype(v, dtype)
        temperatures = [float(T) for T in schedule(model, config, N)]
        # A number of Python's, which leaves the arrays in their precision.
        frequency = float(fastest_frequency(own, temperatures[0]))
        ends = langevin(
            coarse,
            xp.astype(J, dtype),
            beside(own, coarse),
            temperatures,
            time_step=TIME_STEP / frequency,
            friction=config.friction * frequency,
            normals=_noise(config, N, sample, attempt, device, dtype),
            noise_every=NOISE_EVERY,
            shake=_mirror_moves(own, config, J, sample, attempt),
        )
        v = xp.astype(ends, v.dtype)
    return minimise(_towards_field(v, own), J, here)


def _mirror_moves(
    model: AnyModel, config: SimulationConfig, J: Array, sample: int, attempt: int
) -> mirror_moves.Moves | None:
    if not mirror_moves.needed(model):
        return None
    bits = _stream(Purpose.MIRROR, config, J.shape[0], sample, attempt)
    return mirror_moves.moves(J, model, np.random.Generator(bits), count=MIRROR_MOVES)


def _towards_field(v: Array, model: AnyModel) -> Array:
    """The better of v and -v in every column: they differ by 2H Σ_i v_i, and by nothing else."""
    if model.symmetric:
        return v
    xp = array_api_compat.array_namespace(v)
    along = model.field * xp.sum(v, axis=0)
    return v * xp.where(along < 0.0, -xp.ones_like(along), xp.ones_like(along))


def _stream(
    purpose: Purpose, config: SimulationConfig, N: int, sample: int, attempt: int
) -> np.random.Philox:
    """The sample's stream, 2¹²⁸ numbers on for every attempt."""
    bits = bit_stream(purpose, seed=config.seed, N=N, sample=sample)
    return bits.jumped(attempt) if attempt else bits


def _noise(
    config: SimulationConfig, N: int, sample: int, attempt: int, device: str, dtype: Any
) -> Normals:
    """Noise keyed by the sample; made where it is used, so that nothing crosses the bus.

    The devices' streams differ: the couplings of a sample are the same on both, the paths are not.
    """
    bits = _stream(Purpose.NOISE, config, N, sample, attempt)
    shape = (N, config.starts)
    if device == "cuda":
        import cupy

        key = int(bits.random_raw()) % 2**32
        generator = cupy.random.Generator(cupy.random.Philox4x3210(key))
        return lambda: generator.standard_normal(shape, dtype=dtype)
    # The ziggurat is several times faster than the inverse of Φ; and chaos would undo bitwise
    # agreement between machines anyway.
    host = np.random.Generator(bits)
    buffer = np.empty(shape, dtype=dtype)
    return lambda: host.standard_normal(out=buffer, dtype=dtype)
