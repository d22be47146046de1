"""A minimisation that is left at any moment and taken up elsewhere ends as if it had not been."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from backends import host
from glasswell.sim import Minima
from glasswell.sim.backend.definite import definite
from glasswell.sim.minima import certify
from glasswell.sim.minima.descent import Descent, descend
from glasswell.sim.minima.descent_steps import Polynomial
from glasswell.sim.minima.front import LOOK_EVERY, REFRESH_EVERY
from glasswell.sim.minima.minimiser import Minimisation, minimise
from glasswell.sim.minima.passes import NEAR, SINGLE_FROM
from glasswell.sim.sample import couplings
from glasswell.theory import Model
from potentials import Cosh

GLASS = Model(gamma=10.0)
WELLS = Model(gamma=1.0, k=-1.0, a=6.0)


def _through_a_file(arrays: Mapping[str, Any]) -> dict[str, Any]:
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    stream.seek(0)
    with np.load(stream, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def _starts(S: int, R: int = 4, N: int = 12) -> tuple[np.ndarray, np.ndarray]:
    """Random columns, one on the saddle at zero, one that is lost."""
    v = np.random.default_rng(4).normal(0.0, 6.0, (S, N, R))
    v[:, :, 1] = 0.0
    v[:, 0, 2] = np.nan
    J = couplings.batch(GLASS, N, seed=2, samples=range(S))
    return v, J


def _same(one: Minima, other: Minima) -> None:
    for name, array in vars(one).items():
        np.testing.assert_array_equal(host(getattr(other, name)), host(array), err_msg=name)


@pytest.mark.parametrize("S", [1, 2])
@pytest.mark.parametrize(
    "model", [GLASS, WELLS, Model(gamma=2.0, potential=Cosh())], ids=["glass", "wells", "cosh"]
)
def test_left_at_any_moment(xp: Any, model: Model, S: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """In descents, between proofs, in the round that follows a saddle."""
    monkeypatch.setattr(certify, "AT_ONCE", 1)
    starts, J = _starts(S)
    v, J = xp.asarray(starts), xp.asarray(J)
    undisturbed = minimise(v, J, model)
    kept, run = [], Minimisation(v, J, model)
    while not run.done:
        kept.append(run.checkpoint())
        run.step()
    _same(undisturbed, run.result())
    assert len({len(arrays["answers"]) for arrays in kept}) > 1
    rounds = {float(arrays["target"][0, 0]) for arrays in kept}
    assert len(rounds) > 1
    # Every one of them goes on alone, the later ones through a file.
    for arrays in kept[:: max(1, len(kept) // 4)]:
        again = Minimisation(v, J, model)
        again.restore(_through_a_file(arrays))
        while not again.done:
            again.step()
        _same(undisturbed, again.result())


def test_proofs_that_are_known_are_not_sought_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certify, "AT_ONCE", 1)
    v, J = _starts(1)
    run, asked = Minimisation(v, J, GLASS), list[int]()

    def counted(*what: Any) -> list[bool]:
        asked.append(1)
        return definite(*what)

    monkeypatch.setattr(certify, "definite", counted)
    while len(run.checkpoint()["answers"]) < 2:
        run.step()
    assert len(asked) == 2
    again = Minimisation(v, J, GLASS)
    again.restore(run.checkpoint())
    left = []
    for one in (run, again):
        asked.clear()
        while not one.done:
            one.step()
        left.append(len(asked))
    assert left[0] == left[1] > 0


def _in_one_go(v: Any, J: Any, rough: Any, target: float) -> tuple[Any, list[int]]:
    """A descent as one loop that nothing can interrupt: columns, and the products each took."""
    state, count = Polynomial(np, v.copy(), J, GLASS, rough), 1
    left, end, used = np.arange(v.shape[-1]), v.copy(), [0] * v.shape[-1]
    while len(left):
        near = np.max(np.abs(state.F[0]), axis=0)
        moving = near > target
        for place in np.flatnonzero(~moving):
            end[0, :, left[place]], used[left[place]] = state.v[0, :, place], count
        if not moving.all():
            state.squeeze(np.flatnonzero(moving))
            left = left[moving]
        for _ in range(LOOK_EVERY if len(left) else 0):
            if count % REFRESH_EVERY == 0:
                state.refresh()
            state.step()
            count += 1
    return end, used


@pytest.mark.parametrize("kernels", ["numba", "reference"])
def test_left_in_the_first_and_in_the_second_pass(kernels: str) -> None:
    """Whose products are in single precision; also as an interruption would find two samples."""
    if kernels == "numba":
        pytest.importorskip("numba")
    v, J = _starts(2, N=SINGLE_FROM)
    undisturbed = minimise(v, J, GLASS, kernels=kernels)
    kept, run = dict[tuple[int, int], list[Any]](), Minimisation(v, J, GLASS, kernels=kernels)
    while not run.done:
        arrays, name = run.checkpoint(), "descent.passes."
        if f"{name}pass" in arrays:
            assert arrays[f"{name}single"]
            where = int(arrays["descent.ended"]), int(arrays[f"{name}pass"])
            kept.setdefault(where, []).append(arrays)
        run.step()
    _same(undisturbed, run.result())
    assert sorted(kept) == [(s, n) for s in range(2) for n in range(2)]
    for several in kept.values():
        assert len(several) > 1
        again = Minimisation(v, J, GLASS, kernels=kernels)
        again.restore(_through_a_file(several[len(several) // 2]))
        while not again.done:
            again.step()
        _same(undisturbed, again.result())


def test_two_passes_are_two_descents_in_one_go() -> None:
    """Bit for bit: near the minima, and on from there with all that is kept computed anew."""
    v, J = _starts(1, N=SINGLE_FROM)
    starts, target = v[..., [0, 3]], 1e-9
    aims, budgets = np.full((1, 2), target), np.full((1, 2), 4000)
    ends, used = descend(starts, J, GLASS, aims, budgets, "reference")
    near, first = _in_one_go(starts, J, J.astype(np.float32), NEAR * target)
    expected, second = _in_one_go(near, J, J.astype(np.float32), target)
    np.testing.assert_array_equal(ends, expected)
    np.testing.assert_array_equal(used[0], np.add(first, second))
    alone, _ = _in_one_go(starts, J, None, target)
    double, _ = descend(starts, J, GLASS, aims, budgets, "reference", "double")
    np.testing.assert_array_equal(double, alone)
    assert not np.array_equal(double, ends)


def test_what_is_kept_tells_the_precision() -> None:
    """A minimisation goes on in its own, whatever the other one was asked for."""
    v, J = _starts(1, N=SINGLE_FROM)
    for own, other in (("single", "double"), ("double", "single")):
        run, again = (Minimisation(v, J, GLASS, precision=name) for name in (own, other))
        for _ in range(3):
            run.step()
        again.restore(run.checkpoint())
        for one in (run, again):
            one.step()
        for name, array in run.checkpoint().items():
            np.testing.assert_array_equal(again.checkpoint()[name], array, err_msg=name)


def test_columns_in_another_order_in_memory() -> None:
    """Products feel it: what was kept comes back in the order that it had."""
    v, J = _starts(1, R=40, N=50)
    columns = np.asfortranarray(v[0])[None]
    assert not columns[0].flags.c_contiguous
    undisturbed = minimise(columns, J, GLASS)
    run = Minimisation(columns, J, GLASS)
    for _ in range(4):
        run.step()
    again = Minimisation(columns, J, GLASS)
    again.restore(_through_a_file(run.checkpoint()))
    while not again.done:
        again.step()
    _same(undisturbed, again.result())


def test_newton_is_done_again_from_where_descent_had_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkpoint between two of its columns holds neither of them half way."""
    v, J = _starts(1)
    far = Descent.__init__

    def short(self: Descent, v: Any, J: Any, model: Any, targets: Any, *more: Any) -> None:
        far(self, v, J, model, 1e4 * targets, *more)

    monkeypatch.setattr(Descent, "__init__", short)
    undisturbed = minimise(v, J, GLASS)
    run, steps = Minimisation(v, J, GLASS), 0
    while not run.done:
        again = Minimisation(v, J, GLASS)
        again.restore(run.checkpoint())
        while not again.done:
            again.step()
        _same(undisturbed, again.result())
        run.step()
        steps += 1
    assert steps > 8


def test_progress_of_a_minimisation() -> None:
    v, J = _starts(2)
    run = Minimisation(v, J, GLASS)
    seen = [run.progress]
    while not run.done:
        run.step()
        seen.append(run.progress)
    assert seen[0] == 0.0
    assert seen[-1] == 1.0
    assert all(0.0 <= x <= 1.0 for x in seen)
    assert np.mean(np.diff(seen) >= 0.0) > 0.9
