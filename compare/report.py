"""The report: one self-contained HTML page, a JSON record and the figures, in one folder."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template

from . import figures
from .comparison import Comparison
from .errors import CompareError
from .record import as_dict
from .rows import Prediction
from .statistics import Estimate
from .titles import model_title
from .words import summary, value_and_z, vibration_sentence

CAPTIONS = {
    "crosscheck": "(a) Lowest energy per site, its extrapolation to N → ∞, and the free energy of "
    "each theory. (b) Density of cavity fields; in a glass its close-up near h = 0, where a finite "
    "number of breaking steps has a finite density and the full theory a pseudogap. (c) Response "
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
    "(d) Tr H⁻²/N of the Hessian H. Theory is the resolvent for each theory's P(h); for full RSB "
    "that of its longest staircase.",
    "pseudogap": "Left: P(h) in logarithmic bins; numbers count the fields of a bin at the largest "
    "N. Right: maximum-likelihood exponent of P(h) ~ h^θ in windows that slide over h, "
    "each half way into the last.",
    "scatter": "Mean of the responses C_i, with C_reg of theory, and their scatter over sites.",
    "delta_lambda": "Asymmetry against tunnelling exponent. In theory both are functions of the "
    "one field h, hence a curve; in samples C_i varies from site to site.",
}

CLASSES = {"agrees": "agrees", "in tension": "tension", "misses": "misses"}


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
    images = figures.save(figures.draw(comparison), folder)
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
        vibrations=_vibration_table(comparison),
        preparation=_preparation_table(comparison),
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
        f"<tr><td>{escape(row.name)}</td><td>{escape(row.where)}</td><td>{row.measured}</td>"
        + "".join(_cell(p) for p in row.predictions)
        + "</tr>"
        for row in comparison.rows
    ]
    return _table(head, rows)


def _cell(prediction: Prediction) -> str:
    css = CLASSES.get(prediction.verdict, "")
    return f'<td class="{css}">{value_and_z(prediction)}</td>'


def _theory_table(comparison: Comparison) -> str:
    head = ["theory", "f", "C", "C_reg", "overlaps q", "breakpoints y", "residual", "status"]
    rows = []
    for name, s in comparison.solutions.items():
        q = ", ".join(f"{x:.5g}" for x in s.overlaps)
        y = ", ".join(f"{x:.4g}" for x in s.breakpoints)
        cells = [name, f"{s.free_energy:.6f}", f"{s.C:.5f}", f"{s.C_reg:.5f}"]
        cells += [q, y, f"{s.residual:.0e}", s.status.name.lower().replace("_", " ")]
        rows.append(_row(cells))
    return _table(head, rows)


def _sample_table(comparison: Comparison) -> str:
    head = ["N", "samples", "lowest state found twice", "energy per site", "[v²]", "mean C_i"]
    rows = [
        _row(
            [
                str(states.N),
                str(states.samples),
                f"{100 * states.found_twice:.0f} %",
                *(str(states.scalar(name)) for name in ("energy", "q", "C")),
            ]
        )
        for states in comparison.measured
    ]
    return _table(head, rows)


def _vibration_table(comparison: Comparison) -> str:
    head = ["", "lowest λ", "sites in its mode", "Tr H⁻²/N", "scatter of C_i"]
    law = comparison.scatter
    scatter = dict(zip(law.sizes.tolist(), zip(law.values, law.errors, strict=True), strict=True))
    rows = [
        _row(
            [
                f"N = {N}",
                *(str(x) for x in (modes.softest, modes.softest_participation, modes.chi_SG)),
                str(Estimate(*scatter[N])),
            ]
        )
        for N, modes in comparison.vibrations.items()
    ]
    for name, solution in comparison.distinct.items() if comparison.vibrations else ():
        spectrum = solution.hessian_spectrum
        numbers = (spectrum.lower_edge, spectrum.inverse_square_trace)
        edge, chi = (f"{x:.4g}" if math.isfinite(x) else "∞" for x in numbers)
        rows.append(_row([name, edge, "", chi, ""]))
    if math.isfinite(law.exponent.error):
        rows.append(_row(["power of N", "", "", "", f"N^(-x), x = {law.exponent}"]))
    sentence = escape(vibration_sentence(comparison))
    return f"{_table(head, rows)}<p>{sentence}</p>"


PREPARED = {
    "energy": "energy per site",
    "softest": "lowest λ",
    "q": "[v²]",
    "C": "mean C_i",
    "P_h0": "P(h) near 0",
    "dwp_fraction": "double wells",
    "barrier": "mean V",
    "asymmetry": "mean Δ",
    "distance": "mean d",
}


def _preparation_table(comparison: Comparison) -> str:
    shown = {k: v for k, v in PREPARED.items() if any(k in p.values for p in comparison.prepared)}
    head = [f"N = {comparison.largest.N}", "minima", *shown.values()]
    rows = [
        _row([kind.name, str(kind.minima), *(str(kind.values[key]) for key in shown)])
        for kind in comparison.prepared
    ]
    return _table(head, rows)


def _row(cells: Sequence[str]) -> str:
    return "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"


def _table(head: Sequence[str], rows: Sequence[str]) -> str:
    top = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    return f'<div class="wide"><table><tr>{top}</tr>{"".join(rows)}</table></div>'


def _figure(name: str, path: Path) -> str:
    data = base64.b64encode(path.read_bytes()).decode()
    caption = escape(CAPTIONS[name])
    return (
        f'<figure><img alt="{caption}" src="data:image/png;base64,{data}">'
        f"<figcaption>{caption}</figcaption></figure>"
    )
