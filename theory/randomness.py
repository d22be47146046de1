"""A parameter that is drawn independently for every site, from a distribution of scipy.stats."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import ModelError

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Random:
    """A frozen continuous distribution of scipy.stats, compared and hashed by what it is.

    Parameters
    ----------
    distribution
        Its name in scipy.stats, e.g. "uniform".
    parameters
        Names and values of its shape parameters, then ``loc`` and ``scale``.

    Raises
    ------
    ModelError
        If scipy.stats has no such continuous distribution, a parameter is missing, unknown or out
        of range, or the variance is not finite and positive.
    """

    distribution: str
    parameters: tuple[tuple[str, float], ...]

    def __post_init__(self) -> None:
        names = parameter_names(self.distribution)
        given = dict(self.parameters)
        missing = [name for name in names[:-2] if name not in given]
        unknown = [name for name in given if name not in names]
        if missing or unknown:
            raise ModelError(
                f"{self.distribution} takes {', '.join(names)}: got {', '.join(given) or 'none'}"
            )
        values = {"loc": 0.0, "scale": 1.0, **{name: float(x) for name, x in given.items()}}
        object.__setattr__(self, "parameters", tuple((name, values[name]) for name in names))
        mean, variance = (float(moment) for moment in self.frozen.stats("mv"))
        if not (math.isfinite(mean) and math.isfinite(variance) and variance > 0):
            raise ModelError(
                f"{self} has mean {mean:g} and variance {variance:g}: give parameters in range, "
                "with both finite and the variance positive"
            )

    @classmethod
    def of(cls, name: str, frozen: object) -> Random:
        """The value for the parameter ``name``, from a frozen distribution.

        Raises
        ------
        ModelError
            If it is not one, or not a continuous one of scipy.stats.
        """
        # Imported where it is needed: pure models start in half the time without it.
        from scipy import stats

        dist = getattr(frozen, "dist", None)
        if not isinstance(dist, stats.rv_continuous):
            raise ModelError(
                f"{name} must be a number or a frozen continuous distribution such as "
                f"scipy.stats.uniform(8, 4), got {frozen!r}"
            )
        names = parameter_names(dist.name)
        values = dict(zip(names, getattr(frozen, "args", ()), strict=False))
        values |= getattr(frozen, "kwds", {})
        return cls(dist.name, tuple(values.items()))

    @cached_property
    def frozen(self) -> Any:
        """The frozen distribution itself."""
        from scipy import stats

        return getattr(stats, self.distribution)(**dict(self.parameters))

    @property
    def support(self) -> tuple[float, float]:
        """Its least and its largest value."""
        low, high = self.frozen.support()
        return float(low), float(high)

    def quantile(self, u: Floats) -> Floats:
        """The value below which lies the fraction u of all sites."""
        return np.asarray(self.frozen.ppf(u), dtype=np.float64)

    def __repr__(self) -> str:
        inner = ", ".join(f"{name}={value:g}" for name, value in self.parameters)
        return f"{self.distribution}({inner})"


def parameter_names(distribution: str) -> tuple[str, ...]:
    """Names of the parameters of a distribution: shapes, then ``loc`` and ``scale``.

    Raises
    ------
    ModelError
        If scipy.stats has no continuous distribution of this name.
    """
    from scipy import stats

    found = getattr(stats, distribution, None) if isinstance(distribution, str) else None
    if not isinstance(found, stats.rv_continuous):
        raise ModelError(
            f"scipy.stats has no continuous distribution {distribution!r}: take for example "
            "uniform, lognorm, gamma or beta"
        )
    shapes = found.shapes.split(", ") if found.shapes else []
    return (*shapes, "loc", "scale")
