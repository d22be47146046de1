"""The script for a queue: readable, safe with any name, and a whole queue run by stand-ins."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from glasswell.compare.cli.batch_script import Request, script, seconds
from glasswell.compare.cli.command import main
from glasswell.sim import SimulationError, read, simulate
from glasswell.sim.backend import lock
from glasswell.sim.config import load
from glasswell.sim.run import shards

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")

CONFIG = """\
[model]
gamma = 10.0
[simulation]
sizes = [8]
samples = 6
starts = 4
steps = 40
"""

GLASSWELL = """\
#!{python}
import sys
from glasswell.compare.cli.command import main
if __name__ == "__main__":
    sys.exit(main())
"""

SBATCH = """\
#!{python}
import json, os, sys
from pathlib import Path
spool = Path({spool!r})
number = str(100 + len(list(spool.glob("*.job"))))
options = [word for word in sys.argv[1:] if word.startswith("--")]
words = [word for word in sys.argv[1:] if not word.startswith("--")]
job = {{"options": options, "words": words, "folder": os.getcwd()}}
(spool / (number + ".job")).write_text(json.dumps(job))
print(number + ";cluster" if "--parsable" in options else "Submitted batch job " + number)
"""

SCONTROL = """\
#!{python}
import sys
from pathlib import Path
assert sys.argv[1] == "requeue"
with (Path({spool!r}) / "requeued").open("a") as file:
    print(sys.argv[2], file=file)
