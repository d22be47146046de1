"""The report: one self-contained HTML page, a JSON record and the figures, in one folder."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template

from glasswell.theory.numerics.progress import Progress, silent

from ..confront.comparison import Comparison
from ..report import drawing
from ..report.drawing import Drawings
from ..report.markup import cell, row, table
from ..report.record import as_dict
from ..report.titles import model_title
from ..report.words import summary
from ..sections import heat_page, local_page, overview_figures, thermal_page, vibration_page
from . import folder

CAPTIONS = {
    "crosscheck": "(a) Lowest energy per site, its extrapolation to N → ∞, and the free energy of "
    "each theory. (b) Density of cavity fields; in a glass its close-up near h = 0, where a finite "
    "number of breaking steps has a finite density and the full theory a pseudogap; diamonds are "
    "limits N → ∞ of wider bins, with the energy's exponent assumed. (c) Response "
    "C_i of the surroundings; dashed, the regular part of the theory's C, which is what linear "
    "response sees; full, all of C. (d) Fraction of sites whose cavity potential is a double well.",
    "energy": "Lowest energy per site, extrapolated to N → ∞.",
    "fields": "Density of cavity fields.",
    "responses": "Distribution of the responses C_i, with C_reg (dashed) and C (full) of theory.",
    "double_wells": "Fraction of double wells against N.",
    "well_densities": "Barrier, asymmetry, distance and tunnelling exponent per double well. The "
    "predicted densities have integrable divergences, shown as averages over narrow bins.",
    "vibrations": "Vibrations about the lowest states. (a) Density of states. (b) Its soft end. "
    "(c) Participation ratios, which fall with N; Gaussian modes that prefer no site have 1/3. "
    "(d) Tr H⁻²/N of the Hessian H. Theory is the resolvent for each theory's P(h).",
    "pseudogap": "Left: P(h) in logarithmic bins; numbers count the fields of a bin at the largest "
    "N. Right: maximum-likelihood exponent of P(h) ~ h^θ in windows that slide over h, "
    "each half way into the last.",
    "scatter": "Mean of the responses C_i, with C_reg of theory, and their scatter over sites.",
    "delta_lambda": "Asymmetry against tunnelling exponent. In theory both are functions of the "
    "one field h, hence a curve; in samples C_i varies from site to site.",
}


_CAPTIONS = {
    **CAPTIONS,
    **local_page.CAPTIONS,
    **heat_page.CAPTIONS,
    **thermal_page.CAPTIONS,
}


@dataclass(frozen=True)
class Report:
    """A report that was written: its page, and by name why a figure is missing."""

    page: Path
    missing: Mapping[str, str]


def write(comparison: Comparison, into: Path, progress: Progress = silent) -> Report:
    """Write report.json, the figures and report.html; all of an earlier report is replaced.

    A figure that cannot be drawn is named on the page and stops nothing.

    Parameters
    ----------
    progress
        Called with the number of figures drawn, and of all.

    Raises
    ------
    CompareError
        If the folder cannot be written.
    """
    folder.check(into)
    with folder.replaced(into, [f"{name}.png" for name in _CAPTIONS]) as stage:
        drawings = _drawings(comparison)
        progress(0, len(drawings))
        record = json.dumps(as_dict(comparison), indent=1, allow_nan=False)
        (stage / folder.RECORD).write_text(record + "\n", encoding="utf-8")
        folder.publish_first(stage, into)
        missing = drawing.save(drawings, stage, progress)
        images = {name: stage / f"{name}.png" for name in drawings if name not in missing}
        page = _page(comparison, images, missing)
        (stage / folder.PAGE).write_text(page, encoding="utf-8")
    return Report(into / folder.PAGE, missing)


def _drawings(comparison: Comparison) -> Drawings:
    drawings = overview_figures.draw(comparison) | local_page.figures(comparison)
    drawings |= heat_page.figures(comparison)
    if comparison.thermal is not None:
        drawings |= thermal_page.figures(comparison.thermal, comparison.distinct)
    return drawings


def _page(comparison: Comparison, images: Mapping[str, Path], missing: Mapping[str, str]) -> str:
    template = Template(files(__package__).joinpath("report.html").read_text(encoding="utf-8"))
    model, provenance = comparison.model, comparison.archive.provenance
    versions = ", ".join(f"{name} {version}" for name, version in provenance.versions.items())
    sizes = ", ".join(str(states.N) for states in comparison.measured)
    theories = ", ".join(comparison.solutions)
    return template.substitute(
        title=escape(f"Cross-check at {model_title(model)}"),
        subtitle=escape(
            f"Lowest states of finite samples (N = {sizes}) of the random-matrix glass, held "
            f"against {theories} at T = 0."
        ),
        summary="".join(f"<li>{escape(sentence)}</li>" for sentence in summary(comparison)),
        table=_comparison_table(comparison),
        theory=_theory_table(comparison),
        samples=_sample_table(comparison),
        local=local_page.section(comparison),
        heat=heat_page.section(comparison),
        vibrations=vibration_page.vibrations(comparison),
        preparation=vibration_page.preparation(comparison),
        thermal="" if comparison.thermal is None else thermal_page.section(comparison.thermal),
        figures=_missing(missing) + "".join(_figure(name, path) for name, path in images.items()),
        provenance=escape(
            f"Samples made with {versions} on {provenance.device}; compared with "
            f"{theories}, {comparison.config.resamples} resamples, seed {comparison.config.seed}. "
            "The samples' configuration:"
        ),
        config=escape(provenance.config_text),
    )


def _comparison_table(comparison: Comparison) -> str:
    head = ["quantity", "where", "measured", *comparison.solutions]
    rows = [
        f"<tr><td>{escape(found.label)}</td><td>{escape(found.where)}</td><td>{escape(str(found.measured))}</td>"
        + "".join(cell(found.prediction(name)) for name in comparison.solutions)
        + "</tr>"
        for found in comparison.rows
    ]
    return table(head, rows)


def _theory_table(comparison: Comparison) -> str:
    head = ["theory", "f", "C", "C_reg", "overlaps q", "breakpoints y", "residual", "status"]
    rows = []
    for name, s in comparison.solutions.items():
        q = ", ".join(f"{x:.5g}" for x in s.overlaps)
        y = ", ".join(f"{x:.4g}" for x in s.breakpoints)
        cells = [name, f"{s.free_energy:.6f}", f"{s.C:.5f}", f"{s.C_reg:.5f}"]
        cells += [q, y, f"{s.residual:.0e}", s.status.name.lower().replace("_", " ")]
        rows.append(row(cells))
    return table(head, rows)


def _sample_table(comparison: Comparison) -> str:
    head = ["N", "samples", "lowest state found twice", "energy per site", "[v²]", "mean C_i"]
    rows = [
        row(
            [
                str(states.N),
                str(states.samples),
                f"{100 * states.found_twice:.0f} %",
                *(str(states.scalar(name)) for name in ("energy", "q", "C")),
            ]
        )
        for states in comparison.measured
    ]
    return table(head, rows)


def _figure(name: str, path: Path) -> str:
    data = base64.b64encode(path.read_bytes()).decode()
    caption = escape(_CAPTIONS.get(name, name))
    return (
        f'<figure><img alt="{caption}" src="data:image/png;base64,{data}">'
        f"<figcaption>{caption}</figcaption></figure>"
    )


def _missing(missing: Mapping[str, str]) -> str:
    lines = [f"{name} could not be drawn: {why}." for name, why in missing.items()]
    return "".join(f'<p class="missing">{escape(line)}</p>' for line in lines)
