"""Descent by matrix products: FIRE on all columns at once, finished columns squeezed out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import array_api_compat
from glasswell.theory import Model

from .landscape import force
from .scales import spectral_edge

Array = Any

MIX_START = 0.1
MIX_SHRINK = 0.99
GROW = 1.1
CUT = 0.5
PATIENCE = 5
STEP_START, STEP_MAX = 0.3, 0.9
"""Time steps in units of the inverse of the column's fastest frequency."""

LOOK_EVERY = 10


def descend(
    v: Array, J: Array, model: Model, targets: Sequence[float], budgets: Sequence[int]
) -> tuple[Array, list[int]]:
    """Follow the force until max_i |F_i| of every column is at its target, or its budget spent.

    Damped dynamics that is steered along the force and stopped whenever it climbs: FIRE,
    E. Bitzek et al., Phys. Rev. Lett. 97, 170201 (2006), with a time step per column that the
    column's own stiffest site bounds.

    Parameters
    ----------
    v
        (N, R) columns; not changed.
    J
        (N, N) couplings.
    targets, budgets
        Gradient to reach, and force evaluations allowed, per column.

    Returns
    -------
    The columns, (N, R), and the force evaluations each took.
    """
    xp = array_api_compat.array_namespace(v, J)
    device = array_api_compat.device(v)
    done = [v[:, r] for r in range(v.shape[1])]
    used = [0] * v.shape[1]
    active = list(range(v.shape[1]))
    aims = xp.asarray(list(targets), dtype=v.dtype, device=device)
    state = _State(xp, xp.asarray(v, copy=True), J, model)
    count = 0
    while active:
        near = xp.max(xp.abs(state.F), axis=0)
        # A nan is never below its target: "not above" would let it run to the end of its budget.
        finished = (near <= aims) | ~xp.isfinite(near)
        keep = []
        for position, r in enumerate(active):
            if bool(finished[position]) or count >= budgets[r]:
                done[r], used[r] = state.v[:, position], count
            else:
                keep.append(position)
        if len(keep) < len(active):
            index = xp.asarray(keep, dtype=xp.int64, device=device)
            state.squeeze(index)
            aims = xp.take(aims, index)
            active = [active[position] for position in keep]
        for _ in range(LOOK_EVERY if active else 0):
            state.step()
        count += LOOK_EVERY
    return xp.stack(done, axis=1), used


class _State:
    """The moving columns: displacements, velocities and what FIRE knows about each."""

    def __init__(self, xp: Any, v: Array, J: Array, model: Model) -> None:
        self.xp, self.J, self.model = xp, J, model
        self.edge = spectral_edge(model)
        self.v = v
        self.p = xp.zeros_like(v)
        self.F = force(v, J, model)
        one = xp.ones_like(v[0, :])
        self.dt, self.mix, self.streak = STEP_START * one, MIX_START * one, 0.0 * one

    def squeeze(self, index: Array) -> None:
        for name in ("v", "p", "F"):
            setattr(self, name, self.xp.take(getattr(self, name), index, axis=1))
        for name in ("dt", "mix", "streak"):
            setattr(self, name, self.xp.take(getattr(self, name), index))

    def step(self) -> None:
        xp = self.xp
        downhill = xp.sum(self.F * self.p, axis=0) > 0.0
        self.streak = xp.where(downhill, self.streak + 1.0, 0.0 * self.streak)
        late = self.streak > PATIENCE
        grown = xp.where(late, self.dt * GROW, self.dt)
        self.dt = xp.where(downhill, xp.minimum(grown, STEP_MAX + 0.0 * grown), self.dt * CUT)
        self.dt = xp.maximum(self.dt, 0.02 + 0.0 * self.dt)
        shrunk = xp.where(late, self.mix * MIX_SHRINK, self.mix)
        self.mix = xp.where(downhill, shrunk, MIX_START + 0.0 * self.mix)
        self._steer(downhill)
        stiffness = xp.max(self.model.G.curvature(self.v), axis=0) / self.model.gamma
        tiny = xp.finfo(self.v.dtype).smallest_normal
        h = self.dt / xp.sqrt(self.edge + xp.maximum(stiffness, 0.0 * stiffness) + tiny)
        self.p += h * self.F
        self.v += h * self.p
        self.F = force(self.v, self.J, self.model)

    def _steer(self, downhill: Array) -> None:
        xp = self.xp
        speed = xp.sqrt(xp.sum(self.p * self.p, axis=0))
        pull = xp.sqrt(xp.sum(self.F * self.F, axis=0))
        tiny = xp.finfo(self.v.dtype).smallest_normal
        along = xp.where(downhill, self.mix * speed / (pull + tiny), 0.0 * pull)
        self.p *= xp.where(downhill, 1.0 - self.mix, 0.0 * pull)
        self.p += along * self.F
