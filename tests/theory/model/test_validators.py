"""Fields of configurations: what is accepted, and what a refusal says and is."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any, ClassVar

import attrs
import pytest
from glasswell.theory.model import ConfigError, GlasswellError, Model, ModelError, SolveError
from glasswell.theory.model.validators import (
    MOST,
    each,
    integer,
    number,
    one_of,
    positive,
    validate,
    validated,
)


@attrs.frozen
class Options:
    """One field of every kind."""

    sweeps: int = attrs.field(default=10, validator=integer(least=1))
    samples: int = attrs.field(default=0, validator=integer(least=8, or_zero=True))
    seed: int = attrs.field(default=1, validator=integer(least=0, name="seed in [here]"))
    shift: float = attrs.field(default=0, validator=number())
    friction: float = attrs.field(default=0.1, validator=positive(low=1e-6, high=1e6))
    kind: str = attrs.field(default="a", validator=one_of("a", "b"))
    sizes: tuple[int, ...] = attrs.field(
        default=(2,), validator=each(integer(least=2), of="integers")
    )
    rungs: int | None = attrs.field(
        default=None, validator=attrs.validators.optional(integer(least=2))
    )


@attrs.frozen
class Own(Options):
    """The same with an error of its own."""

    refusal: ClassVar[type[GlasswellError]] = SolveError


@dataclass(frozen=True)
class Plain:
    """A dataclass with the same validators."""

    refusal: ClassVar[type[GlasswellError]] = SolveError

    sweeps: int = field(default=10, metadata=validated(integer(least=1)))
    samples: int = field(default=0, metadata=validated(integer(least=8, or_zero=True)))
    seed: int = field(default=1, metadata=validated(integer(least=0, name="seed in [here]")))
    shift: float = field(default=0, metadata=validated(number()))
    friction: float = field(default=0.1, metadata=validated(positive(low=1e-6, high=1e6)))
    kind: str = field(default="a", metadata=validated(one_of("a", "b")))
    sizes: tuple[int, ...] = field(
        default=(2,), metadata=validated(each(integer(least=2), of="integers"))
    )
    rungs: int | None = field(
        default=None, metadata=validated(attrs.validators.optional(integer(least=2)))
    )
    free: object = None

    def __post_init__(self) -> None:
        validate(self)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"sweeps": 0}, "sweeps must be an integer of at least 1, got 0"),
        ({"sweeps": 1.0}, "sweeps must be an integer of at least 1, got 1.0"),
        ({"sweeps": True}, "sweeps must be an integer of at least 1, got True"),
        ({"sweeps": MOST + 1}, f"sweeps must be an integer of at most {MOST}"),
        ({"samples": 7}, "samples must be 0 or an integer of at least 8, got 7"),
        ({"samples": False}, "samples must be 0 or an integer of at least 8, got False"),
        ({"seed": -1}, "seed in [here] must be an integer of at least 0"),
        ({"shift": "far"}, "shift must be a number, got 'far'"),
        ({"shift": True}, "shift must be a number, got True"),
        ({"shift": float("nan")}, "shift must be finite, got nan"),
        ({"shift": 10**400}, "shift must be finite"),
        ({"friction": 0.0}, "friction must be positive, got 0.0"),
        ({"friction": -(10**400)}, "friction must be finite"),
        ({"friction": 1e300}, "friction must lie between 1e-06 and 1e+06, got 1e+300"),
        ({"kind": "c"}, "unknown kind 'c': choose one of a, b"),
        ({"kind": ["a"]}, "unknown kind ['a']: choose one of a, b"),
        ({"sizes": 2}, "sizes must be a list of integers, got 2"),
        ({"sizes": (4, 1)}, "each of sizes must be an integer of at least 2, got 1"),
        ({"rungs": 1}, "rungs must be an integer of at least 2, got 1"),
    ],
)
def test_refusals(values: dict[str, Any], message: str) -> None:
    for options, error in ((Options, ConfigError), (Own, SolveError), (Plain, SolveError)):
        with pytest.raises(error) as caught:
            options(**values)
        assert str(caught.value).startswith(message)
        assert str(caught.value).isprintable()


def test_what_is_accepted() -> None:
    values: dict[str, Any] = {
        "sweeps": MOST,
        "samples": 8,
        "shift": -3,
        "friction": 1e-6,
        "kind": "b",
        "sizes": (64, 128),
        "rungs": 2,
    }
    assert attrs.asdict(Options(**values)) == {"seed": 1, **values}
    assert asdict(Plain(**values)) == {"seed": 1, "free": None, **values}
    assert Options().samples == 0


def test_replacing_looks_again() -> None:
    assert replace(Plain(), sweeps=3, free="anything").sweeps == 3
    with pytest.raises(SolveError, match="sweeps must be an integer"):
        replace(Plain(), sweeps=0)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"coefficients": 3.0}, "coefficients must be a list of numbers, got 3.0"),
        ({"coefficients": (0.5, "x")}, "each of coefficients must be a number, got 'x'"),
        ({"gamma": "ten"}, "gamma must be a number or a frozen distribution, got 'ten'"),
        ({"k": True}, "k must be a number or a frozen distribution, got True"),
        ({"field": float("inf")}, "field must be finite, got inf"),
    ],
)
def test_a_model_says_what_its_parameters_are(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ModelError) as caught:
        Model(**{"gamma": 1.0, **values})
    assert str(caught.value) == message
