"""Parallel tempering: two independent replicas of a ladder of chains, the hot help the cold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import array_api_compat
import numpy as np

from .._typing import Array, Floats, HostArray, Integers
from ..backend import memory
from ..backend.devices import to_host
from ..backend.kernels import Kernels, choose
from ..errors import ShapeError, SimulationError
from ..records.last_state import LastState
from ..records.packed import part, prefixed
from ..records.time_series import Tempered
from ..sample import couplings
from ..sample.sites import AnyModel, stacked
from . import hmc, ladder, temperable
from .exchange import Walk
from .measurements import PER_PAIR, PER_REPLICA, in_order, measure
from .mirror_moves import Mirrors
from .plan import Plan as Plan
from .step_size import Adaptation
from .sweep_noise import Draws, Noise

Arrays = dict[str, HostArray]

REPLICAS = 2


class Tempering:
    """A run of parallel tempering, sweep by sweep.

        run = Tempering(J, model, temperatures, Plan(burn_in=1000, sweeps=10_000), noise)
        while not run.done:
            run.sweep()
        result = run.result()

    Each of S samples has two independent replicas of a ladder of T chains, 2T columns in all: one
    matrix product moves them together. A sweep is a trajectory of hybrid Monte Carlo and an
    attempt to exchange temperatures between neighbours; chains keep their displacements, and
    temperatures move. Where G itself has several wells, a sweep also tries to bring every site into
    another one (``mirror_moves``). A sample's numbers do not depend on the samples beside it.

    Parameters
    ----------
    J
        Couplings (N, N) or (S, N, N).
    model
        Of all samples; or, where sites differ, ``Sample.sites`` of each.
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
        If the model draws parameters site by site, the temperatures do not increase, noise is of
        another shape, or memory is short.
    ShapeError
        If the starts are, or the models are not one per sample.

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
        model: AnyModel | Sequence[AnyModel],
        temperatures: Sequence[float] | Floats,
        plan: Plan,
        noise: Noise,
        *,
        starts: Array | None = None,
        step_size: Floats | None = None,
        kernels: Kernels | None = None,
    ) -> None:
        couplings.check(J)
        self.J = J if J.ndim == 3 else J[None, ...]
        models = temperable.site_models(model, self.J)
        self.model, self.plan, self.noise = stacked(models, self.J), plan, noise
        self.temperatures = ladder.check(temperatures)
        self.xp = array_api_compat.array_namespace(J)
        S, N, T = self.J.shape[0], self.J.shape[1], len(self.temperatures)
        if (len(noise.samples), noise.N) != (S, N):
            raise SimulationError(
                f"noise is for {len(noise.samples)} samples of {noise.N} sites, not {S} of {N}"
            )
        self._mirrors = Mirrors.of(models, self.J)
        mirrored = self._mirrors is not None
        needs = memory.tempering(S, N, REPLICAS * T, plan.measurements, mirrored=mirrored)
        memory.require(*needs, self.xp)
        self.kernels = kernels or choose(self.model, self.J)
        self.state = hmc.start(self._starts(starts, (S, N, REPLICAS * T)), self.J, self.kernels)
        # Memory that is used again from sweep to sweep.
        self._spare: hmc.State | None = None
        self._momenta: Array | None = None
        if step_size is None:
            step_size = hmc.first_step_sizes(models, self.temperatures, N)
        self.adaptation = Adaptation.begin(np.broadcast_to(step_size, (S, T)))
        self.swept = 0
        self._walk = Walk(S, REPLICAS, T)
        self._accepted = np.zeros((S, T))
        self._divergences = np.zeros((S, T), dtype=np.int64)
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
        return self._walk.chains

    def coldest(self) -> Array:
        """(S, N, 2) the displacements at the coldest temperature, one column per replica."""
        chains = self.chains
        columns = [in_order(self.state.v, chains, replica)[..., :1] for replica in range(REPLICAS)]
        return self.xp.concat(columns, axis=-1)

    def sweep(self) -> None:
        """One trajectory of every chain, one round of exchanges, and a measurement when due."""
        S, replicas, T = self._walk.place.shape
        pairs = slice(self.swept % 2, T - 1, 2)
        count = len(range(T - 1)[pairs])
        draws = self.noise.draw(self.swept, replicas * T, replicas * count, self._momenta)
        self._momenta = draws.momenta
        self._move(draws)
        self._walk.exchange(
            to_host(self.state.potential).reshape(S, replicas, T),
            1.0 / self.temperatures,
            draws.swaps.reshape(S, replicas, count),
            pairs,
            counted=not self.burning_in,
        )
        self.swept += 1
        since = self.swept - self.plan.burn_in
        if since > 0 and since % self.plan.measure_every == 0:
            measured = measure(self.state, self.chains, self.model)
            for name, values in measured.items():
                self._series[name][..., since // self.plan.measure_every - 1] = values

    def _move(self, draws: Draws) -> None:
        level = self._walk.place.reshape(self.J.shape[0], -1)
        T = self._on_device(self.temperatures[level])
        step_size = self.adaptation.current if self.burning_in else self.adaptation.frozen
        moved = hmc.move(
            self.state,
            self.J,
            T,
            self._on_device(np.take_along_axis(step_size, level, axis=1)),
            hmc.jittered(self.plan.leapfrog_steps, self.noise.length(self.swept)),
            draws.momenta,
            self._on_device(draws.decisions),
            self.kernels,
            self._spare,
        )
        self.state, self._spare = moved.state, self.state
        if self._mirrors is not None:
            trials = self.noise.trials(self.swept, level.shape[1])
            self.state = hmc.mirrored(self.state, self.J, self._mirrors, T, trials, self.kernels)
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
        return Tempered(
            temperatures=self.temperatures,
            **{name: series[..., :M].copy() for name, series in self._series.items()},
            displacement=self._ordered(self.state.v),
            inherent_energy=np.full((*self._accepted.shape, REPLICAS), np.nan),
            acceptance=self._accepted / since,
            swap_acceptance=self._walk.acceptance,
            step_size=self.adaptation.frozen,
            round_trips=self._walk.round_trips,
            divergences=self._divergences.copy(),
            measure_every=self.plan.measure_every,
            last=self._last_state(since),
        )

    def _last_state(self, since: int) -> LastState:
        """Without notes, which are its owner's."""
        S, N, _ = self.state.v.shape
        return LastState(
            product=self._ordered(self.state.Jv),
            potential=self._ordered(self.state.potential[:, None, :])[..., 0],
            **self._walk.last(),
            acceptance_sum=self._accepted.copy(),
            log_step_size=np.asarray(self.adaptation.log_mean),
            notes=np.zeros((S, 0, N)),
            burn_in=self.plan.burn_in,
            sweeps=since,
        )

    def _ordered(self, columns: Array) -> HostArray:
        """(S, n, 2T) of columns -> (S, T, 2, n), coldest first."""
        chains = self.chains
        ordered = [to_host(in_order(columns, chains, r)) for r in range(REPLICAS)]
        return np.stack(ordered, axis=-1).transpose(0, 2, 3, 1).copy()

    def checkpoint(self) -> Arrays:
        """All that a run is between two sweeps, on the host; ``restore`` goes on from it."""
        state = {name: to_host(array).copy() for name, array in vars(self.state).items()}
        return {
            **prefixed("state", state),
            **prefixed("adaptation", vars(self.adaptation)),
            **prefixed("series", {name: array.copy() for name, array in self._series.items()}),
            **prefixed("walk", self._walk.checkpoint()),
            "accepted": self._accepted.copy(),
            "divergences": self._divergences.copy(),
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
        state = part("state", checkpoint)
        self.state = hmc.State(**{name: self._on_device(array) for name, array in state.items()})
        adaptation = {n: np.array(array) for n, array in part("adaptation", checkpoint).items()}
        count = int(adaptation.pop("count"))
        self.adaptation = Adaptation(**adaptation, count=count)
        self._series = {n: np.array(array) for n, array in part("series", checkpoint).items()}
        self._walk.restore(part("walk", checkpoint))
        self._accepted = np.array(checkpoint["accepted"])
        self._divergences = np.array(checkpoint["divergences"])
        self.swept = int(checkpoint["swept"])
