"""Searches that became longer: what a grown archive keeps to of the way it was begun.

More starts are one more search with random numbers of its own. A tempering goes on from its last
state instead: it keeps the burn-in it had, and the states it noted join those that it notes in the
sweeps that are added.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from .._typing import Integers
from .base import Arrays, Sampler
from .temper import Temper, dates
from .tempering import REPLICAS


def lengths(sampler: Sampler) -> dict[str, Any]:
    """The options of a sampler that may become larger: what they are."""
    longer = {"sweeps": sampler.sweeps} if isinstance(sampler, Temper) else {}
    return {"starts": sampler.starts, **longer}


def schedule(samplers: Sequence[Sampler], N: int) -> Arrays:
    """What temperings of size N keep to that have been prolonged; nothing where none was.

    Parameters
    ----------
    samplers
        Of all stages, oldest first, with this size among theirs.

    Returns
    -------
    ``burn_in``, that of the first stage, and ``dates``, the sweeps after which states are noted.
    """
    stages = [one for one in samplers if isinstance(one, Temper)]
    plans = [(one.plan_of(N).sweeps, one.starts // REPLICAS) for one in stages]
    history = [plan for n, plan in enumerate(plans) if n == 0 or plan != plans[n - 1]]
    if len(history) < 2:
        return {}
    burn_in = stages[0].plan_of(N).burn_in
    noted = dates(0, *history[0])
    for (before, _), (sweeps, count) in pairwise(history):
        noted = np.concatenate([noted, before + _more(len(noted), before, sweeps, count)])
    return {"burn_in": np.asarray(burn_in), "dates": burn_in + noted}


def _more(have: int, before: int, sweeps: int, count: int) -> Integers:
    """Dates in the sweeps that are added, as dense as in a run in one piece, counted from there.

    Where starts and sweeps grow in proportion, old and new are the dates of that run.
    """
    added = sweeps - before
    return dates(0, added, max(count - have, -(-count * added // sweeps)))


def settings(own: Mapping[str, Any], samplers: Sequence[Sampler], N: int) -> dict[str, Any]:
    """``Sampler.settings`` with the burn-in that size N has kept."""
    kept = schedule(samplers, N)
    if not kept:
        return dict(own)
    return {**own, "burn_in": {**own["burn_in"], str(N): int(kept["burn_in"])}}
