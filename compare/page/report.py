"""The report: one self-contained HTML page, a JSON record and the figures, in one folder."""

from __future__ import annotations

import base64
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
    with folder.replaced(into, [f"{name}.png" for name in captions]) as stage:
        shown = [section for section in sections if section.applies(comparison)]
        drawings = _drawings(comparison, shown)
        progress(0, len(drawings))
        record = json.dumps(as_dict(comparison, sections), indent=1, allow_nan=False)
        (stage / folder.RECORD).write_text(record + "\n", encoding="utf-8")
        parts = [html.Part.of(section, comparison) for section in shown]
        folder.publish_first(stage, into)
        missing = drawing.save(drawings, stage, progress)
        pictures = [
            html.Picture(captions.get(name, name), _base64(stage / f"{name}.png"))
            for name in drawings
            if name not in missing
        ]
        page = html.page(comparison, parts, pictures, missing)
        (stage / folder.PAGE).write_text(page, encoding="utf-8")
    return Report(into / folder.PAGE, missing)


def _drawings(comparison: Comparison, sections: Sequence[Section]) -> Drawings:
    """All figures by name, in the order of the sections."""
    drawings: Drawings = {}
    for section in sections:
        own = section.figures(comparison)
        _check_new(own, drawings, section)
        drawings |= own
    return drawings


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


def _base64(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()
