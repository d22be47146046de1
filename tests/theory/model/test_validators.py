"""Fields of configurations: what is accepted, and what a refusal says and is."""

from __future__ import annotations

from typing import Any, ClassVar

import attrs
import pytest
from glasswell.theory.model import ConfigError, GlasswellError, SolveError
from glasswell.theory.model.validators import MOST, integer, number, one_of, positive


@attrs.frozen
class Options:
    """One field of every kind."""

    sweeps: int = attrs.field(default=10, validator=integer(least=1))
    samples: int = attrs.field(default=0, validator=integer(least=8, or_zero=True))
    seed: int = attrs.field(default=1, validator=integer(least=0, name="seed in [here]"))
    shift: float = attrs.field(default=0, validator=number())
    friction: float = attrs.field(default=0.1, validator=positive(low=1e-6, high=1e6))
    kind: str = attrs.field(default="a", validator=one_of("a", "b"))


@attrs.frozen
class Own(Options):
    """The same with an error of its own."""

    refusal: ClassVar[type[GlasswellError]] = SolveError


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
    ],
)
def test_refusals(values: dict[str, Any], message: str) -> None:
    for options, error in ((Options, ConfigError), (Own, SolveError)):
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
    }
    assert attrs.asdict(Options(**values)) == {"seed": 1, **values}
    assert Options().samples == 0
