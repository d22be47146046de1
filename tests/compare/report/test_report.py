"""The report's folder: numbers first, figures that fail, old reports replaced as a whole, text."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from glasswell.compare import CompareConfig, CompareError, Comparison, compare
from glasswell.compare.cli import command
from glasswell.compare.page import report
from glasswell.compare.page.report_json import as_dict, as_text
from glasswell.compare.report.drawing import Drawings, files
from glasswell.compare.report.section import Section, Table
from glasswell.compare.sections import SECTIONS
from glasswell.theory import Model
from glasswell.theory.plots.canvas import blank
from matplotlib.figure import Figure

from ..conftest import Samples

HOSTILE = """<script>alert(1)</script> & "double" 'single'"""


@pytest.fixture(scope="module")
def compared() -> Comparison:
    """A comparison of eight samples."""
    rng = np.random.default_rng(0)
    h = 10 * rng.standard_normal((8, 8))
    size = Samples.size(h, 0.3 + 0.1 * rng.random((8, 8)), h)
    config = CompareConfig(rsb=(0,), resamples=100)
    return compare(Samples.archive(Model(gamma=10.0), size), config)


def _draws() -> Figure:
    figure = blank(1.0, 1.0)
    figure.subplots().plot([0, 1])
    return figure


def _raising(error: Exception) -> Callable[[], Figure]:
    def draw() -> Figure:
        raise error

    return draw


@pytest.fixture
def draws(monkeypatch: pytest.MonkeyPatch) -> Callable[[Drawings], None]:
    """Have these figures of the last section instead of the usual ones."""

    def choose(drawings: Drawings) -> None:
        monkeypatch.setattr(
            report, "_drawings", lambda _, sections: [{}] * (len(sections) - 1) + [drawings]
        )

    return choose


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.mark.parametrize(
    "error",
    [ValueError("Data cannot be log-scaled."), OverflowError("too <large>"), IndexError("empty")],
)
def test_a_figure_that_fails_is_named(
    compared: Comparison, draws: Callable[[Drawings], None], tmp_path: Path, error: Exception
) -> None:
    draws({"energy": _draws, "fields": _raising(error), "without_a_caption": _draws})
    written = report.write_report(compared, tmp_path)
    reason = str(error).rstrip(".")
    assert written.missing == {"fields": reason}
    page = written.page.read_text(encoding="utf-8")
    escaped = reason.replace("<", "&lt;").replace(">", "&gt;")
    assert f"fields could not be drawn: {escaped}." in page
    assert page.count("<figure>") == 2
    drawn = {*files("energy"), *files("without_a_caption")}
    assert _names(tmp_path) == {"report.json", "report.html", *drawn}


def test_a_figure_fails_only_when_it_is_saved(
    compared: Comparison, draws: Callable[[Drawings], None], tmp_path: Path
) -> None:
    """Matplotlib looks for ticks late."""

    def draw() -> Figure:
        figure = blank(1.0, 1.0)
        figure.subplots().set_title("$\\nothing$")
        return figure

    draws({"energy": draw})
    assert "nothing" in report.write_report(compared, tmp_path).missing["energy"]
    assert _names(tmp_path) == {"report.json", "report.html"}


def test_the_command_names_it_too(
    tiny: Path,
    draws: Callable[[Drawings], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    draws({"energy": _raising(ValueError("no logarithm"))})
    output = tiny.parent / "out"
    assert command.main(["crosscheck", str(tiny), "-o", str(output), "--engine", "inline"]) == 0
    printed = capsys.readouterr()
    assert printed.out.startswith("quantity")
    assert "figure energy could not be drawn: no logarithm\n" in printed.err


def test_a_mistake_keeps_its_traceback_and_the_numbers(
    compared: Comparison, draws: Callable[[Drawings], None], tmp_path: Path
) -> None:
    """In an empty folder the numbers are there, whatever stops the drawing."""
    draws({"energy": _raising(TypeError("a mistake"))})
    with pytest.raises(TypeError, match="a mistake"):
        report.write_report(compared, tmp_path)
    assert _names(tmp_path) == {"report.json"}
    assert json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["theory"]


def _old(folder: Path) -> dict[str, bytes]:
    """An old report beside samples and a picture that is not ours."""
    ours = ("report.json", "report.html", *files("energy"), *files("scatter"))
    names = (*ours, "samples.h5", "mine.png")
    for name in names:
        (folder / name).write_bytes(b"old " + name.encode())
    return _contents(folder)


def _contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_the_old_report_is_replaced_and_nothing_else(
    compared: Comparison, draws: Callable[[Drawings], None], tmp_path: Path
) -> None:
    _old(tmp_path)
    draws({"energy": _draws, "fields": _draws})
    report.write_report(compared, tmp_path)
    found = _contents(tmp_path)
    assert {name for name, text in found.items() if text.startswith(b"old")} == {
        "samples.h5", "mine.png"
    }  # fmt: skip
    drawn = {*files("energy"), *files("fields")}
    assert set(found) == {"report.json", "report.html", "samples.h5", "mine.png", *drawn}


@pytest.mark.parametrize(
    "error", [KeyboardInterrupt(), TypeError("a mistake"), OSError(28, "full")]
)
def test_what_stops_the_drawing_leaves_the_old_report(
    compared: Comparison,
    draws: Callable[[Drawings], None],
    tmp_path: Path,
    error: Exception,
) -> None:
    before = _old(tmp_path)
    draws({"fields": _draws, "energy": _raising(error)})
    expected = CompareError if isinstance(error, OSError) else type(error)
    with pytest.raises(expected):
        report.write_report(compared, tmp_path)
    assert _names(tmp_path) == set(before)
    assert _contents(tmp_path) == before


def test_a_signal_waits_for_the_whole_report(
    compared: Comparison,
    draws: Callable[[Drawings], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _old(tmp_path)
    draws({"energy": _draws})
    rename = os.replace

    def interrupted(*paths: Path) -> None:
        rename(*paths)
        if paths[1].name == "energy.png":
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr("glasswell.compare.page.folder.os.replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        report.write_report(compared, tmp_path)
    found = _contents(tmp_path)
    assert not any(found[name].startswith(b"old") for name in found if name.startswith("report"))


def test_no_old_page_beside_new_pictures(
    compared: Comparison,
    draws: Callable[[Drawings], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A power cut, or a file system that fails, while files are renamed."""
    _old(tmp_path)
    draws({"energy": _draws, "fields": _draws})
    rename = os.replace

    def fails(*paths: Path) -> None:
        if paths[1].name == "fields.png":
            raise OSError(5, "Input/output error")
        rename(*paths)

    monkeypatch.setattr("glasswell.compare.page.folder.os.replace", fails)
    with pytest.raises(CompareError, match=r"cannot write into .* choose another folder"):
        report.write_report(compared, tmp_path)
    assert not (tmp_path / "report.html").exists()


