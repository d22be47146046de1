"""A sampler put together from a method's name, an object, and options of all kinds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import MISSING
from typing import Any

from glasswell.theory.model.toml import refuse_unknown

from ..errors import ConfigError, SimulationError
from . import registry
from .base import Sampler
from .contract import require_sampler
from .registry import BUILT_IN


def built_in_defaults() -> dict[str, Any]:
    """The options of all built-in samplers, with their defaults."""
    return {k: v for kind in BUILT_IN.values() for k, v in registry.defaults_of(kind).items()}


def assembled(
    method: object,
    sampler: Sampler | None,
    options: Mapping[str, Any],
    unused: Mapping[str, Any],
    beside: Iterable[str] = (),
) -> tuple[Sampler, dict[str, Any]]:
    """The sampler, and the options of other methods that it does not use.

    Parameters
    ----------
    method, sampler
        One of them, or both of them where an object is changed into another method's.
    options
        As given, which go before the sampler's own.
    beside
        Names of what is set beside the options, which a wrong name may have been meant for.

    Raises
    ------
    ConfigError, SimulationError
        As ``SimulationConfig``.
    """
    if sampler is not None:
        require_sampler(sampler)
    if sampler is not None and method in (None, registry.method_of(sampler)):
        kind = type(sampler)
    else:
        kind = registry.find("anneal" if method is None else method)
    own_names, others = registry.defaults_of(kind), built_in_defaults()
    refuse_unknown("option of a simulation", options, (*own_names, *others, *beside))
    held = {} if sampler is None else registry.options_of(sampler)
    pool = {**unused, **held, **options}
    own = {name: value for name, value in pool.items() if name in own_names}
    if options or not isinstance(sampler, kind):
        missing = [n for n, x in own_names.items() if x is MISSING and n not in own]
        if missing:
            raise ConfigError(f"the method {method!r} needs {missing[0]}: give it a value")
        sampler = require_sampler(kind(**own))
    rest = {n: x for n, x in pool.items() if n in others and n not in own_names}
    return sampler, _checked(rest, registry.method_of(sampler))


def _checked(unused: Mapping[str, Any], method: str) -> dict[str, Any]:
    """Options that are not used make sense all the same; those that are as by default are left out.

    Raises
    ------
    SimulationError
        If one does not.
    """
    found: dict[str, Any] = {}
    for kind in BUILT_IN.values():
        defaults = registry.defaults_of(kind)
        given = {name: value for name, value in unused.items() if name in defaults}
        valid = registry.options_of(kind(**given))
        found |= {name: valid[name] for name in given if valid[name] != defaults[name]}
    if "precision" in found:
        raise SimulationError(
            f'precision "{found["precision"]}" is for anneals: leave it out with method "{method}"'
        )
    return found
