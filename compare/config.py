"""What a comparison is told: the [theory] and [compare] tables of a TOML file."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

from glasswell.sim import ConfigError
from glasswell.sim.config import LARGEST_SEED, MOST_SAMPLES
from glasswell.sim.equilibrium.jackknife import FEWEST_SAMPLES
from glasswell.sim.toml import refuse_unknown, tables
from glasswell.theory.ansatz.steps import MOST_STEPS

MOST_RESAMPLES = 100_000
"""Errors are then right to a quarter of a per cent; each resample is as long as the samples."""


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

    Examples
    --------
    >>> from glasswell.compare import CompareConfig
    >>> CompareConfig(rsb=(1, 0)).rsb
    (0, 1)
    """

    rsb: tuple[int | Literal["full"], ...] = (0, 1)
    temperature: float = 0.0
    resamples: int = 1000
    seed: int = 1
    local_samples: int = 0

    def __post_init__(self) -> None:
        steps = self.rsb if isinstance(self.rsb, (tuple, list)) else (self.rsb,)
        known = all(k == "full" or _whole(k, 0, MOST_STEPS) for k in steps)
        if not steps or not known or len(set(steps)) != len(steps):
            raise ConfigError(
                f'rsb must be a list of different steps ≥ 0, {MOST_STEPS} at most, or "full", got '
                f"{self.rsb!r}"
            )
        in_order = sorted(steps, key=lambda k: math.inf if k == "full" else k)
        object.__setattr__(self, "rsb", tuple(in_order))
        numeric = isinstance(self.temperature, (int, float))
        if not numeric or isinstance(self.temperature, bool) or self.temperature != 0:
            raise ConfigError(
                f"minima are states of T = 0: set temperature = 0 in [theory], "
                f"got {self.temperature!r}"
            )
        if not _whole(self.resamples, 100, MOST_RESAMPLES):
            raise ConfigError(
                f"resamples must be an integer ≥ 100, {MOST_RESAMPLES} at most, got "
                f"{self.resamples!r}"
            )
        if not _whole(self.seed, 0, LARGEST_SEED):
            raise ConfigError(
                f"seed in [compare] must be an integer ≥ 0, {LARGEST_SEED} at most, got "
                f"{self.seed!r}"
            )
        fits = _whole(self.local_samples, 0, MOST_SAMPLES)
        if not fits or 0 < self.local_samples < FEWEST_SAMPLES:
            raise ConfigError(
                f"local_samples must be 0 or an integer ≥ {FEWEST_SAMPLES}, for error bars, got "
                f"{self.local_samples!r}"
            )


def _whole(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


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
        If it is not TOML, or as ``parse``.
    """
    return parse(tables(text, "the archive's configuration"))
