"""What decides on last bits is named in the archive, and what differs is told."""

from __future__ import annotations

from glasswell.sim.run.provenance import difference, joined, versions
from glasswell.theory import Model
from threadpoolctl import threadpool_info


def test_the_linear_algebra_is_named() -> None:
    """Library, version and the kernels for this processor, of NumPy and of SciPy."""
    found = versions("cpu", Model(gamma=10.0))["blas"]
    assert found != "unknown"
    for info in threadpool_info():
        if info["user_api"] == "blas":
            assert str(info["version"]) in found


def test_versions_are_joined_and_told_apart() -> None:
    one, other = {"numpy": "2.0", "blas": "a"}, {"numpy": "2.1", "blas": "a"}
    assert joined([one, one]) == one
    assert joined([one, other, one]) == {"numpy": "2.0 or 2.1", "blas": "a"}
    assert joined([joined([one, other]), other]) == joined([one, other])
    assert difference(one, other) == "numpy 2.0 or 2.1"
    assert difference(one, one) == ""