"""

QUOTES = 'it\'s a "run" $HOME `id`; #1'


class Queue:
    """Slurm, as far as the script needs it: jobs wait in a folder until they are run here."""

    def __init__(self, folder: Path) -> None:
        self.spool, programs = folder / "spool", folder / "programs"
        for place in (self.spool, programs):
            place.mkdir()
        for name, text in (("sbatch", SBATCH), ("scontrol", SCONTROL), ("glasswell", GLASSWELL)):
            file = programs / name
            file.write_text(text.format(python=sys.executable, spool=str(self.spool)))
            file.chmod(0o755)
        self.environment = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"}

    def submit(self, file: Path) -> list[dict[str, Any]]:
        """Run the script; returns the jobs that it has put into the queue."""
        before = set(self.spool.glob("*.job"))
        subprocess.run(["bash", str(file)], check=True, env=self.environment, capture_output=True)
        return [json.loads(job.read_text()) for job in sorted({*self.spool.glob("*.job")} - before)]

    def start(self, job: dict[str, Any], **variables: str) -> subprocess.Popen[str]:
        """One task of a job, in its folder, its log on stderr."""
        return subprocess.Popen(
            ["bash", *job["words"]], cwd=job["folder"], env={**self.environment, **variables},
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip

    def task(self, job: dict[str, Any], number: int, restarts: int = 0) -> subprocess.Popen[str]:
        """A task of an array."""
        return self.start(
            job,
            SLURM_ARRAY_JOB_ID="100",
            SLURM_ARRAY_TASK_ID=str(number),
            SLURM_RESTART_COUNT=str(restarts),
        )

    @property
    def requeued(self) -> list[str]:
        """Tasks that have queued themselves again."""
        file = self.spool / "requeued"
        return file.read_text().split() if file.exists() else []


@pytest.fixture
def queue(tmp_path: Path) -> Queue:
    place = tmp_path / "queue"
    place.mkdir()
    return Queue(place)


def _written(folder: Path, text: str, tasks: int, name: str = "plain") -> tuple[Path, Path]:
    """The archive to be, and the script."""
    folder = folder / name
    folder.mkdir()
    (folder / f"{name}.toml").write_text(text)
    words = ["slurm", str(folder / f"{name}.toml"), "-o", str(folder / f"{name}.h5")]
    file = folder / f"{name}.slurm"
    assert main([*words, "--tasks", str(tasks), "--script", str(file)]) == 0
    return folder / f"{name}.h5", file


def _wait_for(condition: Callable[[], object], child: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 60.0
    while not condition():
        assert child.poll() is None, child.communicate()[1]
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _done(child: subprocess.Popen[str]) -> None:
    _, said = child.communicate(timeout=120)
    assert child.returncode == 0, said


def _same_as_one_run(path: Path, config: Path) -> None:
    model, simulation, text, _ = load(config)
    simulate(model, simulation, path.with_name("once.h5"), config_text=text)
    assert path.read_bytes() == path.with_name("once.h5").read_bytes()


def test_a_queue(tmp_path: Path, queue: Queue) -> None:
    """Submitted, run task by task, merged: the archive of one run, whatever it is called."""
    path, file = _written(tmp_path, CONFIG, 2, QUOTES)
    array, last = queue.submit(file)
    assert array["words"] == [str(file), "part"]
    assert {"--array=1-2", "--signal=B:USR1@120", "--output=part-%a.log"} <= {*array["options"]}
    assert last["words"] == [str(file), "merge"]
    assert {"--dependency=afterok:100", "--kill-on-invalid-dep=yes"} <= {*last["options"]}
    assert array["folder"] == last["folder"] == f"{path}.parts"
    _done(queue.task(array, 2))
    early = queue.start(last)
    assert "part 1 of 2 is missing" in early.communicate()[1]
    assert early.returncode == 2
    _done(queue.task(array, 1))
    _done(queue.start(last))
    _same_as_one_run(path, file.with_suffix(".toml"))
    assert queue.requeued == []


def test_a_task_stops_before_its_limit_and_goes_on(tmp_path: Path, queue: Queue) -> None:
    """Slurm's signal ends it cleanly and puts it back; scancel's ends it for good."""
    text = CONFIG.replace("steps = 40", "steps = 4000").replace("samples = 6", "samples = 40")
    path, file = _written(tmp_path, text, 1)
    (array, last) = queue.submit(file)
    part = Path(array["folder"]) / "part-1.h5"
    restarts = 0
    for number in (signal.SIGUSR1, signal.SIGTERM):
        child, kept = queue.task(array, 1, restarts), len(list(shards.folder(part).glob("*.h5")))
        _wait_for(lambda: len(list(shards.folder(part).glob("*.h5"))) > kept, child)  # noqa: B023
        child.send_signal(number)
        _, said = child.communicate(timeout=60)
        assert child.returncode == 128 + signal.SIGTERM
        assert "terminated: finished samples are kept" in said
        assert not part.exists()
        assert not lock.place(part).exists()
        restarts += 1
    assert queue.requeued == ["100_1"]
    # What is lacking may be made with fewer samples; the script is the same.
    config = file.with_suffix(".toml")
    config.write_text(text.replace("samples = 40", f"samples = {restarts + 10}"))
    _done(queue.task(array, 1, restarts))
    _done(queue.start(last))
    _same_as_one_run(path, config)
    # Submitted once more, everything is there already.
    path.unlink()
    (array, last) = queue.submit(file)
    _done(queue.task(array, 1))
    _done(queue.start(last))


def test_a_lock_of_a_node_that_failed(tmp_path: Path, queue: Queue) -> None:
    """Nothing is known of its process: only Slurm, which starts the task again, knows it ended."""
    _, file = _written(tmp_path, CONFIG, 2)
    (array, _) = queue.submit(file)
    part = Path(array["folder"]) / "part-1.h5"
    there = {"host": "gone", "process": 1, "namespace": None, "born": None, "since": "long ago"}
    lock.place(part).write_text(json.dumps(there))
    child = queue.task(array, 1)
    assert "is being written by process 1 on gone" in child.communicate()[1]
    assert child.returncode == 2
    _done(queue.task(array, 1, restarts=1))
    assert read(part).provenance.part.short == "1/2"


def test_what_is_asked_of_slurm(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "mine.toml"
    config.write_text(CONFIG)
    words = ["slurm", str(config), "-o", str(tmp_path / "a.h5"), "--tasks", "4"]
    words += ["--time", "1-12:00:00", "--partition", "gpu,long", "--account", "p_42"]
    assert main([*words, "--gpus-per-task", "1", "--cpus-per-task", "3", "--memory", "8G"]) == 0
    printed = capsys.readouterr()
    lines = printed.out.splitlines()
    assert lines[0] == "#!/bin/bash"
    for name, value in (("time", "1-12:00:00"), ("partition", "gpu,long"), ("account", "p_42"),
                        ("cpus-per-task", "3"), ("mem", "8G"), ("ntasks", "1")):  # fmt: skip
        assert f"#SBATCH --{name}={value}" in lines
    assert "--gpus-per-task=1 " in printed.out
    assert "--engine process --workers 3 --device cuda &" in printed.out
    assert max(map(len, lines)) <= 110
    assert len(lines) < 70
    assert printed.err == ""
    assert main([*words[:5], "7"]) == 0
    printed = capsys.readouterr()
    assert "cuda" not in printed.out
    assert "gpus" not in printed.out
    assert "some parts will have no samples" in printed.err


@pytest.mark.parametrize("name", ["plain", QUOTES, "-o", "two\nlines", "$(touch me)", "ü 日本"])
@pytest.mark.parametrize("start", [False, True])
def test_names_of_all_kinds(name: str, start: bool, tmp_path: Path) -> None:
    """The shell reads the script, and has the names as they are."""
    config, archive = tmp_path / f"{name}.toml", tmp_path / f"{name}.h5"
    text = script(config, archive, Request(3), file=name, start=archive if start else None)
    subprocess.run(["bash", "-n"], input=text, text=True, check=True, cwd=tmp_path)
    head, _, _ = text.partition("# Part I of")
    shown = 'printf "%s\\0" "$config" "$archive"' + (' "$start"' if start else "")
    run = subprocess.run(
        ["bash", "-c", head + shown, "bash"], capture_output=True, text=True, check=True,
        cwd=tmp_path,
    )  # fmt: skip
    wanted = [str(config), str(archive), *([str(archive)] if start else [])]
    assert run.stdout.split("\0")[:-1] == wanted
    assert list(tmp_path.iterdir()) == []
    comments, _, _ = text.partition("set -euo")
    assert all(line.startswith("#") for line in comments.splitlines())
    assert shlex.split(text, comments=True)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--tasks", "0"], "must be an integer of at least 1"),
        (["--tasks", "x"], "invalid int"),
        (["--time", "soon"], "is no time limit: write it as 4:00:00"),
        (["--time", "5"], "leaves no time: parts stop 120 s before the limit"),
        (["--time", "4:00:00\n#SBATCH --x"], "is no time limit"),
        (["--partition", "a b"], "--partition a b is no name of Slurm's"),
        (["--account", "x\n#SBATCH --uid=0"], r"--account x\n#SBATCH --uid=0 is no name"),
        (["--memory", "lots"], "is no amount of memory: write it as 4G"),
        (["--gpus-per-task", "-1"], "must be an integer of at least 0"),
        (["-o", "{config}"], "exists: choose another name"),
    ],
)
def test_what_is_refused(
    words: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "mine.toml"
    config.write_text(CONFIG)
    first = ["slurm", str(config), "-o", str(tmp_path / "a.h5"), "--tasks", "4"]
    try:
        code = main([*first, *(word.format(config=config) for word in words)])
    except SystemExit as stopped:
        code = stopped.code  # type: ignore[assignment]  # argparse's
    printed = capsys.readouterr()
    assert code == 2
    assert printed.out == ""
    (line,) = printed.err.splitlines()
    assert message in line


def test_a_script_is_not_replaced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, file = _written(tmp_path, CONFIG, 2)
    before = file.read_bytes()
    words = ["slurm", str(file.with_suffix(".toml")), "-o", str(file.with_suffix(".h5"))]
    words += ["--tasks", "3", "--script", str(file)]
    assert main(words) == 2
    assert "exists: choose another name" in capsys.readouterr().err
    assert file.read_bytes() == before
    assert main([*words, "--overwrite"]) == 0
    assert b"--array=1-3" in file.read_bytes()
    assert b'"$parts"/part-*.h5 --overwrite' in file.read_bytes()


def test_time_limits() -> None:
    known = {"90": 5400, "15:30": 930, "4:00:00": 14400, "2-0": 172800, "1-12": 129600,
             "0-1:30": 5400, "1-00:00:01": 86401}  # fmt: skip
    assert {text: seconds(text) for text in known} == known
    for text in ("", "-1", "1:2:3:4", "4h", "1-", "١٢"):
        with pytest.raises(SimulationError, match="no time limit"):
            seconds(text)
