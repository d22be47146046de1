"""Sites that differ: where replica symmetry is stable, the averaged theory is exact."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from glasswell.compare import CompareConfig, CompareError, Comparison, compare
from glasswell.compare.measured.lowest_states import LowestStates
from glasswell.compare.page.report import write_report as write
from glasswell.compare.report.titles import model_title
from glasswell.sim import Archive, SimulationConfig, simulate
from glasswell.theory import Model, geometry
from scipy import stats

from ..conftest import Samples

RANDOM = Model(gamma=stats.arcsine(0.5, 6.2), J0=3.0)
CONFIG = CompareConfig(rsb=(0,), resamples=300)


@pytest.fixture(scope="module")
def polarised(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    """Samples of the polarised phase, with γ from 0.5 to 6.7."""
    config = SimulationConfig(sizes=(32, 64), samples=(80, 60), starts=2, states=1, method="quench")
    path = tmp_path_factory.mktemp("polarised") / "samples.h5"
    return simulate(RANDOM, config, path, chunk=80)


def largest_z(comparison: Comparison) -> float:
    return max(abs(p.z) for row in comparison.rows for p in row.predictions)


def test_the_average_over_sites_is_exact_where_symmetry_is_stable(
    polarised: Archive, tmp_path: Path
) -> None:
    """e, q, p, C and P(h) agree; with γ equal to its mean at every site they do not."""
    comparison = compare(polarised, CONFIG)
    assert comparison.stable
    assert {row.key for row in comparison.rows} >= {"energy", "q", "p", "C", "P_h0"}
    assert largest_z(comparison) < 3.0
    (fit,) = comparison.field_fits
    assert fit.deviation.p_value > 0.01
    write(comparison, tmp_path)
    assert "γ from arcsine(loc=0.5, scale=6.2)" in (tmp_path / "report.html").read_text()

    mean = Model(gamma=3.6, J0=3.0)
    provenance = replace(polarised.provenance, model=mean)
    alike = compare(Archive(polarised.sizes, provenance), CONFIG)
    assert largest_z(alike) > 5.0


def test_wells_are_those_of_every_sites_own_potential(samples: Samples) -> None:
    """At h = 0 and C = 0.2 a site has two wells where γ_i C > k_i, with barrier 3γB²/2a."""
    model = Model(gamma=stats.uniform(1, 20), k=stats.uniform(0.5, 1))
    gamma = np.tile([4.0, 8.0, 12.0], (10, 1))
    k = np.tile([1.0, 1.0, 1.5], (10, 1))
    data = samples.size(np.zeros((10, 3)), 0.2, 1.0, parameters={"gamma": gamma, "k": k})
    wells = LowestStates.of(data, model, 200, 1, polarised=False).wells
    assert wells.double[0].tolist() == [False, True, True]
    B = 0.2 - k[0, 1:] / gamma[0, 1:]
    np.testing.assert_allclose(wells.barrier[0, 1:], 1.5 * gamma[0, 1:] * B**2, rtol=1e-12)
    alone = geometry(0.0, 0.2, Model(gamma=12.0, k=1.5))
    assert wells.exponent[3, 2] == pytest.approx(float(alone.exponent), rel=1e-12)


def test_an_archive_without_its_parameters_is_refused(samples: Samples) -> None:
    data = samples.size(np.zeros((10, 3)), 0.2, 1.0)
    with pytest.raises(CompareError, match="does not hold the gamma"):
        LowestStates.of(data, RANDOM, 200, 1, polarised=False)


def test_titles() -> None:
    assert model_title(Model(gamma=10.0)) == "γ = 10, J0 = 0"
    uniform = Model(gamma=stats.uniform(8, 4), k=stats.norm(1, 0.5), J0=0.5)
    assert model_title(uniform) == "γ uniform in 8–12, k from norm(loc=1, scale=0.5), J0 = 0.5"
