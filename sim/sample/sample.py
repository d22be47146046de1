"""One disorder sample: the only maker of couplings and of per-site parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import array_api_compat
import numpy as np
from glasswell.theory.model import Model

from .._typing import Array
from ..errors import CouplingError
from . import cavity, couplings, landscape, sites
from .couplings_source import AtHand, Source, source_of
from .ensembles import Ensemble


@dataclass(frozen=True, eq=False, init=False)
class Sample:
    """N sites with their couplings: what a finite system is (physics.md §1).

        U(v) = -½ Σ_{i≠j} J_ij v_i v_j + Σ_i G_i(v_i)/γ_i - H Σ_i v_i

    Parameters
    ----------
    model
        What the sample is drawn from.
    N
        Sites.
    seed, number
        Key of its random streams: the same key gives the same sample on every machine.
    source
        Where couplings come from: "gaussian", "binary", a function of one's own (see
        ``ensembles``), or ``Given.read(file)``.

    Raises
    ------
    SimulationError
        If N < 2, or seed or number is not a non-negative integer.
    CouplingError
        If the ensemble does not return what it should, or a file has no such sample.

    >>> sample = Sample(Model(gamma=10.0), 64, seed=1, number=0)
    >>> sample.J.shape, float(sample.energy(np.zeros(64)))
    ((64, 64), 0.0)
    """

    model: Model
    J: Array
    """(N, N) couplings."""
    parameters: Mapping[str, Array] = field(repr=False)
    """(N,) values of the model's random parameters by name: gamma, k or a."""
    seed: int | None
    """None for couplings from outside."""
    number: int

    def __init__(
        self,
        model: Model,
        N: int,
        *,
        seed: int,
        number: int = 0,
        source: str | Ensemble | Source = "gaussian",
    ) -> None:
        parameters = sites.local_parameters(model, N, seed=seed, sample=number)
        known = source if isinstance(source, AtHand) else source_of(source)
        J = known.couplings(model, N, seed=seed, number=number)
        self._set(model, J, parameters, seed, number)

    def _set(
        self,
        model: Model,
        J: Array,
        parameters: Mapping[str, Array],
        seed: int | None,
        number: int,
    ) -> None:
        values = {
            "model": model, "J": J, "parameters": parameters, "seed": seed, "number": number,
        }  # fmt: skip
        for name, value in values.items():
            object.__setattr__(self, name, value)

    @classmethod
    def from_couplings(
        cls, J: Array, model: Model, *, parameters: Mapping[str, Array] | None = None
    ) -> Sample:
        """A sample with couplings of one's own; J0 and J of the model are then not used.

        Parameters
        ----------
        J
            (N, N), symmetric, with a zero diagonal: an array of any library, or nested lists.
        parameters
            (N,) values of what is random in the model.

        Raises
        ------
        CouplingError
            If J is sparse, not square, not symmetric, not finite, or has a diagonal; if the
            parameters are not those that the model leaves open.

        >>> sample = Sample.from_couplings([[0.0, 1.0], [1.0, 0.0]], Model(gamma=1.0))
        >>> sample.force(np.array([1.0, 0.0])).round(12).tolist()
        [-1.166666666667, 1.0]
        """
        J = _dense(J)
        couplings.check(J)
        if J.ndim != 2:
            raise CouplingError(f"a sample has couplings (N, N), got {tuple(J.shape)}")
        given = {name: np.asarray(x, dtype=np.float64) for name, x in (parameters or {}).items()}
        if set(given) != set(model.random) or any(x.shape != J.shape[:1] for x in given.values()):
            raise CouplingError(
                f"the model leaves open {', '.join(model.random) or 'nothing'} of every site: give "
                f"parameters of shape ({J.shape[0]},) for just these"
            )
        sample = cls.__new__(cls)
        sample._set(model, J, given, None, 0)
        return sample

    @property
    def N(self) -> int:
        """The number of sites."""
        return int(self.J.shape[0])

    @property
    def sites(self) -> sites.AnyModel:
        """The model with the parameters of this sample's sites; the model itself if all agree."""
        return sites.with_parameters(self.model, self.parameters)

    def on(self, xp: Any) -> Sample:
        """The same sample with its couplings in another array namespace, e.g. CuPy's."""
        sample = type(self).__new__(type(self))
        sample._set(self.model, xp.asarray(self.J), self.parameters, self.seed, self.number)
        return sample

    def energy(self, v: Array) -> Array:
        """U(v), total: () for v (N,), (R,) for (N, R)."""
        return landscape.energy(v, self.J, self.sites)

    def force(self, v: Array) -> Array:
        """F_i = -∂U/∂v_i, with the shape of v."""
        return landscape.force(v, self.J, self.sites)

    def hessian(self, v: Array) -> Array:
        """∂²U/∂v_i∂v_j: (N, N) for v (N,), (R, N, N) for (N, R)."""
        return landscape.hessian(v, self.J, self.sites)

    def cavity(self, v: Array) -> cavity.CavityFields:
        """The cavity potential of every site at a minimum v (physics.md §5).

        Raises
        ------
        NotAMinimumError
            If the Hessian at a column is not positive definite.
        """
        return cavity.fields(v, self.J, self.sites)


def _dense(J: Array) -> Array:
    """J as a floating array: lists and integers become NumPy's float64."""
    if isinstance(J, (list, tuple)):
        try:
            return np.asarray(J, dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise CouplingError(
                f"couplings must be N lists of N numbers ({error}): check their lengths"
            ) from error
    if array_api_compat.is_numpy_array(J) and J.dtype.kind in "iu":
        return J.astype(np.float64)
    return J
