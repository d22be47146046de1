"""What parallel tempering must be given: the sites of its samples, and time to be judged."""

from __future__ import annotations

from collections.abc import Sequence

from glasswell.theory.model import Model

from .._typing import Array
from ..equilibrium.rhat import FEWEST_TIMES
from ..errors import ShapeError, SimulationError
from ..sample.sites import AnyModel, LocalModel


def site_models(model: AnyModel | Sequence[AnyModel], J: Array) -> tuple[AnyModel, ...]:
    """The sites of every sample with couplings (S, N, N): S models, or one and the same S times.

    >>> import numpy as np
    >>> len(site_models(Model(gamma=10.0), np.zeros((3, 8, 8))))
    3

    Raises
    ------
    SimulationError
        If the model draws parameters site by site, and says nothing of those of the samples.
    ShapeError
        If there is not one model per sample, or one value of a parameter per site.
    """
    S, N = J.shape[:2]
    models = (model,) * S if isinstance(model, (Model, LocalModel)) else tuple(model)
    if len(models) != S:
        raise ShapeError(f"{S} samples need the sites of {S}, got {len(models)} models")
    for own in models:
        if isinstance(own, Model):
            _require_alike(own)
            continue
        for values in (own.gamma, *own.G.parameters):
            if not isinstance(values, (int, float)) and tuple(values.shape) != (N,):
                raise ShapeError(f"parameters of {values.shape[0]} sites, but couplings of {N}")
    return models


def _require_alike(model: Model) -> None:
    if model.random:
        raise SimulationError(
            f"the model draws {' and '.join(model.random)} site by site: give the sites of every "
            "sample, [sample.sites for sample in samples]"
        )


def require_length(sweeps: int, measure_every: int) -> None:
    """Refuse a run that could not be analysed: R̂ and drift need FEWEST_TIMES measurements.

    Raises
    ------
    SimulationError
        If there are fewer.
    """
    measurements = sweeps // measure_every
    if measurements < FEWEST_TIMES:
        raise SimulationError(
            f"{sweeps} sweeps, measured every {measure_every}, are {measurements} measurements, "
            f"too few to be judged: take at least {FEWEST_TIMES * measure_every} sweeps"
        )
