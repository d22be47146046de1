"""Minima of the landscape: one loop over all columns, each certified on its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import array_api_compat
import numpy as np

from .._typing import Array, Floats, HostArray
from ..backend.checks import require_at_least, require_columns
from ..errors import SimulationError
from ..sample import couplings, scales
from ..sample.landscape import energy, site_axis
from ..sample.sites import AnyModel, LocalModel, of_sample
from .eigenvalues import smallest_eigenvalues
from .search import Search
from .status import certified


@dataclass(frozen=True)
class Minima:
    """Where the columns ended; every array but v has the shape of v without its site axis.

    Examples
    --------
    >>> import numpy as np
    >>> from glasswell.sim import couplings, minimise
    >>> from glasswell.theory import Model
    >>> model = Model(gamma=10.0)
    >>> J = couplings.sample(model, 16, seed=1)
    >>> starts = np.random.default_rng(1).normal(0, 10, (16, 8))
    >>> minima = minimise(starts, J, model)
    >>> bool(np.all(minima.smallest_eigenvalue > 0)), bool(np.all(minima.gradient_norm < 1e-8))
    (True, True)
    """

    v: Array
    energy: Array
    """Total U(v)."""
    gradient_norm: Array
    """max_i |∂U/∂v_i|."""
    smallest_eigenvalue: Array
    """Of the Hessian, positive at a minimum; nan where the gradient did not vanish, or where it was
    not asked for."""
    status: Array
    """A ``Status`` per column."""
    iterations: Array
    """Force evaluations per column."""

    @property
    def converged(self) -> Array:
        """True for certified minima."""
        return certified(self.status)


def joined(one: Minima, other: Minima) -> Minima:
    """The columns of both."""
    xp = array_api_compat.array_namespace(one.v)
    pairs = {name: [array, getattr(other, name)] for name, array in vars(one).items()}
    return Minima(**{name: xp.concat(pair, axis=-1) for name, pair in pairs.items()})


def minimise(
    v: Array,
    J: Array,
    model: AnyModel,
    *,
    tolerance: float | None = None,
    max_iterations: int = 20000,
    kernels: str | None = None,
    precision: str = "single",
    eigenvalues: bool = True,
) -> Minima:
    """Minimise U from every column, to max_i |∂U/∂v_i| ≤ tolerance and a positive Hessian.

    Descent by matrix products brings the columns to their minima, and a Cholesky factor of the
    Hessian proves that they are (``certify``). Newton steps finish a column that descent leaves
    short of the tolerance; one that ends on a saddle leaves it along its negative mode, and
    descends further.

    Parameters
    ----------
    v
        Starts (N,), (N, R) or (S, N, R); not changed.
    J
        Couplings (N, N); (S, N, N) for the last.
    tolerance
        On the gradient. By default 1e-9/√a (for the quartic G), or what rounding lets forces
        reach where that is more: in single precision 9e-5 at γ = 10.
    max_iterations
        Force evaluations per column.
    kernels
        Of the descent: "numba" on NumPy arrays, or "reference"; by default the first where it is
        there.
    precision
        Of the descent's products along lines, where arrays are in double precision: "single" takes
        effect on NumPy arrays of N ≥ 256. States are as exact as with "double", and as low (to
        2e-4 of their energy, γ = 10). Which state a random start ends in is chaotic, however: in
        another than with "double" by 1, 9 and 30 % of the starts at N = 256, 512 and 1024, where
        sums of "double" in another order make that of 1 % at N = 1024.
    eigenvalues
        Whether the Hessians' smallest eigenvalues are computed, which minima need not be proven:
        without them they are nan, and columns that all end in different minima take two thirds
        of the time.

    Raises
    ------
    ShapeError
        If v and J do not belong together, or v is empty.
    CouplingError
        If J is not a coupling matrix or a stack of them.
    SimulationError
        If max_iterations is no positive integer, the tolerance not positive and finite, or below
        what the arrays' precision lets a force reach; if the precision is neither of the two, or v
        are no floating-point numbers.
    DeviceError
        If the kernels do not fit the arrays, or are not installed.

    Examples
    --------
    >>> import numpy as np
    >>> from glasswell.sim import couplings, minimise
    >>> from glasswell.theory import Model
    >>> model = Model(gamma=10.0)
    >>> J = couplings.sample(model, 16, seed=1)
    >>> starts = np.random.default_rng(1).normal(0, 10, (16, 8))
    >>> minima = minimise(starts, J, model)
    >>> minima.v.shape, bool(minima.converged.all())
    ((16, 8), True)
    >>> bool(minima.energy.min() < 0)
    True
    """
    minimisation = Minimisation(
        v,
        J,
        model,
        tolerance=tolerance,
        max_iterations=max_iterations,
        kernels=kernels,
        precision=precision,
    )
    while not minimisation.done:
        minimisation.step()
    return minimisation.result(eigenvalues=eigenvalues)


class Minimisation:
    """What ``minimise`` does, a second or so at a time; with its parameters and refusals.

    Examples
    --------
    >>> import numpy as np
    >>> from glasswell.sim import couplings
    >>> from glasswell.theory import Model
    >>> model = Model(gamma=10.0)
    >>> J = couplings.sample(model, 16, seed=1)
    >>> half = Minimisation(np.ones((16, 2)), J, model)
    >>> half.step()
    >>> rest = Minimisation(np.ones((16, 2)), J, model)
    >>> rest.restore(half.checkpoint())
    >>> while not rest.done:
    ...     rest.step()
    >>> rest.result().energy.shape
    (2,)
    """

    def __init__(
        self,
        v: Array,
        J: Array,
        model: AnyModel,
        *,
        tolerance: float | None = None,
        max_iterations: int = 20000,
        kernels: str | None = None,
        precision: str = "single",
    ) -> None:
        site_axis(v, J)
        couplings.check(J)
        require_columns(v)
        require_at_least(1, max_iterations=max_iterations)
        self._v, self._model = v, model
        self._J = J if J.ndim == 3 else J[None, ...]
        sets = v[None, :, None] if v.ndim == 1 else v if v.ndim == 3 else v[None, ...]
        tolerances = _tolerances(model, int(sets.shape[0]), tolerance, scales.precision(v, J))
        what = (sets, self._J, model, tolerances)
        self._search = Search(*what, max_iterations, kernels, precision)

    @property
    def done(self) -> bool:
        """True once every column has stopped."""
        return self._search.done

    @property
    def progress(self) -> float:
        """A guess of the fraction that is done."""
        return self._search.progress

    def step(self) -> None:
        """Go on for a second or so."""
        self._search.step()

    def checkpoint(self) -> dict[str, HostArray]:
        """All that it is between two steps, on the host."""
        return self._search.checkpoint()

    def restore(self, arrays: Mapping[str, HostArray]) -> None:
        """Go on where a minimisation of the same columns stood; every later bit is the same."""
        self._search.restore(arrays)

    def result(self, *, eigenvalues: bool = True) -> Minima:
        """Where the columns ended, once it is done."""
        v, J, ends = self._v, self._J, self._search.ends()
        xp, device = array_api_compat.array_namespace(v, J), array_api_compat.device(v)
        nothing = np.full(ends.status.shape, np.nan)
        lowest = smallest_eigenvalues(ends, J, self._model) if eigenvalues else nothing
        found = Minima(
            v=ends.v,
            energy=energy(ends.v, J, self._model),
            gradient_norm=xp.asarray(ends.gradient, dtype=v.dtype, device=device),
            smallest_eigenvalue=xp.asarray(lowest, dtype=v.dtype, device=device),
            status=xp.asarray(ends.status, dtype=xp.int64, device=device),
            iterations=xp.asarray(ends.spent, dtype=xp.int64, device=device),
        )
        if v.ndim == 3:
            return found
        chosen: Any = (0, ..., 0) if v.ndim == 1 else (0, ...)
        return Minima(**{name: array[chosen] for name, array in vars(found).items()})


def _tolerances(model: AnyModel, S: int, tolerance: float | None, eps: float) -> Floats:
    """(S,) the gradient that counts as zero in each sample: none depends on the others."""
    owns = [of_sample(model, s) for s in range(S)] if isinstance(model, LocalModel) else [model]
    if tolerance is None:
        found = [scales.gradient_tolerance(own, eps) for own in owns]
    else:
        if not 0.0 < tolerance < float("inf"):
            raise SimulationError("tolerance must be positive and finite")
        reachable = max(scales.force_rounding(own, eps) for own in owns)
        if tolerance < reachable:
            raise SimulationError(
                f"a tolerance of {tolerance:.2g} is below the rounding of forces: ask for "
                f"{reachable:.2g} or more, or leave it out"
            )
        found = [tolerance]
    return np.broadcast_to(np.asarray(found), (S,))
