"""A model in a few words, for the titles of figures and reports."""

from __future__ import annotations

from glasswell.theory import Model, Random

SYMBOLS = {"gamma": "γ", "k": "k", "a": "a"}


def model_title(model: Model) -> str:
    """For example "γ = 10, J0 = 0", or "γ uniform in 8–12, J0 = 0" where sites differ."""
    named = ["gamma", *(name for name in ("k", "a") if name in model.random)]
    local = [_parameter(SYMBOLS[name], getattr(model, name)) for name in named]
    potential = [] if model.potential is None else [f"G = {model.potential!r}"]
    return ", ".join([*local, f"J0 = {model.J0:g}", *potential])


def _parameter(symbol: str, value: float | Random) -> str:
    if not isinstance(value, Random):
        return f"{symbol} = {value:g}"
    if value.distribution == "uniform":
        low, high = value.support
        return f"{symbol} uniform in {low:g}–{high:g}"
    return f"{symbol} from {value}"
