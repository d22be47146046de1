"""Every public name says how it is used, and what it says is true."""

from __future__ import annotations

import doctest
import sys
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType
from typing import Any

import pytest

PACKAGES = ("glasswell.theory", "glasswell.sim", "glasswell.compare")
OPTIONS = doctest.ELLIPSIS


def public(package: str) -> Iterator[tuple[str, Any]]:
    """What the ``__init__.pyi`` of a package lists, and what is listed by a package in it."""
    module = import_module(package)
    for name in getattr(module, "__all__", ()):
        found = getattr(module, name)
        yield f"{package}.{name}", found
        if isinstance(found, ModuleType) and hasattr(found, "__path__"):
            yield from public(found.__name__)


def own(module: ModuleType) -> Iterator[tuple[str, Any]]:
    """Functions and classes that a module defines for others."""
    for name, found in vars(module).items():
        if not name.startswith("_") and getattr(found, "__module__", None) == module.__name__:
            yield f"{module.__name__}.{name}", found


# A constant has no docstring of its own.
NAMES = {
    name: found
    for package in PACKAGES
    for name, found in public(package)
    if isinstance(found, ModuleType) or callable(found)
}
DOCUMENTED = NAMES | {
    name: found
    for module in NAMES.values()
    if isinstance(module, ModuleType)
    for name, found in own(module)
}


def examples(name: str, found: Any) -> list[doctest.DocTest]:
    """Those of one docstring; methods have theirs in that of their class."""
    home = found if isinstance(found, ModuleType) else sys.modules[found.__module__]
    finder = doctest.DocTestFinder(recurse=False, exclude_empty=True)
    tests = finder.find(found, name, module=False, globs=vars(home))
    return [test for test in tests if test.examples]


EXAMPLES = {test.name: test for name, found in DOCUMENTED.items() for test in examples(name, found)}


@pytest.mark.parametrize("name", NAMES)
def test_every_public_name_has_an_example(name: str) -> None:
    found = NAMES[name]
    if not isinstance(found, ModuleType):
        assert name in EXAMPLES
    elif not hasattr(found, "__path__"):
        assert any(other in EXAMPLES for other, _ in own(found))


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_are_true(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    result = doctest.DocTestRunner(optionflags=OPTIONS).run(EXAMPLES[name])
    assert result.failed == 0, capsys.readouterr().out


def test_a_wrong_example_is_noticed(capsys: pytest.CaptureFixture[str]) -> None:
    def wrong() -> None:
        """
        >>> 1 + 1
        3
        """

    (test,) = examples("wrong", wrong)
    assert doctest.DocTestRunner(optionflags=OPTIONS).run(test).failed == 1
    assert "Expected" in capsys.readouterr().out
