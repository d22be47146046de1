"""A potential in words and numbers: what an archive keeps of it, since it cannot keep code.

Reading an archive never imports or runs anything that it names. What comes back is a ``Described``,
which can be looked at and compared, and which the reader replaces by the potential itself.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, NoReturn

import numpy as np

from .._typing import Array
from .errors import ModelError
from .polynomial import EvenPolynomial
from .potential import Potential
from .potential_profile import profile

AT = (0.5, 1.0, 2.0)
"""Displacements at which G is written down, so that another G of the same name is told apart; in
units of the length where it is no longer harmonic."""

SAME = 1e-8
"""Values of G that differ by less, relatively, are equal: libraries differ in the last digits."""

DIGITS = 10
"""Significant digits that are kept of G, the same on every machine."""


@dataclass(frozen=True)
class Described:
    """What is known of a potential that is not at hand.

    ``name`` is that of its class with its module, ``parameters`` are the fields of a dataclass as
    text, ``values`` some pairs (v, G(v)).

    >>> Described("mymodule:Cosh", (("s", "1.0"),), ((1.0, 0.543),))
    mymodule:Cosh(s=1.0)
    """

    name: str
    parameters: tuple[tuple[str, str], ...] = ()
    values: tuple[tuple[float, float], ...] = ()

    @classmethod
    def from_table(cls, table: Mapping[str, Any]) -> Described:
        """Of what ``to_table`` made.

        Raises
        ------
        ModelError
            If the table is something else.
        """
        try:
            name, parameters, values = (table[key] for key in ("name", "parameters", "values"))
            pairs = tuple((str(key), str(value)) for key, value in parameters.items())
            return cls(str(name), pairs, tuple((float(v), float(G)) for v, G in values))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ModelError(
                "a potential is an object of Python: give it to Model(potential=…), or write "
                "coefficients here"
            ) from error

    def to_table(self) -> dict[str, Any]:
        """Plain values: what JSON and TOML can hold."""
        return {
            "name": self.name,
            "parameters": dict(self.parameters),
            "values": [list(pair) for pair in self.values],
        }

    def check(self, potential: Potential) -> None:
        """Refuse a potential that is not the one described.

        Raises
        ------
        ModelError
            If its parameters or its values differ.
        """
        other = describe(potential)
        if self == other:
            return
        if self.parameters != other.parameters:
            raise ModelError(f"the potential given, {other}, is not the one described, {self}")
        for v, G in self.values:
            here = float(potential.value(np.asarray(v)))
            if not math.isclose(here, G, rel_tol=SAME, abs_tol=SAME * abs(self.values[-1][1])):
                raise ModelError(
                    f"the potential given, {other}, is not the one described, {self}: G({v:g}) is "
                    f"{here:.10g} and not {G:.10g}"
                )

    def value(self, v: Array) -> Array:  # noqa: ARG002
        """G(v), which is not known."""
        self._missing()

    def slope(self, v: Array) -> Array:  # noqa: ARG002
        """G'(v), which is not known."""
        self._missing()

    def curvature(self, v: Array) -> Array:  # noqa: ARG002
        """G''(v), which is not known."""
        self._missing()

    def _missing(self) -> NoReturn:
        raise ModelError(
            f"the potential {self} is a class of Python and not in the file: hand it over there, "
            "as in compare(archive, config, potential=…) or archive.with_potential(…)"
        )

    def __repr__(self) -> str:
        return f"{self.name}({', '.join(f'{name}={value}' for name, value in self.parameters)})"


def describe(potential: Potential) -> Described:
    """A potential as an archive keeps it.

    >>> from glasswell.theory.model import EvenPolynomial
    >>> describe(EvenPolynomial.quartic(1.0, 1.0)).values
    ((0.5, 0.1276041667), (1.0, 0.5416666667), (2.0, 2.666666667))
    """
    if isinstance(potential, Described):
        return potential
    kind = type(potential)
    parameters = (
        tuple((field.name, repr(getattr(potential, field.name))) for field in fields(potential))
        if is_dataclass(potential)
        else ()
    )
    length = (
        potential.length if isinstance(potential, EvenPolynomial) else profile(potential).length
    )
    at = [_rounded(x * length, 2) for x in AT]
    values = tuple((v, _rounded(float(potential.value(np.asarray(v))), DIGITS)) for v in at)
    return Described(f"{kind.__module__}:{kind.__qualname__}", parameters, values)


def _rounded(x: float, digits: int) -> float:
    return float(f"{x:.{digits}g}")
