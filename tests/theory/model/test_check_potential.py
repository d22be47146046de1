"""What an object that is no potential is told, and what is kept of one that is."""

from __future__ import annotations

import json
import pickle
from dataclasses import dataclass
from itertools import count
from typing import Any

import numpy as np
import pytest
from backends import host
from glasswell.theory import EvenPolynomial, Model, ModelError, check_potential
from glasswell.theory.model import Described, array_namespace, describe
from glasswell.theory.model.general_potential import General
from potentials import Cosh, Logarithmic, Opaque, Ripples

Array = Any


CALLS = count()


class Quadratic(Cosh):
    def value(self, v: Array) -> Array:
        return v * v / 2

    def slope(self, v: Array) -> Array:
        return 1.0 * v

    def curvature(self, v: Array) -> Array:
        return 0.0 * v + 1.0


class Concave(Quadratic):
    def value(self, v: Array) -> Array:
        return -(v**4)

    def slope(self, v: Array) -> Array:
        return -4.0 * v**3

    def curvature(self, v: Array) -> Array:
        return -12.0 * v * v


class WrongSlope(Cosh):
    def slope(self, v: Array) -> Array:
        return 1.001 * super().slope(v)


class WrongCurvature(Cosh):
    def curvature(self, v: Array) -> Array:
        return super().curvature(v) + 1e-3 * v * v


class Odd(Cosh):
    def value(self, v: Array) -> Array:
        return super().value(v) + 0.01 * v

    def slope(self, v: Array) -> Array:
        return super().slope(v) + 0.01


class Scalar(Cosh):
    def curvature(self, v: Array) -> Array:  # noqa: ARG002
        return 1.0


class Double(Cosh):
    def value(self, v: Array) -> Array:
        return np.cosh(np.asarray(v, dtype=np.float64)) - 1


class OneNumber(Cosh):
    def value(self, v: Array) -> Array:
        return super().value(v) if v > 0 else super().value(-v)


class InPlace(Cosh):
    def value(self, v: Array) -> Array:
        v *= 1.5
        return super().value(v)


class Wall(Cosh):
    def value(self, v: Array) -> Array:
        with np.errstate(all="ignore"):
            return -np.log(1 - v * v)

    def slope(self, v: Array) -> Array:
        with np.errstate(all="ignore"):
            return 2 * v / (1 - v * v)

    def curvature(self, v: Array) -> Array:
        with np.errstate(all="ignore"):
            return 2 * (1 + v * v) / (1 - v * v) ** 2


class Unsteady(Cosh):
    def value(self, v: Array) -> Array:
        return super().value(v) + next(CALLS)


class Infinite(Cosh):
    def curvature(self, v: Array) -> Array:
        return super().curvature(v) / (0.0 * v)


@dataclass
class NotHashable:
    s: float = 1.0

    value = Cosh.value
    slope = Cosh.slope
    curvature = Cosh.curvature


class NoSlope:
    value = Cosh.value
    curvature = Cosh.curvature


REFUSED = {
    "quadratic": (Quadratic(), "grow faster than v²"),
    "concave": (Concave(), "grow faster than v²"),
    "slope": (WrongSlope(), r"slope\(v\) is not the derivative of value\(v\)"),
    "curvature": (WrongCurvature(), r"curvature\(v\) is not the derivative of slope\(v\)"),
    "odd": (Odd(), r"is not even: value\(-"),
    "scalar": (Scalar(), r"curvature\(v\) (has shape|is float)"),
    "double": (Double(), "float64 for v of float32"),
    "one number": (OneNumber(), r"value\(v\) fails on an array of shape \(7,\)"),
    "in place": (InPlace(), "changes v"),
    "wall": (Wall(), "not finite beyond v = 1"),
    "unsteady": (Unsteady(), "from call to call"),
    "infinite": (Infinite(), "not finite"),
    "not hashable": (NotHashable(), "frozen dataclass"),
    "no slope": (NoSlope(), r"has no slope\(v\)"),
    "class": (Cosh, "Cosh is a class"),
    "number": (3.0, r"has no value\(v\)"),
    "text": ("cosh", r"has no value\(v\)"),
    "coefficients": (EvenPolynomial((1.0, 1.0, -1.0)), "does not stabilise"),
}