def test_text_is_escaped(
    compared: Comparison, draws: Callable[[Drawings], None], tmp_path: Path
) -> None:
    """From the configuration, the archive's attributes, and the names of files and figures."""
    provenance = replace(
        compared.archive.provenance,
        config_text=f"# {HOSTILE}\n$title $config",
        device=HOSTILE,
        versions={HOSTILE: HOSTILE},
    )
    beside = (replace(compared.archive, provenance=provenance),)
    hostile = replace(
        compared, archive=replace(compared.archive, provenance=provenance), beside=beside
    )
    draws({HOSTILE.replace("/", "_"): _draws, "energy": _raising(ValueError(HOSTILE))})
    page = report.write_report(hostile, tmp_path / "out").page.read_text(encoding="utf-8")
    assert page.count("<script") == 1  # ours
    assert "$title $config" in page
    escaped = "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &#34;double&#34; &#39;single&#39;"
    assert page.count(escaped) == 5  # text, device, a version and its name, a reason
    assert page.count(escaped.replace("/", "_")) == 2  # alt and caption of a figure


class Mine(Section):
    """A section of a user's: everything that one can have."""

    title = f"Mine {HOSTILE}"
    captions: ClassVar[Mapping[str, str]] = {"mine": f"caption {HOSTILE}"}

    def sentences(self, comparison: Comparison) -> list[str]:
        return [f"{comparison.largest.N} sites {HOSTILE}", "and more"]

    def tables(self, comparison: Comparison) -> list[Table]:
        row = comparison.rows[0]
        return [
            Table([HOSTILE], [[f"cell {HOSTILE}", *row.predictions]], ["RS"], f"note {HOSTILE}")
        ]

    def listing(self, comparison: Comparison) -> str:
        return f"as it is {HOSTILE}\n{comparison.config}"

    def figures(self, comparison: Comparison) -> Drawings:  # noqa: ARG002
        return {"mine": _draws, "mine_without_a_caption": _draws}

    def record(self, comparison: Comparison) -> dict[str, object]:
        return {"mine": {"N": comparison.largest.N}}


