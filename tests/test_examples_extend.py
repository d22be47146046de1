"""The examples of what users add: they run, and stay short."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples" / "extend"

LONGEST = 60
"""Lines."""

CLAIMS = {
    "potential": [(r"energy, N → ∞: samples (\S+) ± (\S+), .* 1RSB (\S+)", 3.0)],
}
"""What an example prints: a measurement, its error, a theory, and errors between them at most."""


@pytest.mark.parametrize("name", CLAIMS)
def test_examples(name: str, tmp_path: Path) -> None:
    script = EXAMPLES / f"{name}.py"
    assert len(script.read_text(encoding="utf-8").splitlines()) < LONGEST
    run = subprocess.run(
        [sys.executable, "-W", "error", script, tmp_path],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "", "OMP_NUM_THREADS": "1", "MPLBACKEND": "agg"},
    )
    assert run.returncode == 0, run.stderr
    for pattern, limit in CLAIMS[name]:
        found = re.search(pattern, run.stdout)
        assert found is not None, run.stdout
        measured, error, theory = map(float, found.groups())
        assert abs(measured - theory) < limit * error
