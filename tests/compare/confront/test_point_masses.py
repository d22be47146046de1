"""Samples in which everything is the same have distributions without width, and are compared."""

from __future__ import annotations

import numpy as np
import pytest
from glasswell.compare import CompareConfig, compare
from glasswell.compare.confront.fields import equal_widths
from glasswell.theory.model import Model

from ..conftest import Samples

GLASS = Model(gamma=10.0, J0=0.5)
CONFIG = CompareConfig(rsb=(0,), resamples=100)


@pytest.mark.parametrize("field", [3.0, 1e42])
def test_one_field(samples: Samples, field: float) -> None:
    """|h| is the same everywhere: no theory's density is held against it."""
    comparison = compare(
        samples.archive(GLASS, samples.size(np.full((10, 20), field), 0.9, 1.0)), CONFIG
    )
    assert comparison.field_fits == ()
    assert np.all(np.diff(equal_widths(comparison.largest)) > 0)


def test_one_eigenvalue(samples: Samples) -> None:
    """Far up G the couplings are lost in rounding, and all modes have G''(v)/γ."""
    v = np.full((10, 20), 1e29)
    comparison = compare(samples.archive(GLASS, samples.size(1.0, 0.9, v)), CONFIG)
    assert comparison.vibrations[20].eigenvalue == pytest.approx(1e58 / 20, rel=1e-12)
    assert comparison.vibration_fits == ()
