"""Where the couplings of a run come from: drawn from an ensemble, read from a file, or at hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from glasswell.theory.model import Model

from .._typing import Floats
from ..errors import CouplingError
from . import couplings
from .couplings_file import Given
from .ensembles import ENSEMBLES, Ensemble, name_of


class Drawn(str):
    """The name of a coupling ensemble, which carries the function that draws.

    A configuration compares, prints and stores the name. One that is read back from an archive
    has nothing else: a name never makes glasswell import the code of others.

    >>> source_of("binary")
    'binary'
    """

    function: Ensemble | None

    def __new__(cls, name: str, function: Ensemble | None = None) -> Drawn:
        drawn = super().__new__(cls, name)
        drawn.function = ENSEMBLES.get(name, function)
        return drawn

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (str(self), self.function)

    @property
    def gaussian(self) -> bool:
        """True for the ensemble of the model, for which integration by parts is exact."""
        return self == "gaussian"

    def couplings(self, model: Model, N: int, *, seed: int, number: int) -> Floats:
        """J of one sample, (N, N).

        Raises
        ------
        CouplingError
            If only the name of the ensemble is known, or it does not return what it should.
        """
        if self.function is None:
            raise CouplingError(
                f"the couplings were drawn by {str(self)!r}, which glasswell does not know: give "
                "that function to archive.with_couplings or as couplings of SimulationConfig"
            )
        return couplings.sample(model, N, seed=seed, sample=number, ensemble=self.function)

    def only(self, _N: int, _number: int) -> Drawn:
        """What one sample needs of it: the same."""
        return self


@dataclass(frozen=True, eq=False)
class AtHand:
    """Couplings that an archive holds whole: J by (N, number of the sample)."""

    arrays: Mapping[tuple[int, int], Floats]
    gaussian = False

    def couplings(self, _model: Model, N: int, *, seed: int, number: int) -> Floats:
        """J of one sample, (N, N); no seed is needed.

        Raises
        ------
        CouplingError
            If they are not those of this sample.
        """
        del seed
        if (N, number) not in self.arrays:
            raise CouplingError(f"there are no couplings of sample {number} of N = {N}")
        return self.arrays[N, number]

    def only(self, N: int, number: int) -> AtHand:
        """The couplings of one sample alone, for a worker."""
        return AtHand({(N, number): self.arrays[N, number]})


Source = Drawn | Given | AtHand


def source_of(value: Any) -> Drawn | Given:
    """A source from what a configuration says: a name, a function, or {file = "J.npy"}.

    Raises
    ------
    CouplingError
        If it is none of these, or the file cannot be used.

    >>> source_of("gaussian").gaussian
    True
    """
    if isinstance(value, (Drawn, Given)):
        return value
    if isinstance(value, str):
        if value in ENSEMBLES or ":" in value:
            return Drawn(value)
        raise CouplingError(
            f"unknown couplings {value!r}: choose one of {', '.join(ENSEMBLES)}, or "
            '{file = "J.npy"}'
        )
    if isinstance(value, Mapping):
        return Given.of(value)
    if callable(value):
        return Drawn(name_of(value), value)
    raise CouplingError(
        f"couplings must be one of {', '.join(ENSEMBLES)}, {{file = …}}, or a function of N and a "
        f"bit stream, got {value!r}"
    )
