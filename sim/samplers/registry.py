"""Samplers by name: the built-in ones, those that a user has registered, those only described."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, NoReturn

from glasswell.theory.model import Model

from ..errors import ConfigError, SimulationError
from . import options as kinds
from .anneal import Anneal
from .base import Batch, Run, Sampler
from .contract import name_of, plain, plain_options, require_class
from .quench import Quench
from .temper import Temper

BUILT_IN: Mapping[str, type[Sampler]] = {"anneal": Anneal, "quench": Quench, "temper": Temper}
"""By the name that a configuration gives them."""

_registered: dict[str, type[Sampler]] = {}


def register(name: str, kind: type[Sampler]) -> None:
    """Let ``method = "name"`` in a configuration mean a sampler of one's own, in this process.

    Its options are then keys of [simulation], beside those that all samplers share.

    Raises
    ------
    SimulationError
        If the name is taken, or as ``contract.require_class``.

    Examples
    --------
    >>> from glasswell.sim import Quench, SimulationConfig, register
    >>> register("rapid", Quench)  # or a class of one's own, at the top of a module
    >>> SimulationConfig(method="rapid", starts=4).sampler.starts
    4
    """
    if name in BUILT_IN or not name or ":" in name:
        raise SimulationError(f"no sampler of one's own can be named {name!r}: choose another name")
    _registered[name] = require_class(kind)


def find(name: object) -> type[Sampler]:
    """The class of a method.

    Raises
    ------
    SimulationError
        If there is none of this name.
    """
    known = {**BUILT_IN, **_registered}
    if not isinstance(name, str) or name not in known:
        raise SimulationError(f"unknown method {name!r}: choose one of {', '.join(known)}")
    return known[name]


def method_of(sampler: Sampler) -> str:
    """The name of a built-in sampler; "module:class" of any other."""
    if isinstance(sampler, Described):
        return sampler.name
    names = {kind: name for name, kind in BUILT_IN.items()}
    return names.get(type(sampler)) or name_of(type(sampler))


def is_built_in(sampler: Sampler) -> bool:
    """Whether options are stored one by one, as keys of [simulation]."""
    return type(sampler) in BUILT_IN.values()


def defaults_of(kind: type[Sampler]) -> dict[str, Any]:
    """The options of a class, with their defaults; MISSING where there is none."""
    return {
        option.name: option.default if option.default is not MISSING else _made(option)
        for option in fields(kind)  # type: ignore[arg-type]  # a dataclass by contract
    }


def _made(option: Any) -> Any:
    return MISSING if option.default_factory is MISSING else option.default_factory()


def options_of(sampler: Sampler) -> dict[str, Any]:
    """The options of a sampler as they are."""
    return {option.name: getattr(sampler, option.name) for option in fields(sampler)}  # type: ignore[arg-type]  # a dataclass by contract


def stored_options(sampler: Sampler) -> dict[str, Any]:
    """The options of a sampler from outside, as plain values."""
    return dict(sampler.options) if isinstance(sampler, Described) else plain_options(sampler)


@dataclass(frozen=True)
class Described(Sampler):
    """A sampler from outside, as an archive tells it: its name and its options, but no code.

    >>> Described("mymodule:MySampler", 8, {"kick": 0.5}).label(64)
    '8 starts of mymodule:MySampler'
    """

    name: str
    starts: int = field(metadata=kinds.COUNT)
    options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Options of any kind, as plain values.

        Raises
        ------
        ConfigError
            If they are no table.
        SimulationError
            If starts is no positive integer, or an option no plain value.
        """
        super().__post_init__()
        if not isinstance(self.options, Mapping):
            raise ConfigError(f"options must be a table of {self.name}'s, got {self.options!r}")
        object.__setattr__(self, "options", plain(self.options, f"{self.name} options"))

    def label(self, N: int) -> str:  # noqa: ARG002
        """ "8 starts of mymodule:MySampler"."""
        return f"{self.starts} starts of {self.name}"

    def check(self, model: Model, sizes: Sequence[int]) -> None:  # noqa: ARG002
        """Refuse to run.

        Raises
        ------
        SimulationError
            Always: an archive holds no code.
        """
        self._refuse()

    def init(self, batch: Batch) -> Run:  # noqa: ARG002
        """As ``check``."""
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise SimulationError(
            f"the sampler {self.name} is only described here: run it from Python, with "
            "SimulationConfig(sampler=…)"
        )
