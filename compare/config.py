"""What a comparison is told: the [theory] and [compare] tables of a TOML file."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import attrs
from glasswell.sim.config import MOST_SAMPLES
from glasswell.sim.equilibrium.jackknife import FEWEST_SAMPLES
from glasswell.theory.ansatz.rsb_steps import MOST_STEPS, Steps, is_steps
from glasswell.theory.model import ConfigError, toml
from glasswell.theory.model.validators import LARGEST_SEED, integer

RESAMPLES = 1000
"""Of the bootstrap, if nothing else is asked for."""

FEWEST_RESAMPLES, MOST_RESAMPLES = 100, 100_000
"""Errors are right to 7 % with the fewest, to a quarter of a per cent with the most; each resample
is as long as the samples."""

THEORY_KEYS = ("rsb", "temperature")


def _in_order(steps: Any) -> Any:
    """Steps, fewest first, from a list or from a single one; anything else as it is."""
    given = tuple(steps) if isinstance(steps, (tuple, list)) else (steps,)
    if not all(is_steps(k) for k in given):
        return steps
    return tuple(sorted(given, key=lambda k: math.inf if k == "full" else k))


def _different_steps(_instance: object, _field: object, steps: Any) -> None:
    known = isinstance(steps, tuple) and all(is_steps(k) for k in steps)
    if not known or not steps or len(set(steps)) != len(steps):
        raise ConfigError(
            f'rsb must be a list of different steps ≥ 0, {MOST_STEPS} at most, or "full", got '
            f"{steps!r}"
        )


def _zero(_instance: object, _field: object, value: Any) -> None:
    numeric = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not numeric or value != 0:
        raise ConfigError(
            f"minima are states of T = 0: set temperature = 0 in [theory], got {value!r}"
        )


@attrs.frozen
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
    >>> config = CompareConfig(rsb=["full", 0])
    >>> config.rsb, config.replace(rsb=1, resamples=200).resamples
    ((0, 'full'), 200)
    """

    rsb: tuple[Steps, ...] = attrs.field(
        default=(0, 1), converter=_in_order, validator=_different_steps
    )
    temperature: float = attrs.field(default=0.0, validator=_zero)
    resamples: int = attrs.field(
        default=RESAMPLES, validator=integer(least=FEWEST_RESAMPLES, most=MOST_RESAMPLES)
    )
    seed: int = attrs.field(
        default=1, validator=integer(least=0, most=LARGEST_SEED, name="seed in [compare]")
    )
    local_samples: int = attrs.field(
        default=0, validator=integer(least=FEWEST_SAMPLES, most=MOST_SAMPLES, or_zero=True)
    )

    def replace(self, **changes: Any) -> CompareConfig:
        """The same configuration with other values.

        Raises
        ------
        ConfigError
            If one of them is unknown, or makes no sense.
        """
        known = [field.name for field in attrs.fields(CompareConfig)]
        toml.refuse_unknown("option of a comparison", changes, known)
        return attrs.evolve(self, **changes)


def parse(table: Mapping[str, Any]) -> CompareConfig:
    """The [theory] and [compare] tables of a configuration.

    Raises
    ------
    ConfigError
        If a key is unknown or a value makes no sense.
    """
    theory, compare = table.get("theory", {}), table.get("compare", {})
    toml.refuse_unknown("key in [theory]", theory, THEORY_KEYS)
    known = [f.name for f in attrs.fields(CompareConfig) if f.name not in THEORY_KEYS]
    toml.refuse_unknown("key in [compare]", compare, known)
    return CompareConfig(**theory, **compare)


def from_text(text: str) -> CompareConfig:
    """The same from a configuration's text, as an archive keeps it.

    Raises
    ------
    ConfigError
        If it is not TOML, or as ``parse``.
    """
    return parse(toml.tables(text, "the archive's configuration"))
