"""Where the numbers come from: versions, device, seeds and the samples' configuration."""

from __future__ import annotations

from collections.abc import Sequence

from ..confront.comparison import Comparison
from ..report.section import Section


class Provenance(Section):
    """What made the samples, and what compared them."""

    title = "Where it comes from"
    terminal = False

    def sentences(self, comparison: Comparison) -> Sequence[str]:
        made, config = comparison.archive.provenance, comparison.config
        versions = ", ".join(f"{name} {version}" for name, version in made.versions.items())
        return [
            f"Samples made with {versions} on {made.device}; compared with "
            f"{', '.join(comparison.solutions)}, {config.resamples} resamples, seed {config.seed}. "
            "The samples' configuration:"
        ]

    def listing(self, comparison: Comparison) -> str:
        return comparison.archive.provenance.config_text
