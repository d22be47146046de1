"""Whether an object is a potential, and if not, what is wrong with it."""

from __future__ import annotations

import pickle
from functools import lru_cache
from typing import Any

import numpy as np

from .._typing import Floats
from .errors import ModelError
from .polynomial import EvenPolynomial
from .potential import Potential
from .potential_profile import profile

METHODS = ("value", "slope", "curvature")

SHAPES = ((), (7,), (2, 3), (0,))
"""Of the arrays that the methods are given."""

DISPLACEMENTS = np.geomspace(0.03, 12.0, 25)
"""Where derivatives and symmetry are looked at, in units of the length where G is not harmonic."""

STEP = 1e-3
"""Of a difference of G that is held against G', in the same units: right to about 1e-10."""

SLOPE_TOL = 1e-6
"""Largest difference of a derivative, relative to the sizes of what it is taken from."""

SINGLE_TOL = 1e-3
"""The same between single and double precision."""

SINGLE_LARGEST = 1e15
"""Numbers that single precision can square."""

FIRST = {-2: 1 / 12, -1: -8 / 12, 1: 8 / 12, 2: -1 / 12}


def check_potential(potential: Potential) -> None:
    """Refuse an object that is no on-site potential, saying what is wrong and what to do.

    Looked at are the methods, shapes and precisions of what they return, that they are finite,
    even and odd, the same at every call, and each the derivative of the one before; that G grows
    faster than v²; and that the object can be hashed and pickled. ``Model`` looks at all of it but
    the last, without which a run in one process is possible.

    >>> from glasswell.theory.model import EvenPolynomial
    >>> check_potential(EvenPolynomial.quartic())

    Raises
    ------
    ModelError
        Naming the object and the remedy.
    """
    require(potential)
    check_portable(potential)


def require(potential: Potential) -> None:
    """``check_potential`` but for pickling; once per potential.

    Raises
    ------
    ModelError
        Naming the object and the remedy.
    """
    _check_methods(potential)
    try:
        hash(potential)
    except TypeError as error:
        raise ModelError(
            f"{_named(potential)} cannot be hashed ({error}): make it a frozen dataclass whose "
            "fields are numbers, strings or tuples"
        ) from error
    _require(potential)


def check_portable(potential: Potential) -> None:
    """Refuse a potential that no other process could be given.

    >>> from glasswell.theory.model import EvenPolynomial
    >>> check_portable(EvenPolynomial.quartic())

    Raises
    ------
    ModelError
        If it cannot be pickled, or comes back as something else.
    """
    try:
        again = pickle.loads(pickle.dumps(potential))
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise ModelError(
            f"{_named(potential)} cannot be sent to another process ({error}): define its class at "
            "the top of a module that workers can import"
        ) from error
    v = np.linspace(-1.0, 1.0, 5)
    if not np.array_equal(np.asarray(again.value(v)), np.asarray(potential.value(v))):
        raise ModelError(
            f"{_named(potential)} is not the same after pickling: keep all that it depends on in "
            "its fields"
        )


@lru_cache(maxsize=256)
def _require(potential: Potential) -> None:
    if isinstance(potential, EvenPolynomial):
        EvenPolynomial.checked(potential.coefficients)
        return
    for shape in SHAPES:
        for dtype in (np.float64, np.float32):
            _check_array(potential, np.full(shape, 0.25, dtype=dtype))
    length = profile(potential).length
    v = min(length, profile(potential).horizon / 20) * DISPLACEMENTS
    _check_symmetry(potential, v)
    _check_derivative(potential, v, "value", "slope")
    _check_derivative(potential, v, "slope", "curvature")
    _check_single(potential, v)


def _named(potential: object) -> str:
    return f"the potential {potential!r}"


def _check_methods(potential: object) -> None:
    if isinstance(potential, type):
        raise ModelError(
            f"{potential.__name__} is a class: pass an instance, potential={potential.__name__}()"
        )
    missing = [name for name in METHODS if not callable(getattr(potential, name, None))]
    if missing:
        raise ModelError(
            f"{_named(potential)} has no {missing[0]}(v): a potential has the methods "
            f"{', '.join(METHODS)}, which are G, G' and G''"
        )


