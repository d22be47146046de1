"""The cavity potentials of a sample's sites, U_i(v) = -h_i v - C_i v²/2 + G_i(v)/γ_i.

Everything that is measured on local potentials, double wells (``double_wells``) and quantum levels
(``energy_levels``), starts from these and takes nothing from the theory: the theory's closed forms
and its own basis are the second route, against which the tests hold the first.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from glasswell.theory.model import EvenPolynomial
from numpy.typing import ArrayLike

from .._typing import Bools, Floats, HostArray
from ..backend.devices import to_host
from ..errors import ShapeError


class OnSitePotential(Protocol):
    """G(v) with its first two derivatives, on arrays; an even polynomial is one."""

    def value(self, v: Any, /) -> Any:
        """G(v)."""

    def slope(self, v: Any, /) -> Any:
        """G'(v)."""

    def curvature(self, v: Any, /) -> Any:
        """G''(v)."""


class SiteModel(Protocol):
    """What a model says of its sites: γ and G, each a number or one for every site."""

    @property
    def gamma(self) -> Any:
        """γ."""

    @property
    def G(self) -> Any:
        """G; coefficients of an even polynomial may be arrays over the sites."""


@dataclass(frozen=True)
class CavityPotentials:
    """B local potentials, one after the other, each with its own h, C, γ and G.

    ``shape`` is what they were given in, (S, N) for the sites of S samples; B is its product.

    >>> from glasswell.theory.model import Model
    >>> sites = CavityPotentials.of([0.0, 0.5], 0.3, Model(gamma=10.0))
    >>> sites.shape, len(sites)
    ((2,), 2)
    >>> sites.slope(np.zeros((2, 1))).ravel()
    array([ 0. , -0.5])
    """

    h: Floats
    """(B,) cavity fields."""
    C: Floats
    """(B,) coefficients of -v²/2: the response of the others, J² C in terms of the theory's C."""
    gamma: Floats
    """(B,)."""
    G: OnSitePotential
    """Coefficients of an even polynomial are arrays (B,)."""
    shape: tuple[int, ...]

    @classmethod
    def of(cls, h: ArrayLike, C: ArrayLike, model: SiteModel) -> CavityPotentials:
        """The potentials of measured fields and responses; all arguments broadcast.

        Parameters
        ----------
        h, C
            Cavity fields and responses, as ``cavity.fields`` measures them, on any device.
        model
            Gives γ and G; where sites differ, with one of each per site.

        Raises
        ------
        ShapeError
            If parameters of sites do not broadcast with h and C.
        ModelError
            If the model is one of random sites and not of a sample.
        """
        G = model.G
        coefficients = G.coefficients if isinstance(G, EvenPolynomial) else ()
        given = [to_host(x).astype(np.float64) for x in (h, C, model.gamma, *coefficients)]
        try:
            arrays = np.broadcast_arrays(*given)
        except ValueError:
            shapes = " and ".join(str(x.shape) for x in given if x.ndim)
            raise ShapeError(
                f"h, C and the parameters of sites must have one shape, got {shapes}"
            ) from None
        fields, response, gamma, *rest = (x.ravel() for x in arrays)
        chosen = EvenPolynomial(tuple(rest)) if rest else G
        return cls(fields, response, gamma, chosen, arrays[0].shape)

    def __len__(self) -> int:
        return len(self.h)

    def __getitem__(self, index: HostArray) -> CavityPotentials:
        """Some of them, (b,), by number or by mask."""
        G = self.G
        if isinstance(G, EvenPolynomial):
            G = EvenPolynomial(tuple(c[index] for c in G.coefficients))
        h = self.h[index]
        return replace(self, h=h, C=self.C[index], gamma=self.gamma[index], G=G, shape=h.shape)

    @property
    def known(self) -> Bools:
        """(B,) where h and C are finite."""
        return np.isfinite(self.h) & np.isfinite(self.C)

    def value(self, v: Floats) -> Floats:
        """U at the points v (B, n), the same number for each potential."""
        own = self._columns().value(v) / self.gamma[:, None]
        return np.asarray(own - self.C[:, None] * v**2 / 2 - self.h[:, None] * v)

    def slope(self, v: Floats) -> Floats:
        """U' at the points v (B, n)."""
        own = self._columns().slope(v) / self.gamma[:, None]
        return np.asarray(own - self.C[:, None] * v - self.h[:, None])

    def curvature(self, v: Floats) -> Floats:
        """U'' at the points v (B, n)."""
        return np.asarray(self._columns().curvature(v) / self.gamma[:, None] - self.C[:, None])

    def _columns(self) -> OnSitePotential:
        if not isinstance(self.G, EvenPolynomial):
            return self.G
        return EvenPolynomial(tuple(c[:, None] for c in self.G.coefficients))
