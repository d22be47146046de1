"""Three measurements side by side: ratios that were put in, and what does not count."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from glasswell.compare import CompareError
from glasswell.compare.measured.three_ways import TILTS, WELL_COLUMNS, ThreeWays, rows_by, well_row
from glasswell.compare.sections.three_ways_figures import three_ways_figure
from glasswell.sim.local.three_ways import LocalWells, Status
from glasswell.sim.local.well import Wells

SAMPLES = 60


def _made_up(rng: np.random.Generator, bias: float, spread: float, N: int = 64) -> LocalWells:
    """A sample whose path values are the cavity's times bias (1 + spread noise)."""
    n = int(rng.poisson(1.5))
    V = rng.uniform(0.5, 2.0, n)
    tilt = rng.uniform(0.0, 1.0, n)
    status = np.where(rng.random(n) < tilt**2, Status.NO_SECOND_MINIMUM, Status.REVERSIBLE)
    status[rng.random(n) < 0.1] = Status.NOT_CONVERGED
    cavity = Wells(V, 2 * V * tilt, 6 * np.sqrt(V), np.ones(n), V)
    real = status == Status.REVERSIBLE
    factor = np.where(real, bias * (1 + spread * rng.standard_normal(n)), np.nan)
    path = Wells(*(factor * getattr(cavity, name) for name in vars(cavity)))
    nothing = np.full(n, np.nan)
    return LocalWells(
        N=N,
        site=np.arange(n),
        cavity=cavity,
        constrained=replace(cavity),
        path=path,
        status=status.astype(np.intp),
        avalanche=np.zeros(n),
        hysteresis=np.zeros(n),
        participation=nothing,
        saddle_gradient=nothing,
        direct=real,
    )


def _three(bias: float = 1.0, spread: float = 0.0, seed: int = 1, N: int = 64) -> ThreeWays:
    rng = np.random.default_rng(seed)
    wells = [_made_up(rng, bias, spread, N) for _ in range(SAMPLES)]
    return ThreeWays.of(wells, resamples=200, rng=rng)


def test_a_bias_that_was_put_in_comes_out() -> None:
    exact = _three(bias=1.1)
    for name in ("barrier", "asymmetry", "distance"):
        assert exact.ratio(name, "path").value == pytest.approx(1.1)
        assert exact.ratio(name, "path").error < 1e-12
        assert exact.ratio(name, "constrained").value == pytest.approx(1.0)
        assert exact.scatter(name, "path").value == pytest.approx(0.1)


def test_errors_cover_the_truth_and_not_another() -> None:
    z, wrong = [], []
    for seed in range(40):
        measured = _three(bias=1.1, spread=0.3, seed=seed).ratio("barrier", "path")
        z.append(measured.z(1.1))
        wrong.append(measured.z(1.0))
    assert abs(np.mean(z)) < 3.5 / np.sqrt(40)
    assert 0.7 < np.std(z) < 1.4
    assert np.mean(wrong) > 1.0


def test_shares_count_what_converged() -> None:
    three = _three()
    counts = three.status != Status.NOT_CONVERGED
    assert 0 < counts.sum() < len(counts)
    confirmed = np.count_nonzero(three.status == Status.REVERSIBLE) / counts.sum()
    assert three.confirmed().value == pytest.approx(confirmed)
    missing = three.share(Status.NO_SECOND_MINIMUM)
    assert missing.value == pytest.approx(1.0 - confirmed)
    assert missing.error > 0.0
    upright, tilted = (three.confirmed(inside) for inside in (three.tilt < 0.5, three.tilt >= 0.5))
    assert upright.value - tilted.value > 2.0 * np.hypot(upright.error, tilted.error)


def test_tilt_runs_from_the_symmetric_well_to_the_spinodal() -> None:
    """Of the quartic, for which V = Δ/2 where the second well vanishes."""
    three = _three()
    assert np.all((three.tilt >= TILTS[0]) & (three.tilt <= TILTS[-1]))
    np.testing.assert_allclose(three.values("asymmetry"), three.tilt * 2 * three.values("barrier"))


def test_sizes_are_not_mixed_and_few_samples_have_no_error() -> None:
    rng = np.random.default_rng(0)
    mixed = [_made_up(rng, 1.0, 0.0, N) for N in (64, 128) for _ in range(8)]
    with pytest.raises(CompareError, match="one size"):
        ThreeWays.of(mixed, rng=rng)
    with pytest.raises(CompareError, match="too few"):
        ThreeWays.of(mixed[:3], rng=rng)


def test_table_and_figure_show_every_size() -> None:
    measured = [_three(), _three(seed=2, N=128)]
    whole = well_row("all", measured[0])
    assert len(whole) == len(WELL_COLUMNS)
    assert int(whole[1]) == len(measured[0].status)
    by_tilt = rows_by(measured[0], "tilt", measured[0].tilt, TILTS)
    assert [cells[0] for cells in by_tilt] == [f"tilt {x:g} to {x + 0.25:g}" for x in TILTS[:-1]]
    assert sum(int(cells[1]) for cells in by_tilt) == len(measured[0].status)
    figure = three_ways_figure(measured)
    legend = figure.axes[3].get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == [
        "N = 64",
        "N = 128",
    ]
    drawn = np.asarray(figure.axes[0].lines[0].get_xdata())
    assert len(drawn) == np.count_nonzero(measured[-1].real)
