"""What options may be that several samplers have."""

from __future__ import annotations

import attrs
from glasswell.theory.model.validators import integer, positive, validated

TEMPERATURES = (1e-6, 1e6)
"""In units of the transition's: beyond, an anneal's time step does not know how stiff sites are."""

_low, _high = TEMPERATURES

COUNT = validated(integer(least=1))
"""A number of starts, sweeps, steps, …"""

COUNT_OR_ZERO = validated(integer(least=0))

OWN_COUNT = validated(attrs.validators.optional(integer(least=1)))
"""The same, or None, which leaves the number to the sampler."""

WITHIN = validated(positive(low=_low, high=_high))
"""A temperature in units of the transition's, or a friction: a number between TEMPERATURES."""
