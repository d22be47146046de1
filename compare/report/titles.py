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


def model_values(model: Model) -> str:
    """Every parameter, for who reads nothing but this.

    >>> model_values(Model(gamma=10.0))
    'G(v) = k v²/2 + a v⁴/4! with γ = 10, J0 = 0, J = 1, k = 1, a = 1, H = 0'
    """
    local: tuple[str, ...] = ("gamma",)
    if model.potential is not None:
        G = f"G(v) is {model.potential!r}"
    elif model.coefficients is not None:
        terms = ", ".join(f"{c:g}" for c in model.coefficients)
        G = f"G(v) = Σ c_n v^(2n), c = ({terms}),"
    else:
        G, local = "G(v) = k v²/2 + a v⁴/4!", ("gamma", "k", "a")
    own = {name: _parameter(SYMBOLS[name], getattr(model, name)) for name in local}
    bias = [f"J0 = {model.J0:g}", f"J = {model.J:g}"]
    shown = [own.pop("gamma"), *bias, *own.values(), f"H = {model.field:g}"]
    return f"{G} with {', '.join(shown)}"
