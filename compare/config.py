"""What a comparison is told: the [theory] and [compare] tables of a TOML file."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

from glasswell.sim import ConfigError
from glasswell.sim.config import refuse_unknown
from glasswell.sim.jackknife import FEWEST_SAMPLES
from glasswell.sim.printable import printable


@dataclass(frozen=True)
class CompareConfig:
    """Which theory to hold the samples against, and how errors are estimated.

    Parameters
    ----------
    rsb
        Steps of replica-symmetry breaking, or "full", each solved and compared.
    temperature
        Of the theory; minima are compared with T = 0.
    resamples
        Bootstrap resamples of the disorder samples.
    seed
        Of the bootstrap.
    local_samples
        Of every size, whose double wells are also measured by constrained relaxation and along
        paths, and whose lowest states are looked for again in small random fields.

    Raises
    ------
    ConfigError
        If a value makes no sense.
    """

    rsb: tuple[int | Literal["full"], ...] = (0, 1)
    temperature: float = 0.0
    resamples: int = 1000
    seed: int = 1
    local_samples: int = 0

    def __post_init__(self) -> None:
        steps = self.rsb if isinstance(self.rsb, (tuple, list)) else (self.rsb,)
        known = all(k == "full" or _whole(k, 0) for k in steps)
        if not steps or not known or len(set(steps)) != len(steps):
            raise ConfigError(
                f'rsb must be a list of different steps ≥ 0 or "full", got {self.rsb!r}'
            )
        in_order = sorted(steps, key=lambda k: math.inf if k == "full" else k)
        object.__setattr__(self, "rsb", tuple(in_order))
        numeric = isinstance(self.temperature, (int, float)) and math.isfinite(self.temperature)
        if not numeric or isinstance(self.temperature, bool) or self.temperature != 0:
            raise ConfigError(
                f"minima are states of T = 0: set temperature = 0 in [theory], "
                f"got {self.temperature!r}"
            )
        if not _whole(self.resamples, 100):
            raise ConfigError(f"resamples must be an integer ≥ 100, got {self.resamples!r}")
        if not _whole(self.seed, 0):
            raise ConfigError(f"seed in [compare] must be an integer ≥ 0, got {self.seed!r}")
        if not _whole(self.local_samples, 0) or 0 < self.local_samples < FEWEST_SAMPLES:
            raise ConfigError(
                f"local_samples must be 0 or an integer ≥ {FEWEST_SAMPLES}, for error bars, got "
                f"{self.local_samples!r}"
            )


def _whole(value: object, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def parse(table: Mapping[str, Any]) -> CompareConfig:
    """The [theory] and [compare] tables of a configuration.

    Raises
    ------
    ConfigError
        If a key is unknown or a value makes no sense.
    """
    theory, compare = table.get("theory", {}), table.get("compare", {})
    refuse_unknown("key in [theory]", theory, ("rsb", "temperature"))
    known = [f.name for f in fields(CompareConfig) if f.name not in ("rsb", "temperature")]
    refuse_unknown("key in [compare]", compare, known)
    return CompareConfig(**theory, **compare)


def from_text(text: str) -> CompareConfig:
    """The same from a configuration's text, as an archive keeps it.

    Raises
    ------
    ConfigError
        As ``parse``, or if the text is not TOML with these tables.
    """
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(
            f"the configuration in the archive is not valid TOML: {printable(error)}"
        ) from error
    for name in ("theory", "compare"):
        if not isinstance(table.get(name, {}), dict):
            raise ConfigError(f"the configuration in the archive has no table [{name}]")
    return parse(table)