@pytest.mark.filterwarnings("ignore:divide by zero", "ignore:invalid value")
@pytest.mark.parametrize("name", REFUSED)
def test_refusals(name: str) -> None:
    potential, match = REFUSED[name]
    for make in (check_potential, lambda p: Model(gamma=1.0, potential=p)):
        with pytest.raises(ModelError, match=match) as caught:
            make(potential)  # type: ignore[arg-type]  # what is refused
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "potential",
    [Cosh(), Cosh(b=3.0), Cosh(s=1e-8), Ripples(), Logarithmic(), Logarithmic(w=1e-3)],
    ids=repr,
)
def test_potentials(potential: Any) -> None:
    check_potential(potential)


def test_namespaces(xp: Any) -> None:
    """Every array library, in double and single precision; numbers become numbers."""
    for potential in (Cosh(), Opaque(EvenPolynomial((0.5, -0.1, 0.01)))):
        W = General(potential).shifted(-0.3, scale=0.5)
        v = np.linspace(-2, 2, 5)
        for dtype in (xp.float64, xp.float32):
            for name in ("value", "slope", "curvature"):
                found = getattr(W, name)(xp.asarray(v, dtype=dtype))
                assert found.dtype == dtype
                expected = [getattr(W, name)(float(x)) for x in v]
                assert all(type(x) is float for x in expected)
                np.testing.assert_allclose(host(found), expected, rtol=1e-5, atol=1e-6)
    assert array_namespace(1.0).cosh(0.0) == 1.0


def test_identity() -> None:
    """Models of equal potentials are equal; they are hashed, pickled and shown."""
    model = Model(gamma=2.0, potential=Cosh(s=2.0))
    assert model == Model(gamma=2.0, potential=Cosh(s=2.0))
    assert hash(model) == hash(Model(gamma=2.0, potential=Cosh(s=2.0)))
    assert model != Model(gamma=2.0, potential=Cosh())
    assert pickle.loads(pickle.dumps(model)) == model
    assert "Cosh(s=2.0, b=0.0)" in repr(model)
    assert "potential" not in repr(Model(gamma=2.0))
    with pytest.raises(ModelError, match="quartic"):
        model.rescaled(2.0)
    with pytest.raises(ModelError, match="give one of them"):
        Model(gamma=1.0, coefficients=(1.0, 1.0), potential=Cosh())
    polynomial = EvenPolynomial((0.5, 0.1))
    assert Model(gamma=1.0, potential=polynomial) == Model(gamma=1.0, coefficients=(0.5, 0.1))


def test_what_no_other_process_can_have() -> None:
    @dataclass(frozen=True)
    class Local(Cosh):
        pass

    Model(gamma=1.0, potential=Local())
    with pytest.raises(ModelError, match="another process") as caught:
        check_potential(Local())
    assert "\n" not in str(caught.value)


def test_description() -> None:
    """Plain values that say which potential it was, and tell another one apart."""
    kept = describe(Cosh(s=2.0))
    again = Described.from_table(json.loads(json.dumps(kept.to_table())))
    assert again == kept
    assert repr(again) == "potentials:Cosh(s=2.0, b=0.0)"
    again.check(Cosh(s=2.0))
    for other in (Cosh(), Ripples()):
        with pytest.raises(ModelError, match="is not the one described"):
            again.check(other)
    # The same name and parameters, but another function.
    forged = Described(kept.name, kept.parameters, ((1.0, 0.5), (2.0, 3.0)))
    with pytest.raises(ModelError, match=r"G\(1\) is 1\.08"):
        forged.check(Cosh(s=2.0))
    described = Model(gamma=1.0, potential=again)
    with pytest.raises(ModelError, match="hand it over"):
        described.G.value(1.0)
    with pytest.raises(ModelError, match="object of Python"):
        Described.from_table({"name": "Cosh"})
    values = dict(describe(EvenPolynomial.quartic(1.0, 1.0)).values)
    assert values == pytest.approx({v: v * v / 2 + v**4 / 24 for v in (0.5, 1.0, 2.0)})
