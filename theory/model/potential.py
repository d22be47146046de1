"""The on-site potential G(v): even, and growing faster than v².

A user's potential is any object with ``value``, ``slope`` and ``curvature`` (``Potential``). The
solvers ask more of it (``EvenFunction``): of a polynomial that is known in closed form
(``polynomial``), of every other potential it is found out (``general``).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol, Self

import array_api_compat
import array_api_compat.numpy as numpy_namespace

from .._typing import Array, Floats


def array_namespace(v: Array) -> Any:
    """The array library of v, NumPy for numbers: what a potential takes its functions from.

    >>> import numpy as np
    >>> array_namespace(np.ones(3)).cosh(0.0)
    np.float64(1.0)
    """
    if array_api_compat.is_array_api_obj(v):
        return array_api_compat.array_namespace(v)
    return numpy_namespace


class Potential(Protocol):
    """G(v): what a model needs to know of its on-site potential, before the division by γ.

    G is even, smooth, finite for every v, and grows faster than v². The three methods take an
    array of any array-API library (``array_namespace`` names it), of any shape, in double or in
    single precision, and return a new array of this shape and precision. The object never changes:
    make it a frozen dataclass, whose fields are its parameters. ``check_potential`` looks at all
    of that, and so does ``Model``.

    A method ``taylor(v)``, the list of G^(m)(v)/m! for m = 0, 1, …, 4 or more, is used where there
    is one; else derivatives beyond the second are taken from differences.

    >>> from dataclasses import dataclass
    >>> from glasswell.theory import Model, solve
    >>> @dataclass(frozen=True)
    ... class Cosh:
    ...     s: float = 1.0
    ...     def value(self, v):
    ...         return self.s * (array_namespace(v).cosh(v) - 1)
    ...     def slope(self, v):
    ...         return self.s * array_namespace(v).sinh(v)
    ...     def curvature(self, v):
    ...         return self.s * array_namespace(v).cosh(v)
    >>> solve(Model(gamma=2.0, potential=Cosh())).converged
    True
    """

    def __hash__(self) -> int:
        """Equal potentials are one: what is found out about G is found out once."""

    def value(self, v: Array) -> Array:
        """G(v)."""

    def slope(self, v: Array) -> Array:
        """G'(v)."""

    def curvature(self, v: Array) -> Array:
        """G''(v)."""


class EvenFunction(Potential, Protocol):
    """W(v) = scale · G(v) + c_1 v², and what solvers ask of it.

    Its parameters are numbers, or arrays that broadcast against v: one function each. A model's G
    is one.

    >>> from glasswell.theory.model import Model
    >>> W = Model(gamma=10.0).G.shifted(-0.5, scale=0.1)  # G(v)/γ - v²/2
    >>> round(float(W.rest_points()[0]), 4)               # W'(v) = 0
    7.3485
    """

    @property
    def parameters(self) -> tuple[Array, ...]:
        """All that may differ from one function to the next."""

    def with_parameters(self, values: Iterable[Array]) -> Self:
        """The same kind of function with other parameters."""

    def shifted(self, c_1: Array, scale: Array = 1.0) -> Self:
        """The function scale · W(v) + c_1 v²."""

    def taylor(self, v: Array) -> list[Array]:
        """W^(m)(v)/m! for m = 0, 1, …, 4 or more."""

    def inflections(self, shape: tuple[int, ...] = ()) -> Floats:
        """All v > 0 with W''(v) = 0, ascending along a last axis, NaN beyond the last.

        Parameters broadcast to ``shape``.
        """

    def rest_points(self) -> Floats:
        """All v > 0 with W'(v) = 0, ascending (n,); of parameters that are numbers."""

    def reach(self, h: Floats, last: Floats) -> Floats:
        """Some v > 0 beyond all stationary points of W(v) - h v and all inflections.

        ``last`` is the largest inflection, zero without one, with the shape of h.
        """

    def beyond(self, h: float, above: float) -> float:
        """Some v > ``above`` with W'(v) > h, where W' increases from there on."""

    def width(self, depth: float) -> float:
        """A displacement from which to search for where W has risen by ``depth``, by doubling."""

    @property
    def closed_form(self) -> bool:
        """True for k v²/2 + a v⁴/4!, of which everything is known in closed form."""

    @property
    def two_wells_at_most(self) -> bool:
        """True if W(v) + c_1 v² - h v has one or two minima whatever c_1 and h are."""

    @property
    def stiffening(self) -> bool:
        """True if it is known that W'' does not fall as |v| grows."""

    @property
    def entire(self) -> bool:
        """True if exp(-W) is known to be analytic for every complex v."""

    @property
    def length(self) -> float:
        """The displacement at which G is no longer harmonic, for J = 1; 1/√a for the quartic."""

    @property
    def horizon(self) -> float:
        """The largest |v| at which numbers can hold W."""


class SitePotential(Protocol):
    """G(v)/γ of one site or of many: a model, or arrays that broadcast against fields and more."""

    @property
    def gamma(self) -> Array:
        """γ, a number or an array."""

    @property
    def G(self) -> EvenFunction:
        """G, with numbers or arrays as its parameters."""


@dataclass(frozen=True)
class OnSite:
    """Nothing but γ and G."""

    gamma: Array
    G: EvenFunction