def test_a_section_of_ones_own(compared: Comparison, tmp_path: Path) -> None:
    """On the page, in the terminal, in the record and in the folder; every text is escaped."""
    report.write_report(compared, tmp_path, sections=[*SECTIONS[:1], Mine()])
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert page.count("<script") == 1  # ours
    # Title and its link, sentence, head, cell, note, listing, and twice the caption.
    assert page.count("&lt;script&gt;") == 9
    assert page.count("<figure>") == 3
    assert {"mine.png", "mine_without_a_caption.png"} <= _names(tmp_path)
    record = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert record["mine"] == {"N": 8}
    assert set(record) == {"model", "compare", "table", "extrapolations", "mine"}
    text = as_text(compared, [Mine()]).splitlines()
    assert text[0].split("  ")[0] == HOSTILE
    assert text[0].endswith("  RS (z)")
    assert f"8 sites {HOSTILE}" in text


def test_a_figure_that_a_section_lost_is_removed(compared: Comparison, tmp_path: Path) -> None:
    class Without(Mine):
        def figures(self, comparison: Comparison) -> Drawings:  # noqa: ARG002
            return {}

    report.write_report(compared, tmp_path, sections=[Mine()])
    assert (tmp_path / "mine.png").exists()
    report.write_report(compared, tmp_path, sections=[Without()])
    assert not (tmp_path / "mine.png").exists()


class SameKey(Section):
    def record(self, comparison: Comparison) -> dict[str, object]:
        return {"table": comparison.omega}


class NotPlain(Section):
    def record(self, comparison: Comparison) -> dict[str, object]:
        return {"mine": comparison.largest.energy}


class Nan(Section):
    def record(self, comparison: Comparison) -> dict[str, object]:
        return {"mine": comparison.omega * float("nan")}


class SameFigure(Section):
    captions: ClassVar[Mapping[str, str]] = {"energy": "another one"}


@pytest.mark.parametrize(
    ("section", "reason"),
    [
        (SameKey(), "SameKey: its record has the key 'table'"),
        (NotPlain(), "NotPlain: its record must be plain values"),
        (Nan(), "Nan: its record must be plain values"),
        (SameFigure(), "SameFigure: its figure 'energy' has the name"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_section_that_does_not_fit(
    compared: Comparison, tmp_path: Path, section: Section, reason: str
) -> None:
    """One line that names it, and nothing written."""
    with pytest.raises(CompareError, match=reason) as caught:
        report.write_report(compared, tmp_path, sections=[*SECTIONS, section])
    assert "\n" not in str(caught.value)
    assert _names(tmp_path) == set()


def test_keys_of_the_record_do_not_depend_on_the_samples(compared: Comparison) -> None:
    assert set(as_dict(compared)) == {
        "model", "compare", "theory", "sizes", "extrapolations", "vibrations", "scatter_exponent",
        "preparation", "table", "field_distribution", "field_distribution_limit",
        "eigenvalue_distribution", "double_wells", "well_distributions", "local_potentials",
        "number_of_states", "specific_heat", "thermal",
    }  # fmt: skip
