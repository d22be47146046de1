"""The page's sections on double wells and on local potentials beyond their cavity form."""

from __future__ import annotations

from html import escape

from ..confront.comparison import Comparison
from ..report.drawing import Drawings
from ..report.markup import row, table
from . import local_words
from .three_ways_figures import response_figure, three_ways_figure

CAPTIONS = {
    "three_ways": "One site's potential measured three ways. Where a second minimum of U is behind "
    "a cavity potential's second well: barrier, asymmetry and distance of the cavity potential "
    "against constrained relaxation and the minimum-energy path, whose length is in the space of "
    "all sites. Last: the share of second wells that are minima of U, from symmetric to spinodal.",
    "field_response": "C in random fields δ, of the state that was lowest without a field and of "
    "the lowest in it: what the crossings add is the trace of the theory's jump part. Lines: C "
    "within one state or one cluster of states, and χ of all of them, 1/J where replica symmetry "
    "is fully broken. The search for the lowest state is as good as the archive's states.",
}


def figures(comparison: Comparison) -> Drawings:
    """By name; none where local potentials were not asked for."""
    drawn: Drawings = {}
    local = comparison.local
    wells = [each.wells for each in local.values() if each.wells.real.any()]
    if wells:
        drawn["three_ways"] = lambda: three_ways_figure(wells)
    answers = {N: each.response for N, each in local.items() if each.response is not None}
    if answers:
        drawn["field_response"] = lambda: response_figure(comparison, answers)
    return drawn


def section(comparison: Comparison) -> str:
    """Its tables and sentences as HTML."""
    lines = [row(line) for line in local_words.wells_lines(comparison)]
    parts = ["<h2>Double wells</h2>", table(local_words.wells_head(), lines)]
    fits = [row(line) for line in local_words.fits_lines(comparison)]
    parts.append(table(local_words.FITS_HEAD, fits) if fits else "")
    if comparison.local:
        fates = [row(line) for line in local_words.fate_lines(comparison)]
        sentences = "".join(f"<li>{escape(text)}</li>" for text in local_words.summary(comparison))
        parts += ["<h2>Local potentials three ways</h2>", f"<ul>{sentences}</ul>"]
        parts.append(table(local_words.fate_head(), fates) if fates else "")
        answers = [row(line) for line in local_words.response_lines(comparison)]
        parts.append(table(local_words.RESPONSE_HEAD, answers) if answers else "")
    return "".join(parts)
