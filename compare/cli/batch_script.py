"""The script that runs a configuration in parts on a Slurm cluster, and merges them."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from glasswell.sim.backend.printable import printable
from glasswell.sim.errors import SimulationError

NOTICE = 120
"""Seconds before its time limit at which a task stops: a checkpoint takes one or two."""

SHORTEST = 5 * NOTICE
"""Seconds of a time limit that leave something for the work."""

_TIME = re.compile(
    r"(?:(\d{1,3})-(\d{1,2})(?::(\d{1,2})(?::(\d{1,2}))?)?"
    r"|(\d{1,6})|(\d{1,6}):(\d{2})|(\d{1,4}):(\d{2}):(\d{2}))",
    re.ASCII,
)
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.,+@-]*")
_MEMORY = re.compile(r"[1-9][0-9]*[KMGT]?")

TEMPLATE = """\
#!/bin/bash
# {what}, in {tasks} parts on a Slurm cluster. Submit it from where glasswell runs:
#
#     bash {file}
#
# and again if a part has failed: what is done is kept.
{directives}
set -euo pipefail

script=$(realpath "$0")
config={config}
archive={archive}
parts=$archive.parts
{start}
# Part I of {tasks}, in a task of its own. Slurm sends USR1 {notice} seconds before the time limit:
# the part then saves where it is, queues itself again, and goes on from there.
part() {{
    local I=$SLURM_ARRAY_TASK_ID run code again=
    local file=$parts/part-$I.h5
    # Slurm runs a task once at a time: a lock from before a restart is that of a node that failed.
    if (( ${{SLURM_RESTART_COUNT:-0}} > 0 )); then rm -f "$file.lock"; fi
    glasswell simulate "$config" -o "$file" --shard "$I/{tasks}" --resume \\
        {options} &
    run=$!
    trap 'again=yes; kill -TERM "$run"' USR1
    trap 'kill -TERM "$run"' TERM
    # A signal ends the wait before the run has ended.
    while code=0; wait "$run" || code=$?; (( code > 128 )) && kill -0 "$run" 2>/dev/null; do :; done
    if [[ $again ]] && (( code > 128 )); then scontrol requeue "${{SLURM_ARRAY_JOB_ID}}_$I"; fi
    exit "$code"
}}

# All parts, once they are there.
merge() {{
    glasswell merge "$archive" "$parts"/part-*.h5{overwrite}
}}

submit() {{
    local array
    mkdir -p "$parts"
    cd "$parts"
    array=$(sbatch --parsable --array=1-{tasks} --signal=B:USR1@{notice} {gpus}\\
        --output=part-%a.log "$script" part)
    sbatch --dependency="afterok:${{array%%;*}}" --kill-on-invalid-dep=yes \\
        --output=merge.log "$script" merge
}}

"${{1:-submit}}"
"""


@dataclass(frozen=True)
class Request:
    """What is asked of Slurm for every part.

    Raises
    ------
    SimulationError
        If a value cannot be asked for.
    """

    tasks: int
    time: str = "4:00:00"
    partition: str | None = None
    account: str | None = None
    gpus: int = 0
    cpus: int = 1
    memory: str | None = None

    def __post_init__(self) -> None:
        """Refuse what Slurm would, and what is no word.

        Raises
        ------
        SimulationError
            Naming the option.
        """
        if seconds(self.time) < SHORTEST:
            raise SimulationError(
                f"--time {self.time} leaves no time: parts stop {NOTICE} s before the limit, so "
                f"give {SHORTEST // 60} minutes or more"
            )
        for name, value in (("partition", self.partition), ("account", self.account)):
            if value is not None and _NAME.fullmatch(value) is None:
                raise SimulationError(f"--{name} {printable(value)} is no name of Slurm's")
        if self.memory is not None and _MEMORY.fullmatch(self.memory) is None:
            raise SimulationError(
                f"--memory {printable(self.memory)} is no amount of memory: write it as 4G or 500M"
            )

    def directives(self) -> str:
        """The lines that all jobs share."""
        asked = {
            "job-name": "glasswell",
            "time": self.time,
            "ntasks": "1",
            "cpus-per-task": str(self.cpus),
            "mem": self.memory,
            "partition": self.partition,
            "account": self.account,
        }
        lines = [f"#SBATCH --{name}={value}" for name, value in asked.items() if value is not None]
        return "\n".join([*lines, "#SBATCH --requeue", "#SBATCH --open-mode=append"])

    def options(self) -> str:
        """The options by which a part is run."""
        engine = "inline" if self.cpus == 1 else f"process --workers {self.cpus}"
        return f"--engine {engine}{' --device cuda' if self.gpus else ''}"


def script(
    config: Path,
    archive: Path,
    request: Request,
    *,
    file: str,
    start: Path | None = None,
    overwrite: bool = False,
) -> str:
    """The script as text.

    Parameters
    ----------
    config, archive
        By absolute paths: jobs run elsewhere.
    file
        The script's own name, for those who read it.
    start
        A finished archive, of whose samples only what is lacking is made.
    overwrite
        Replace an archive that is there when parts are merged.
    """
    return TEMPLATE.format(
        what=printable(f"{config.name} → {archive.name}"),
        tasks=request.tasks,
        file=printable(shlex.quote(file)),
        directives=request.directives(),
        config=shlex.quote(str(config)),
        archive=shlex.quote(str(archive)),
        notice=NOTICE,
        start="" if start is None else f"start={shlex.quote(str(start))}\n",
        options=request.options() + ("" if start is None else ' --from "$start"'),
        overwrite=" --overwrite" if overwrite else "",
        gpus=f"--gpus-per-task={request.gpus} " if request.gpus else "",
    )


def seconds(time: str) -> int:
    """Of a time limit as Slurm writes it: minutes, M:S, H:M:S, D-H, D-H:M or D-H:M:S.

    Raises
    ------
    SimulationError
        If it is none.

    >>> seconds("4:00:00"), seconds("90"), seconds("1-12")
    (14400, 5400, 129600)
    """
    found = _TIME.fullmatch(time)
    if found is None:
        raise SimulationError(
            f"--time {printable(time)} is no time limit: write it as 4:00:00 or 2-12:00:00"
        )
    days, hours, minutes, rest, alone, *short = (int(text or 0) for text in found.groups())
    long = ((24 * days + hours) * 60 + minutes) * 60 + rest
    m, s, h, m2, s2 = short
    return long + 60 * (alone + m) + s + (60 * h + m2) * 60 + s2
