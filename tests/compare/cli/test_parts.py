"""Parts by the command line: made anywhere, merged, and archives that are extended."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
from glasswell.compare.cli.command import main
from glasswell.sim import SimulationConfig, read, simulate
from glasswell.theory import Model
from potentials import Cosh

TINY = """\
# mine
[model]
gamma = 10.0
[simulation]
sizes = [8, 12]
samples = [5, 4]
starts = 4
steps = 20
[compare]
resamples = 200
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "config.toml"
    file.write_text(TINY)
    return file


def _refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    try:
        code = main(words)
    except SystemExit as stopped:
        code = stopped.code  # type: ignore[assignment]  # argparse's
    printed = capsys.readouterr()
    assert code == 2
    assert printed.out == ""
    (line,) = printed.err.splitlines()
    return line


def _simulate(config: Path, output: Path, *words: str) -> int:
    return main(["simulate", str(config), "-o", str(output), "--engine", "inline", *words])


def test_seven_parts_are_the_run(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Dataset by dataset, and byte by byte."""
    folder = config.parent
    parts = [folder / f"part-{number}.h5" for number in range(1, 8)]
    for number, part in enumerate(parts, start=1):
        assert _simulate(config, part, "--shard", f"{number}/7") == 0
    printed = capsys.readouterr()
    assert "part        7 of 7: to be merged with the others" in printed.out
    merged, once = folder / "merged.h5", folder / "once.h5"
    assert main(["merge", str(merged), *map(str, parts), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["part"] is None
    assert [size["samples"] for size in told["sizes"].values()] == [5, 4]
    assert _simulate(config, once) == 0
    assert merged.read_bytes() == once.read_bytes()
    assert main(["merge", str(merged), *map(str, parts), "--overwrite"]) == 0
    capsys.readouterr()
    words = ["merge", str(folder / "other.h5"), *map(str, parts[:4]), *map(str, parts[5:])]
    assert "part 5 of 7 is missing" in _refused(words, capsys)
    assert "exists: choose" in _refused(["merge", str(merged), *map(str, parts)], capsys)
    words = ["compare", str(parts[0]), "-o", str(folder / "out")]
    assert "part 1 of 7 of a run: join all parts by glasswell merge" in _refused(words, capsys)
    assert not (folder / "out").exists()
    # A part that stands is a part that is done.
    assert _simulate(config, parts[0], "--shard", "1/7", "--resume") == 0


@pytest.mark.parametrize("text", ["0/7", "8/7", "a/b", "1/0", "3", "", "1/2/3", "-1/7"])
def test_what_is_no_part(text: str, config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["simulate", str(config), "-o", str(config.parent / "a.h5"), f"--shard={text}"]
    assert "part" in _refused(words, capsys)
    assert [file.name for file in config.parent.iterdir()] == ["config.toml"]


def test_extend(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same as resuming with a configuration that asks for more; the rest of its text stays."""
    path, other = config.parent / "minima.h5", config.parent / "other.h5"
    assert _simulate(config, path) == 0
    other.write_bytes(path.read_bytes())
    capsys.readouterr()
    words = ["extend", str(path), "--engine", "inline"]
    assert main([*words, "--samples", "6", "--sizes", "6", "8", "--starts", "5"]) == 0
    assert "stage 2     sizes [8, 12] → [8, 12, 6], samples [5, 4] → 6, starts 4 → 5" in (
        capsys.readouterr().out
    )
    text = read(path).provenance.config_text
    assert tomllib.loads(text)["compare"] == {"resamples": 200}
    config.write_text(text)
    assert _simulate(config, other, "--resume") == 0
    assert path.read_bytes() == other.read_bytes()
    capsys.readouterr()
    assert "nothing to add: give --samples" in _refused(words, capsys)
    assert "an archive only grows" in _refused([*words, "--samples", "2"], capsys)
    assert "sweeps is None there" in _refused([*words, "--sweeps", "9"], capsys)
    assert "one per size" in _refused([*words, "--samples", "7", "8"], capsys)
    assert "no archive" in _refused(["extend", str(path) + ".no", "--starts", "9"], capsys)
    assert path.read_bytes() == other.read_bytes()


def test_extend_sweeps(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = config.parent / "minima.h5"
    config.write_text(
        TINY.replace("steps = 20", 'method = "temper"\ntemperatures = [0.5, 1.5]\nsweeps = 40')
    )
    assert _simulate(config, path) == 0
    words = ["extend", str(path), "--engine", "inline"]
    assert main([*words, "--sweeps", "80", "--json"]) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told["settings"]["burn_in"] == {"8": 40, "12": 40}
    assert told["sizes"]["8"]["tempering"]["measurements"] == 8


def test_what_needs_code_is_extended_in_python(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "minima.h5"
    config = SimulationConfig(sizes=(6,), samples=1, starts=1, method="quench")
    simulate(Model(gamma=2.0, potential=Cosh()), config, path)
    line = _refused(["extend", str(path), "--samples", "2"], capsys)
    assert "is a class of Python: let it grow from there, with simulate" in line


def test_growth_in_parts(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old, folder = config.parent / "old.h5", config.parent
    assert _simulate(config, old) == 0
    config.write_text(TINY.replace("[5, 4]", "7"))
    parts = [folder / "1.h5", folder / "2.h5"]
    for number, part in enumerate(parts, start=1):
        words = ("--shard", f"{number}/2", "--from", str(old), "--resume")
        assert _simulate(config, part, *words) == 0
    assert main(["merge", str(folder / "merged.h5"), *map(str, parts)]) == 0
    assert _simulate(config, old, "--resume") == 0
    assert (folder / "merged.h5").read_bytes() == old.read_bytes()
    assert "stage 2     samples [5, 4] → 7" in capsys.readouterr().out