def _called(potential: Potential, name: str, v: Any) -> Any:
    try:
        return getattr(potential, name)(v)
    except (TypeError, ValueError, AttributeError, ArithmeticError, LookupError) as error:
        raise ModelError(
            f"{_named(potential)}: {name}(v) fails on an array of shape {v.shape} "
            f"({type(error).__name__}: {error}); write it for arrays, with the functions of "
            "array_namespace(v)"
        ) from error


def _check_array(potential: Potential, v: Any) -> None:
    """Shape and precision of what comes back, twice the same, with v as it was."""
    before = v.copy()
    for name in METHODS:
        given = _called(potential, name, v)
        if np.shape(given) != v.shape:
            raise ModelError(
                f"{_named(potential)}: {name}(v) has shape {np.shape(given)} for v of shape "
                f"{v.shape}; return one number for each v, a constant as 0 * v + constant"
            )
        dtype = getattr(given, "dtype", None)
        if dtype != v.dtype:
            raise ModelError(
                f"{_named(potential)}: {name}(v) is {dtype or type(given).__name__} for v of "
                f"{v.dtype}; keep the precision of v, with numbers of Python's as parameters"
            )
        if not np.array_equal(v, before):
            raise ModelError(f"{_named(potential)}: {name}(v) changes v; return a new array")
        if not np.array_equal(given, _called(potential, name, v), equal_nan=True):
            raise ModelError(
                f"{_named(potential)}: {name}(v) differs from call to call; let it depend on v only"
            )


def _check_symmetry(potential: Potential, v: Floats) -> None:
    for name, sign in zip(METHODS, (1.0, -1.0, 1.0), strict=True):
        there, here = (np.asarray(getattr(potential, name)(x)) for x in (-v, v))
        off = np.abs(there - sign * here) > SLOPE_TOL * np.max(np.abs(here[: len(v) // 2]))
        off &= np.abs(there - sign * here) > SLOPE_TOL * np.abs(here)
        if np.any(off):
            n = int(np.argmax(off))
            raise ModelError(
                f"{_named(potential)} is not even: {name}({-v[n]:.3g}) = {there[n]:.6g} but "
                f"{name}({v[n]:.3g}) = {here[n]:.6g}; a linear term belongs into field"
            )


def _check_derivative(potential: Potential, v: Floats, name: str, derivative: str) -> None:
    function, claimed = getattr(potential, name), np.asarray(getattr(potential, derivative)(v))
    step = STEP * v[0] / DISPLACEMENTS[0]
    near = {n: np.asarray(function(v + n * step)) for n in FIRST}
    found = sum(weight * near[n] for n, weight in FIRST.items()) / step
    rounding = 1e-14 * np.max([np.abs(x) for x in near.values()], axis=0) / step
    size = np.maximum.accumulate(np.abs(claimed))
    off = np.abs(found - claimed) > SLOPE_TOL * size + rounding
    if np.any(off):
        n = int(np.argmax(off))
        raise ModelError(
            f"{_named(potential)}: {derivative}(v) is not the derivative of {name}(v): "
            f"{claimed[n]:.6g} at v = {v[n]:.3g}, differences give {found[n]:.6g}; mend either"
        )


def _check_single(potential: Potential, v: Floats) -> None:
    for name in METHODS:
        function = getattr(potential, name)
        double = np.asarray(function(v))
        v, double = v[np.abs(double) < SINGLE_LARGEST], double[np.abs(double) < SINGLE_LARGEST]
        single = np.asarray(function(v.astype(np.float32)))
        if not np.allclose(
            single, double, rtol=SINGLE_TOL, atol=SINGLE_TOL * np.abs(double).max(initial=0.0)
        ):
            raise ModelError(
                f"{_named(potential)}: {name}(v) is not the same in single precision; keep its "
                "terms of one size, e.g. 2 sinh²(v/2) for cosh(v) - 1"
            )
