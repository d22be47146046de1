"""The report: one self-contained HTML page, a JSON record and the figures, in one folder."""

from __future__ import annotations

import base64
import json
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template

from . import figures, heat_page, local_page, thermal_page, vibration_page
from .comparison import Comparison
from .errors import CompareError
from .markup import cell, row, table
from .record import as_dict
from .titles import model_title
from .words import summary

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


def check_folder(folder: Path) -> None:
    """Make the folder and prove that it can be written, before any work is done.

    Raises
    ------
    CompareError
        If it cannot.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise CompareError(
            f"cannot write into {folder} ({error.strerror}): choose another folder with -o"
        ) from error


def write(comparison: Comparison, folder: Path) -> Path:
    """Write figures, report.json and report.html; returns the page's path.

    Raises
    ------
    CompareError
        If the folder cannot be written.
    """
    check_folder(folder)
    drawn = figures.draw(comparison) | local_page.figures(comparison)
    drawn |= heat_page.figures(comparison)
    if comparison.thermal is not None:
        drawn |= thermal_page.figures(comparison.thermal, comparison.distinct)
    images = figures.save(drawn, folder)
    record = json.dumps(as_dict(comparison), indent=1, allow_nan=False)
    (folder / "report.json").write_text(record + "\n", encoding="utf-8")
    page = folder / "report.html"
    page.write_text(_page(comparison, images), encoding="utf-8")
    return page


def _page(comparison: Comparison, images: dict[str, Path]) -> str:
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
        figures="".join(_figure(name, path) for name, path in images.items()),
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
        f"<tr><td>{escape(found.name)}</td><td>{escape(found.where)}</td><td>{found.measured}</td>"
        + "".join(cell(p) for p in found.predictions)
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
    caption = escape(_CAPTIONS[name])
    return (
        f'<figure><img alt="{caption}" src="data:image/png;base64,{data}">'
        f"<figcaption>{caption}</figcaption></figure>"
    )
