"""The import graph of each package: no circle, and few layers."""

from __future__ import annotations

from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

import pytest

grimp = pytest.importorskip("grimp", reason="import-linter is one of the tools of developers")

MOST_LAYERS = {"theory": 8, "sim": 11, "compare": 10}


@pytest.fixture(scope="module")
def graph() -> Any:
    """Imports between modules at run time."""
    return grimp.build_graph("glasswell", exclude_type_checking_imports=True, cache_dir=None)


def rooms(graph: Any, package: str) -> dict[str, set[str]]:
    """What each sub-package and module of a package imports of the others."""
    names = {name.rsplit(".", 1)[1]: name for name in graph.find_children(package)}
    return {
        room: {
            other
            for other, there in names.items()
            if other != room
            and graph.direct_import_exists(importer=name, imported=there, as_packages=True)
        }
        for room, name in names.items()
    }


def layers(imports: Mapping[str, set[str]]) -> list[list[str]]:
    """From the bottom up, as few as there can be: each imports only what lies below.

    Raises
    ------
    CycleError
        If there is a circle.
    """
    sorter = TopologicalSorter(imports)
    sorter.prepare()
    found = []
    while sorter.is_active():
        found.append(sorted(sorter.get_ready()))
        sorter.done(*found[-1])
    return found


@pytest.mark.parametrize("package", MOST_LAYERS)
def test_few_layers_and_no_circle(graph: Any, package: str) -> None:
    found = layers(rooms(graph, f"glasswell.{package}"))
    print(f"{package}: {len(found)} layers,", " < ".join("|".join(layer) for layer in found))
    assert len(found) <= MOST_LAYERS[package]


def test_packages_read_downwards(graph: Any) -> None:
    assert layers(rooms(graph, "glasswell")) == [["theory"], ["sim"], ["compare"]]


def test_a_circle_would_be_noticed() -> None:
    assert layers({"a": {"b"}, "b": {"c"}, "c": set()}) == [["c"], ["b"], ["a"]]
    with pytest.raises(CycleError):
        layers({"a": {"b"}, "b": {"a"}})
