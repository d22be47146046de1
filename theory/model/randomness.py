"""A parameter that is drawn independently for every site, from a distribution of scipy.stats."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from .._typing import Floats
from .errors import ModelError

NARROWEST = 1e-12
"""Standard deviation in units of the mean, below which differences of values are rounding."""


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

    Examples
    --------
    >>> from scipy import stats
    >>> from glasswell.theory import Random
    >>> gamma = Random.of("gamma", stats.uniform(8, 4))
    >>> gamma
    uniform(loc=8, scale=4)
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
        mean, variance = self.mean, self.variance
        if not (math.isfinite(mean) and math.isfinite(variance) and variance > 0):
            raise ModelError(
                f"{self} has mean {mean:g} and variance {variance:g}: give parameters in range, "
                "with both finite and the variance positive"
            )
        if not math.sqrt(variance) > NARROWEST * abs(mean):
            raise ModelError(f"{self} is narrower than rounding at its mean: give a number instead")

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

    @cached_property
    def mean(self) -> float:
        """Its mean."""
        return float(self._asked("stats", "m"))

    @cached_property
    def variance(self) -> float:
        """Its variance."""
        return float(self._asked("stats", "v"))

    @property
    def support(self) -> tuple[float, float]:
        """Its least and its largest value."""
        low, high = self._asked("support")
        return float(low), float(high)

    def density(self, x: float) -> float:
        """The probability density at x."""
        return float(self._asked("pdf", x))

    def quantile(self, u: Floats) -> Floats:
        """The value below which lies the fraction u of all sites."""
        return np.asarray(self._asked("ppf", u), dtype=np.float64)

    def upper_quantile(self, u: Floats) -> Floats:
        """The value above which lies the fraction u of all sites."""
        return np.asarray(self._asked("isf", u), dtype=np.float64)

    def _asked(self, function: str, *arguments: Any) -> Any:
        """What a function of scipy's says, or a refusal where it breaks down.

        Moments and quantiles without a closed form are found by quadrature and root finding, which
        end in errors of many kinds, and warn on their way, if parameters are extreme.
        """
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                return getattr(self.frozen, function)(*arguments)
        except (ArithmeticError, ValueError, TypeError, RuntimeError) as error:
            raise ModelError(
                f"scipy.stats cannot evaluate {self} ({error}): take parameters closer to one, or "
                "another distribution"
            ) from error

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
