"""Parallel tempering: two independent replicas of a ladder of chains, the hot help the cold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import array_api_compat
import numpy as np
from glasswell.theory.model import Model

from .._typing import Array, Floats, HostArray, Integers
from ..backend import kernels as fused
from ..backend import memory
from ..backend.checks import require_at_least
from ..backend.devices import to_host
from ..backend.kernels import Kernels
from ..errors import ShapeError, SimulationError
from ..records.time_series import Tempered
from ..sample import couplings
from . import hmc, ladder, temperable
from .exchange import chain_at, count_round_trips, exchange
from .measurements import PER_PAIR, PER_REPLICA, in_order, measure
from .step_size import Adaptation
from .sweep_noise import Draws, Noise

Arrays = dict[str, HostArray]

REPLICAS = 2


@dataclass(frozen=True)
class Plan:
    """How long a run is. A sweep is one trajectory of every chain and one round of exchanges.

    Parameters
    ----------
    burn_in
        Sweeps in which the step sizes adapt and nothing is measured.
    sweeps
        Sweeps after it.
    measure_every
        Sweeps between measurements.
    leapfrog_steps
        Mean number of steps of a trajectory.

    Raises
    ------
    SimulationError
        If a number is out of range.
    """

    burn_in: int
    sweeps: int
    measure_every: int = 10
    leapfrog_steps: int = hmc.LEAPFROG_STEPS

    def __post_init__(self) -> None:
        require_at_least(0, burn_in=self.burn_in, sweeps=self.sweeps)
        require_at_least(1, measure_every=self.measure_every)
        require_at_least(1, leapfrog_steps=self.leapfrog_steps)

    @property
    def measurements(self) -> int:
        """The number of measurements M."""
        return self.sweeps // self.measure_every


class Tempering:
    """A run of parallel tempering, sweep by sweep.

        run = Tempering(J, model, temperatures, Plan(burn_in=1000, sweeps=10_000), noise)
        while not run.done:
            run.sweep()
        result = run.result()

    Each of S samples has two independent replicas of a ladder of T chains, 2T columns in all: one
    matrix product moves them together. A sweep is a trajectory of hybrid Monte Carlo and an
    attempt to exchange temperatures between neighbours; chains keep their displacements, and
    temperatures move. A sample's numbers do not depend on the samples beside it.

    Parameters
    ----------
    J
        Couplings (N, N) or (S, N, N).
    temperatures
        (T,) ascending; ``tuning.tune`` finds them.
    noise
        The random numbers, of as many samples.
    starts
        (S, N, 2T) displacements, the chains of replica 1 first, coldest first; zero by default.
    step_size
        (S, T) or (T,) to start from; a guess by default.
    kernels
        Of the leapfrog step; the best there is for the arrays by default.

    Raises
    ------
    CouplingError
        If J is not a coupling matrix or a stack of them.
    SimulationError
        If sites differ, G is itself a double well, the temperatures do not increase, noise is of
        another shape, or memory is short.
    ShapeError
        If the starts are.

    Examples
    --------
    >>> from glasswell.sim import Noise, couplings, tempering
    >>> from glasswell.theory import Model
    >>> model = Model(gamma=2.0)
    >>> J = couplings.batch(model, 8, seed=1, samples=[0, 1])
    >>> plan = tempering.Plan(burn_in=20, sweeps=40)
    >>> noise = Noise(seed=1, N=8, samples=(0, 1))
    >>> run = tempering.Tempering(J, model, [1.0, 2.0], plan, noise)
    >>> while not run.done:
    ...     run.sweep()
    >>> run.result().energy.shape  # samples, temperatures, chains, times
    (2, 2, 2, 4)
    """

    def __init__(
        self,
        J: Array,
        model: Model,
        temperatures: Sequence[float] | Floats,
        plan: Plan,
        noise: Noise,
        *,
        starts: Array | None = None,
        step_size: Floats | None = None,
        kernels: Kernels | None = None,
    ) -> None:
        couplings.check(J)
        temperable.require_model(model)
        self.J = J if J.ndim == 3 else J[None, ...]
        self.model, self.plan, self.noise = model, plan, noise
        self.temperatures = ladder.check(temperatures)
        self.xp = array_api_compat.array_namespace(J)
        S, N, T = self.J.shape[0], self.J.shape[1], len(self.temperatures)
        if (len(noise.samples), noise.N) != (S, N):
            raise SimulationError(
                f"noise is for {len(noise.samples)} samples of {noise.N} sites, not {S} of {N}"
            )
        memory.require(*memory.tempering(S, N, REPLICAS * T, plan.measurements), self.xp)
        self.kernels = kernels or fused.choose(model, self.J)
        self.state = hmc.start(self._starts(starts, (S, N, REPLICAS * T)), self.J, self.kernels)
        # Memory that is used again from sweep to sweep.
        self._spare: hmc.State | None = None
        self._momenta: Array | None = None
        if step_size is None:
            step_size = np.array(
                [hmc.first_step_size(model, float(level), N) for level in self.temperatures]
            )
        self.adaptation = Adaptation.begin(np.broadcast_to(step_size, (S, T)))
        self.swept = 0
        self._place = np.broadcast_to(np.arange(T), (S, REPLICAS, T)).copy()
        self._heading = np.zeros_like(self._place)
        self._trips = np.zeros_like(self._place)
        self._accepted = np.zeros((S, T))
        self._divergences = np.zeros((S, T), dtype=np.int64)
        self._swapped = np.zeros((S, max(T - 1, 0)))
        self._tried = np.zeros(max(T - 1, 0), dtype=np.int64)
        M = plan.measurements
        self._series = {name: np.zeros((S, T, REPLICAS, M)) for name in PER_REPLICA}
        self._series |= {name: np.zeros((S, T, M)) for name in PER_PAIR}

    def _starts(self, starts: Array | None, shape: tuple[int, int, int]) -> Array:
        device = array_api_compat.device(self.J)
        if starts is None:
            return self.xp.zeros(shape, dtype=self.J.dtype, device=device)
        if tuple(starts.shape) != shape:
            raise ShapeError(f"starts must be (S, N, 2T) = {shape}, got {tuple(starts.shape)}")
        return starts

    @property
    def done(self) -> bool:
        """True once all sweeps of the plan are made."""
        return self.swept >= self.plan.burn_in + self.plan.sweeps

    @property
    def burning_in(self) -> bool:
        """True as long as step sizes adapt."""
        return self.swept < self.plan.burn_in

    @property
    def chains(self) -> Integers:
        """(S, 2, T) the chain at each temperature."""
        return chain_at(self._place)

    def coldest(self) -> Array:
        """(S, N, 2) the displacements at the coldest temperature, one column per replica."""
        chains = self.chains
        columns = [in_order(self.state.v, chains, replica)[..., :1] for replica in range(REPLICAS)]
        return self.xp.concat(columns, axis=-1)

    def sweep(self) -> None:
        """One trajectory of every chain, one round of exchanges, and a measurement when due."""
        S, replicas, T = self._place.shape
        pairs = slice(self.swept % 2, T - 1, 2)
        count = len(range(T - 1)[pairs])
        draws = self.noise.draw(self.swept, replicas * T, replicas * count, self._momenta)
        self._momenta = draws.momenta
        self._move(draws)
        self._exchange(pairs, draws.swaps.reshape(S, replicas, count))
        self.swept += 1
        since = self.swept - self.plan.burn_in
        if since > 0 and since % self.plan.measure_every == 0:
            measured = measure(self.state, self.chains, self.model)
            for name, values in measured.items():
                self._series[name][..., since // self.plan.measure_every - 1] = values

    def _move(self, draws: Draws) -> None:
        S, replicas, T = self._place.shape
        R = replicas * T
        level = self._place.reshape(S, R)
        step_size = self.adaptation.current if self.burning_in else self.adaptation.frozen
        moved = hmc.move(
            self.state,
            self.J,
            self._on_device(self.temperatures[level]),
            self._on_device(np.take_along_axis(step_size, level, axis=1)),
            hmc.jittered(self.plan.leapfrog_steps, self.noise.length(self.swept)),
            draws.momenta,
            self._on_device(draws.decisions),
            self.kernels,
            self._spare,
        )
        self.state, self._spare = moved.state, self.state
        chains = self.chains
        acceptance = self._by_temperature(moved.acceptance, chains)
        if self.burning_in:
            self.adaptation = self.adaptation.update(acceptance.mean(axis=1))
        else:
            self._accepted += acceptance.mean(axis=1)
            self._divergences += self._by_temperature(moved.diverged, chains).sum(axis=1)

    def _by_temperature(self, values: Array, chains: Integers) -> HostArray:
        """(S, 2T) of columns -> (S, 2, T), coldest first."""
        return np.take_along_axis(to_host(values).reshape(chains.shape), chains, axis=-1)

    def _exchange(self, pairs: slice, uniforms: Floats) -> None:
        self._place, probability = exchange(
            self._place,
            to_host(self.state.potential).reshape(self._place.shape),
            1.0 / self.temperatures,
            uniforms,
            pairs,
        )
        if not self.burning_in:
            self._swapped[:, pairs] += probability.mean(axis=1)
            self._tried[pairs] += 1
            count_round_trips(self._place, self._heading, self._trips)

    def _on_device(self, values: HostArray) -> Array:
        return self.xp.asarray(values, device=array_api_compat.device(self.J))

    def result(self) -> Tempered:
        """What has been measured; unmeasured times are left out.

        Raises
        ------
        SimulationError
            If there are none yet: the burn-in is not over.
        """
        since = self.swept - self.plan.burn_in
        if since <= 0:
            raise SimulationError("nothing is measured in the burn-in: sweep on")
        M = since // self.plan.measure_every
        chains = self.chains
        ordered = [to_host(in_order(self.state.v, chains, r)) for r in range(REPLICAS)]
        tried = np.where(self._tried > 0, self._tried, np.nan)
        return Tempered(
            temperatures=self.temperatures,
            **{name: series[..., :M].copy() for name, series in self._series.items()},
            displacement=np.stack(ordered, axis=-1).transpose(0, 2, 3, 1).copy(),
            inherent_energy=np.full((len(self._place), len(self.temperatures), REPLICAS), np.nan),
            acceptance=self._accepted / since,
            swap_acceptance=self._swapped / tried,
            step_size=self.adaptation.frozen,
            round_trips=self._trips.sum(axis=-1),
            divergences=self._divergences.copy(),
            measure_every=self.plan.measure_every,
        )

    def checkpoint(self) -> Arrays:
        """All that a run is between two sweeps, on the host; ``restore`` goes on from it."""
        state = {name: to_host(array).copy() for name, array in vars(self.state).items()}
        adaptation = {name: np.asarray(value) for name, value in vars(self.adaptation).items()}
        kept = {name: np.array(getattr(self, name)) for name in _COUNTERS}
        return {
            **{f"state.{name}": array for name, array in state.items()},
            **{f"adaptation.{name}": array for name, array in adaptation.items()},
            **{f"series.{name}": array.copy() for name, array in self._series.items()},
            **kept,
            "temperatures": self.temperatures.copy(),
            "swept": np.asarray(self.swept),
        }

    def restore(self, checkpoint: Mapping[str, HostArray]) -> None:
        """Go on where a run of the same couplings, model, plan and noise stood.

        Every later number is then, bit for bit, that of the run which was not interrupted: the
        noise of a sweep is a function of its number.

        Raises
        ------
        SimulationError
            If the checkpoint is of a run of another shape or ladder.
        """
        mine = self.checkpoint()
        if {n: a.shape for n, a in mine.items()} != {n: a.shape for n, a in checkpoint.items()}:
            raise SimulationError("the checkpoint is of a run of another shape: delete it")
        if not np.array_equal(mine["temperatures"], checkpoint["temperatures"]):
            raise SimulationError("the checkpoint is of a run of other temperatures: delete it")
        parts = {name: _part(checkpoint, name) for name in ("state", "adaptation", "series")}
        self.state = hmc.State(**{n: self._on_device(a) for n, a in parts["state"].items()})
        count = int(parts["adaptation"].pop("count"))
        self.adaptation = Adaptation(**parts["adaptation"], count=count)
        self._series = parts["series"]
        for name in _COUNTERS:
            setattr(self, name, np.array(checkpoint[name]))
        self.swept = int(checkpoint["swept"])


_COUNTERS = (
    "_place",
    "_heading",
    "_trips",
    "_accepted",
    "_divergences",
    "_swapped",
    "_tried",
)


def _part(checkpoint: Mapping[str, HostArray], prefix: str) -> Arrays:
    start = f"{prefix}."
    return {
        n.removeprefix(start): np.array(a) for n, a in checkpoint.items() if n.startswith(start)
    }
