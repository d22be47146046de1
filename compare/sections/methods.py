"""How it was done, as a paragraph for a paper."""

from __future__ import annotations

from collections.abc import Sequence

from ..confront.comparison import Comparison
from ..report.section import Section
from ..report.titles import model_values

REFERENCES = (
    "R. Kühn and U. Horstmann, Phys. Rev. Lett. 78, 4067 (1997): the model.",
    "G. Parisi, J. Phys. A 13, 1101 (1980): steps of replica-symmetry breaking and their limit.",
)


class Methods(Section):
    """What was simulated, solved and compared, with its numbers filled in."""

    title = "Methods, for a paper"
    terminal = False

    def sentences(self, comparison: Comparison) -> Sequence[str]:
        return [" ".join(_paragraph(comparison)), *REFERENCES]


def _paragraph(comparison: Comparison) -> list[str]:
    made, config = comparison.archive.provenance, comparison.archive.config
    version = made.versions.get("glasswell", "")
    counts = ", ".join(f"{each.samples} of N = {each.N}" for each in comparison.measured)
    theories = ", ".join(comparison.solutions)
    method = {each.N: config.sampler.label(each.N) for each in comparison.measured}
    largest = comparison.largest.N
    return [
        f"We studied the model of Kühn and Horstmann, {model_values(comparison.model)}.",
        f"With glasswell {version} we drew disorder samples ({counts}; seed {config.seed}) and "
        f"searched the lowest minimum of each with {method[largest]} (at N = {largest}).",
        "Every minimum was certified by a Cholesky factor of its Hessian, and its cavity fields "
        "were computed from the inverse Hessian.",
        f"The mean-field equations were solved at T = 0 for {theories}.",
        f"Errors are of {comparison.config.resamples} bootstrap resamples of the disorder samples.",
    ]
