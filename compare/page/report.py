"""The report: one self-contained HTML page, a JSON record and the figures, in one folder."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from glasswell.theory.numerics.progress import Progress, silent

from ..confront.comparison import Comparison
from ..errors import CompareError
from ..report import drawing
from ..report.drawing import Drawings
from ..report.section import Section
from ..sections import SECTIONS
from . import folder, html
from .report_json import as_dict


@dataclass(frozen=True)
class Report:
    """A report that was written: its page, and by name why a figure is missing.

    Examples
    --------
    >>> Report(Path("report/report.html"), missing={}).page.name
    'report.html'
    """

    page: Path
    missing: Mapping[str, str]


def write_report(
    comparison: Comparison,
    into: Path,
    progress: Progress = silent,
    sections: Sequence[Section] = SECTIONS,
) -> Report:
    """Write report.json, the figures and report.html; all of an earlier report is replaced.

    A figure that cannot be drawn is named on the page and stops nothing.

    Parameters
    ----------
    progress
        Called with the number of figures drawn, and of all.
    sections
        What the report consists of: ``[*SECTIONS, Mine()]`` adds one.

    Raises
    ------
    CompareError
        If the folder cannot be written, or two sections have a figure or a key in common.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from glasswell.compare import SECTIONS, CompareConfig, compare, write_report
    >>> from glasswell.sim import SimulationConfig, simulate
    >>> from glasswell.theory import Model
    >>> config = SimulationConfig(sizes=(8, 12), samples=8, starts=4, method="quench", states=1)
    >>> with TemporaryDirectory() as folder:
    ...     archive = simulate(Model(gamma=2.0), config, Path(folder) / "samples.h5")
    ...     comparison = compare(archive, CompareConfig(rsb=(0,), resamples=100))
    ...     report = write_report(comparison, Path(folder), sections=SECTIONS[1:3])
    ...     report.page.exists(), report.missing
    (True, {})
    """
    folder.check(into)
    captions = _captions(sections)
    figures = [file for name in captions for file in drawing.files(name)]
    with folder.replaced(into, figures) as stage:
        shown = [section for section in sections if section.applies(comparison)]
        own = _drawings(comparison, shown)
        drawings = {name: draw for each in own for name, draw in each.items()}
        progress(0, len(drawings))
        record = json.dumps(as_dict(comparison, sections), indent=1, allow_nan=False)
        (stage / folder.RECORD).write_text(record + "\n", encoding="utf-8")
        folder.publish_first(stage, into)
        missing = drawing.save(drawings, stage, progress)
        parts = [
            html.Part.of(
                section,
                comparison,
                [
                    html.Picture.read(name, captions.get(name, name), stage)
                    for name in names
                    if name not in missing
                ],
            )
            for section, names in zip(shown, own, strict=True)
        ]
        page = html.page(comparison, parts, missing)
        (stage / folder.PAGE).write_text(page, encoding="utf-8")
    return Report(into / folder.PAGE, missing)


def _drawings(comparison: Comparison, sections: Sequence[Section]) -> list[Drawings]:
    """The figures of every section by name."""
    found: list[Drawings] = []
    for section in sections:
        own = section.figures(comparison)
        for others in found:
            _check_new(own, others, section)
        found.append(own)
    return found


def _captions(sections: Sequence[Section]) -> dict[str, str]:
    captions: dict[str, str] = {}
    for section in sections:
        _check_new(section.captions, captions, section)
        captions |= section.captions
    return captions


def _check_new(own: Mapping[str, object], taken: Mapping[str, object], section: Section) -> None:
    if twice := own.keys() & taken.keys():
        raise CompareError(
            f"section {type(section).__name__}: its figure {min(twice)!r} has the name of another "
            "section's: rename it"
        )
