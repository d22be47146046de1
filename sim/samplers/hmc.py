"""Hybrid Monte Carlo: all sites of all columns move at the speed of a matrix product."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import array_api_compat
import numpy as np

from .._typing import Array, Floats
from ..backend.checks import require_at_least
from ..backend.devices import to_host
from ..backend.kernels import Kernels, choose
from ..errors import SimulationError
from ..sample import couplings
from ..sample.landscape import site_axis
from ..sample.scales import fastest_frequencies
from ..sample.sites import AnyModel, stacked
from . import mirror_moves, temperable
from .mirror_moves import Mirrors
from .step_size import Adaptation
from .sweep_noise import Noise, Trials

LEAPFROG_STEPS = 10
"""Mean number of steps of a trajectory."""


@dataclass(frozen=True)
class State:
    """Displacements and what is known about them; S samples, N sites, R columns."""

    v: Array
    """(S, N, R), contiguous in the columns."""
    Jv: Array
    """(S, N, R) Σ_j J_ij v_j."""
    potential: Array
    """(S, R) U(v)."""


@dataclass(frozen=True)
class Move:
    """One trajectory per column, accepted or rejected."""

    state: State
    acceptance: Array
    """(S, R) min(1, exp(-ΔH/T)); 0 where the trajectory diverged."""
    energy_error: Array
    """(S, R) ΔH; not finite where the trajectory diverged."""
    diverged: Array
    """(S, R) True where ΔH is not finite; such a proposal is rejected."""


def start(v: Array, J: Array, kernels: Kernels) -> State:
    """The state at displacements v, (S, N, R) with couplings (S, N, N); v is copied."""
    xp = array_api_compat.array_namespace(v, J)
    ordered = xp.zeros(v.shape, dtype=v.dtype, device=array_api_compat.device(v))
    ordered += v
    Jv = xp.zeros_like(ordered)
    kernels.multiply(J, ordered, Jv)
    potential, _ = kernels.energies(ordered, Jv, Jv)
    return State(ordered, Jv, potential)


def leapfrog(
    v: Array, p: Array, Jv: Array, J: Array, step_size: Array, steps: int, kernels: Kernels
) -> None:
    """``steps`` steps of dv = p dt, dp = F dt, in place; one product each.

        p ← p + ½ε F(v),  [v ← v + ε p,  p ← p + ε F(v)] …,  v ← v + ε p,  p ← p + ½ε F(v)

    Reversible, volume-preserving, and off in H by O(ε²).

    Parameters
    ----------
    v, p, Jv
        (S, N, R), with Jv = J v before and after.
    step_size
        (S, R) ε of each column.
    """
    half = 0.5 * step_size
    kernels.kick_drift(v, p, Jv, half, step_size)
    for _ in range(steps - 1):
        kernels.multiply(J, v, Jv)
        kernels.kick_drift(v, p, Jv, step_size, step_size)
    kernels.multiply(J, v, Jv)
    kernels.kick_drift(v, p, Jv, half, 0.0 * step_size)


def move(
    state: State,
    J: Array,
    T: Array,
    step_size: Array,
    steps: int,
    momenta: Array,
    uniforms: Array,
    kernels: Kernels,
    spare: State | None = None,
) -> Move:
    """One trajectory per column from fresh momenta, and the Metropolis test that makes it exact.

        H = U(v) + ½ Σ p²,   accepted with probability min(1, exp(-ΔH/T))

    S. Duane et al., Phys. Lett. B 195, 216 (1987); the mass is one.

    Parameters
    ----------
    state
        Not changed.
    T, step_size
        (S, R) temperature and ε of each column.
    momenta
        (S, N, R) standard normals; used up.
    uniforms
        (S, R) in [0, 1).
    spare
        A state that nobody needs any more, whose memory the new one takes: fresh memory costs
        as much as two leapfrog steps (N = 256, 64 columns).
    """
    xp = array_api_compat.array_namespace(state.v, J)
    if spare is None:
        spare = State(xp.empty_like(state.v), xp.empty_like(state.v), state.potential)
    v, Jv, p = spare.v, spare.Jv, momenta
    v[...] = state.v
    Jv[...] = state.Jv
    p *= xp.sqrt(T)[:, None, :]
    # A diverging trajectory is an outcome, told by ``diverged``, not by NumPy's warnings.
    with np.errstate(over="ignore", invalid="ignore"):
        _, kinetic = kernels.energies(v, p, Jv)
        before = state.potential + kinetic
        leapfrog(v, p, Jv, J, step_size, steps, kernels)
        potential, kinetic = kernels.energies(v, p, Jv)
        error = potential + kinetic - before
        diverged = ~xp.isfinite(error)
        exponent = xp.where(diverged, xp.zeros_like(error), xp.minimum(-error / T, 0.0 * T))
    acceptance = xp.where(diverged, xp.zeros_like(error), xp.exp(exponent))
    accepted = uniforms < acceptance
    kernels.restore(accepted, v, state.v)
    kernels.restore(accepted, Jv, state.Jv)
    moved = State(v, Jv, xp.where(accepted, potential, state.potential))
    return Move(moved, acceptance, error, diverged)


def mirrored(
    state: State, J: Array, mirrors: Mirrors, T: Array, trials: Trials, kernels: Kernels
) -> State:
    """Every site tried once by ``mirror_moves.sweep``, (S, R) temperatures; v and Jv in place."""
    mirror_moves.sweep(state.v, J, mirrors, T, trials)
    kernels.multiply(J, state.v, state.Jv)
    potential, _ = kernels.energies(state.v, state.Jv, state.Jv)
    return State(state.v, state.Jv, potential)


def jittered(mean_steps: int, uniform: float) -> int:
    """A number of steps between ½ and 3/2 of the mean, evenly: no mode stays in resonance."""
    low = (mean_steps + 1) // 2
    high = 2 * mean_steps - low
    return low + int(uniform * (high - low + 1))


def first_step_size(model: AnyModel, T: float, N: int) -> float:
    """A guess at ε: half the stability limit of the fastest mode, and ∝ N^{-1/4} as theory wants.

    At fixed acceptance ε ∝ N^{-1/4}: A. Beskos et al., Bernoulli 19, 1501 (2013).
    """
    return float(first_step_sizes([model], [T], N)[0, 0])


def first_step_sizes(
    models: Sequence[AnyModel], temperatures: Sequence[float] | Floats, N: int
) -> Floats:
    """``first_step_size`` of every sample at every temperature, (S, T), from its own sites."""
    different = {id(model): model for model in models}
    found = {key: fastest_frequencies(model, temperatures) for key, model in different.items()}
    fastest = np.stack([found[id(model)] for model in models])
    return np.asarray(math.pow(N / 16.0, -0.25) / fastest)


@dataclass(frozen=True)
class Chains:
    """Where the columns of ``sample`` ended, and how they fared after the burn-in."""

    v: Array
    """The shape of the starts."""
    step_size: Floats
    """(S, R) frozen ε."""
    acceptance: Floats
    """(S, R) mean of min(1, exp(-ΔH/T))."""
    divergences: Floats
    """(S, R) number of trajectories whose energy was not finite."""


def sample(
    v: Array,
    J: Array,
    model: AnyModel | Sequence[AnyModel],
    T: Any,
    *,
    noise: Noise,
    burn_in: int,
    sweeps: int,
    leapfrog_steps: int = LEAPFROG_STEPS,
    kernels: Kernels | None = None,
    observe: Callable[[State], None] | None = None,
) -> Chains:
    """Sample exp(-U/T) in every column at that column's temperature.

    The step size of each temperature adapts in the burn-in and is frozen after it: a chain that
    goes on adapting has no stationary distribution. Where G itself has several wells, every
    trajectory is followed by a try to bring each site into another one (``mirror_moves``).

    Parameters
    ----------
    v
        Starts (N, R) or (S, N, R); not changed.
    J
        Couplings (N, N); (S, N, N) for the second.
    model
        Of all samples; or, where sites differ, ``Sample.sites`` of each.
    T
        Temperature: a number, (R,) or (S, R).
    noise
        The random numbers, of as many samples.
    burn_in, sweeps
        Trajectories before and after the step size is frozen.
    leapfrog_steps
        Mean number of steps of a trajectory.
    kernels
        Of the leapfrog step; the best there is for the arrays by default.
    observe
        Called with the state after every sweep; its arrays are used again, so copy what is kept.

    Raises
    ------
    ShapeError, CouplingError
        If v, J and model do not belong together, or J is not a coupling matrix.
    SimulationError
        If T is not positive and finite, a count is out of range, noise is of another shape, or
        the model draws parameters site by site.

    Examples
    --------
    >>> import numpy as np
    >>> from glasswell.sim import Noise, couplings, hmc
    >>> from glasswell.theory import Model
    >>> model = Model(gamma=0.5)
    >>> J = couplings.batch(model, 8, seed=1, samples=[0, 1])
    >>> noise = Noise(seed=1, N=8, samples=(0, 1))
    >>> chains = hmc.sample(np.zeros((2, 8, 4)), J, model, 1.0, noise=noise, burn_in=50, sweeps=50)
    >>> chains.v.shape, bool(chains.acceptance.min() > 0.5)
    ((2, 8, 4), True)
    """
    site_axis(v, J)
    couplings.check(J)
    xp = array_api_compat.array_namespace(v, J)
    shape = v.shape
    v, J = (v, J) if v.ndim == 3 else (v[None, ...], J[None, ...])
    S, N, R = v.shape
    require_at_least(0, burn_in=burn_in, sweeps=sweeps)
    require_at_least(1, leapfrog_steps=leapfrog_steps)
    if (len(noise.samples), noise.N) != (S, N):
        raise SimulationError(
            f"noise is for {len(noise.samples)} samples of {noise.N} sites, not {S} of {N}"
        )
    levels, level = _levels(T, (S, R))
    models = temperable.site_models(model, J)
    kernels = kernels or choose(stacked(models, v), v)
    mirrors = Mirrors.of(models, J)
    state, spare = start(v, J, kernels), None
    columns_T = xp.asarray(levels[level])
    adaptation = Adaptation.begin(first_step_sizes(models, levels, N).min(axis=0))
    accepted, divergences = np.zeros((S, R)), np.zeros((S, R))
    draws = None
    for sweep in range(burn_in + sweeps):
        burning = sweep < burn_in
        step_size = adaptation.current if burning else adaptation.frozen
        draws = noise.draw(sweep, R, out=draws.momenta if draws else None)
        moved = move(
            state,
            J,
            columns_T,
            xp.asarray(step_size[level]),
            jittered(leapfrog_steps, noise.length(sweep)),
            draws.momenta,
            xp.asarray(draws.decisions),
            kernels,
            spare,
        )
        state, spare = moved.state, state
        if mirrors is not None:
            trials = noise.trials(sweep, R)
            state = mirrored(state, J, mirrors, columns_T, trials, kernels)
        acceptance = to_host(moved.acceptance)
        if burning:
            adaptation = adaptation.update(_mean_by_level(acceptance, level, len(levels)))
        else:
            accepted += acceptance
            divergences += to_host(moved.diverged)
        if observe is not None and not burning:
            observe(state)
    return Chains(
        v=xp.reshape(state.v, shape),
        step_size=adaptation.frozen[level],
        acceptance=accepted / max(sweeps, 1),
        divergences=divergences,
    )


def _levels(T: Any, shape: tuple[int, int]) -> tuple[Floats, np.ndarray[Any, np.dtype[np.intp]]]:
    """The different temperatures, ascending, and which of them each column has."""
    values = np.asarray(to_host(T), dtype=np.float64)
    check_temperatures(values.ravel())
    try:
        values = np.broadcast_to(values, shape)
    except ValueError as error:
        raise SimulationError(
            f"temperatures must be one number, one per column or (S, R) = {shape}, "
            f"got {values.shape}"
        ) from error
    levels, level = np.unique(values, return_inverse=True)
    return levels, level.reshape(shape)


def check_temperatures(values: Floats) -> None:
    """Refuse temperatures that are none.

    Raises
    ------
    SimulationError
        If one is not positive and finite.
    """
    for value in values:
        if not (math.isfinite(value) and value > 0.0):
            raise SimulationError(f"temperatures must be positive and finite, got {value}")


def _mean_by_level(values: Floats, level: Any, count: int) -> Floats:
    total = np.bincount(level.ravel(), weights=values.ravel(), minlength=count)
    return np.asarray(total / np.bincount(level.ravel(), minlength=count))
