"""CuPy as far as glasswell uses it, on the host: it counts what a GPU would be asked for.

Every function of arrays and every operator is a launch, or more on a GPU: what is counted is a
lower bound of array operations, and exact for kernels and products. Whatever looks at a value on
the host is a transfer. As on CuPy, arrays of NumPy's are refused. Kernels are compiled for the host
and run.
"""

from __future__ import annotations

import operator
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import array_api_compat
import array_api_compat.numpy as host_namespace
import host_cuda
import numpy as np
import pytest
from scipy.linalg import solve_triangular

VIEWS = {"reshape", "expand_dims", "matrix_transpose", "permute_dims", "broadcast_to"}
NOTHING = {"empty", "empty_like", "finfo", "iinfo", "isdtype", "result_type", "can_cast"}


@dataclass
class Counts:
    """What was asked for since the last ``clear``."""

    launches: list[str] = field(default_factory=list)
    transfers: list[str] = field(default_factory=list)

    def clear(self) -> None:
        """Begin to count anew."""
        self.launches.clear()
        self.transfers.clear()


counts = Counts()


class ndarray:  # noqa: N801
    """An array that lives elsewhere."""

    __array_ufunc__ = None
    device = "pretended"

    def __init__(self, values: np.ndarray) -> None:
        self._values = values

    def __getattr__(self, name: str) -> Any:
        if name in ("shape", "dtype", "ndim", "size", "nbytes", "itemsize"):
            return getattr(self._values, name)
        raise AttributeError(name)

    def get(self) -> np.ndarray:
        """A copy on the host."""
        counts.transfers.append("get")
        return self._values.copy()

    def __array__(self, *_: Any, **__: Any) -> np.ndarray:
        raise TypeError("implicit conversion to a NumPy array")

    def __getitem__(self, key: Any) -> Any:
        if _holds_array(key):
            counts.launches.append("getitem")
        return _device(self._values[_host(key)])

    def __setitem__(self, key: Any, value: Any) -> None:
        counts.launches.append("setitem")
        self._values[_host(key)] = _host(value)

    def __len__(self) -> int:
        return len(self._values)


def _holds_array(key: Any) -> bool:
    return any(isinstance(k, (ndarray, list)) for k in (key if isinstance(key, tuple) else (key,)))


def _host(value: Any) -> Any:
    if isinstance(value, ndarray):
        return value._values
    if isinstance(value, np.ndarray):
        raise TypeError("Unsupported type numpy.ndarray")
    if isinstance(value, (tuple, list)):
        return type(value)(_host(v) for v in value)
    return value


def _device(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(_device(v) for v in value)
    return ndarray(np.asarray(value)) if isinstance(value, (np.ndarray, np.generic)) else value


def _operator(name: str) -> Callable[..., Any]:
    reflected = name.startswith("r") and name not in ("rshift",)
    plain = getattr(operator, f"__{name.removeprefix('r') if reflected else name}__")

    def operation(self: ndarray, *others: Any) -> Any:
        counts.launches.append(name)
        values = [self._values, *(_host(other) for other in others)]
        result = plain(*reversed(values)) if reflected else plain(*values)
        return self if name.startswith("i") and name != "invert" else _device(result)

    return operation


def _looked_at(name: str) -> Callable[[ndarray], Any]:
    def look(self: ndarray) -> Any:
        counts.transfers.append(name)
        return getattr(self._values, name)()

    return look


BINARY = [
    "add",
    "sub",
    "mul",
    "truediv",
    "floordiv",
    "mod",
    "pow",
    "matmul",
    "and",
    "or",
    "xor",
    "lshift",
    "rshift",
]
for _name in [
    *BINARY,
    *(f"r{name}" for name in BINARY),
    *(f"i{name}" for name in BINARY if name != "matmul"),
    *["lt", "le", "gt", "ge", "eq", "ne", "neg", "pos", "abs", "invert"],
]:
    setattr(ndarray, f"__{_name}__", _operator(_name))
for _name in ["bool", "float", "int", "index"]:
    setattr(ndarray, f"__{_name}__", _looked_at(f"__{_name}__"))
for _name in ("item", "tolist"):
    setattr(ndarray, _name, _looked_at(_name))


def _function(found: Callable[..., Any], name: str) -> Callable[..., Any]:
    def function(*values: Any, **options: Any) -> Any:
        options.pop("device", None)
        if name not in VIEWS | NOTHING:
            counts.launches.append(name)
        passed = {key: _host(value) for key, value in options.items()}
        return _device(found(*map(_host, values), **passed))

    return function


class Functions(ModuleType):
    """The functions of a module of NumPy's, for arrays that live elsewhere."""

    def __init__(self, name: str, of: Any) -> None:
        super().__init__(name)
        self._of = of

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        found = getattr(self._of, name)
        if isinstance(found, ModuleType):
            return Functions(name, found)
        if not callable(found) or isinstance(found, (type, np.dtype)):
            return found
        return _function(found, name)


class Namespace(Functions):
    """CuPy's own, and those of NumPy's that it has."""

    @staticmethod
    def asarray(values: Any, dtype: Any = None, device: Any = None, copy: Any = None) -> Any:  # noqa: ARG004
        """An array there; one that is there already is no launch unless it is copied."""
        if isinstance(values, ndarray):
            if copy or (dtype is not None and values.dtype != dtype):
                counts.launches.append("asarray")
            return ndarray(np.asarray(values._values, dtype=dtype, copy=copy))
        counts.transfers.append("asarray")
        return ndarray(np.array(values, dtype=dtype))

    @staticmethod
    def matmul(J: Any, v: Any, out: Any) -> None:
        """The product, in place."""
        counts.launches.append("matmul")
        np.matmul(J._values, v._values, out=out._values)

    class RawModule:
        """Kernels compiled for the host."""

        def __init__(self, code: str, options: tuple[str, ...]) -> None:
            self._module = host_cuda.Module(code, options)

        def get_function(self, name: str) -> Callable[..., None]:
            """The kernel of that name, to be launched."""

            def launch(grid: tuple[int], block: tuple[int], arguments: tuple[Any, ...]) -> None:
                counts.launches.append(name)
                self._module.launch(name, *grid, *block, [_host(a) for a in arguments])

            return launch


namespace = Namespace("cupy", host_namespace)
namespace.ndarray = ndarray  # type: ignore[attr-defined]
extras = ModuleType("cupyx")
extras.errstate = lambda **_: nullcontext()  # type: ignore[attr-defined]
algebra = ModuleType("cupyx.scipy.linalg")


def _solve_triangular(matrix: ndarray, right: ndarray, *, lower: bool) -> ndarray:
    counts.launches.append("solve_triangular")
    return ndarray(solve_triangular(matrix._values, right._values, lower=lower))


algebra.solve_triangular = _solve_triangular  # type: ignore[attr-defined]


@contextmanager
def pretended() -> Iterator[Namespace]:
    """The namespace, which is CuPy's as long as this lasts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "cupy", namespace)
        patch.setitem(sys.modules, "cupyx", extras)
        patch.setitem(sys.modules, "cupyx.scipy", ModuleType("cupyx.scipy"))
        patch.setitem(sys.modules, "cupyx.scipy.linalg", algebra)
        patch.setitem(sys.modules, "array_api_compat.cupy", namespace)
        patch.setattr(array_api_compat, "cupy", namespace, raising=False)
        counts.clear()
        yield namespace
