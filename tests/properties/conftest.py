"""Commands in processes of their own, seen from outside: for inputs that may do any harm."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

SECONDS = 10
"""Of its own work: what else runs on the machine is not counted."""

WAITING = 60
"""Seconds after which one that does nothing is ended, too."""

MEMORY = 2**30


@dataclass(frozen=True)
class Outcome:
    """The exit code of a command (negative: the signal that ended it), and what it printed."""

    code: int
    out: str
    err: str

    @property
    def works(self) -> bool:
        """It did what it was asked for."""
        return self.code == 0

    @property
    def refused(self) -> bool:
        """Exit 2 and one line of moderate length on stderr."""
        one_line = self.err.count("\n") == 1 and self.err.startswith("glasswell: ")
        return self.code == 2 and not self.out and one_line and len(self.err) < 1000


def _in_a_child(work: Callable[[], int]) -> Outcome:
    here, there = os.pipe()
    with warnings.catch_warnings():
        # Of threads that a child of a fork does not have: it computes without them.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if not child:
        os.close(here)
        _limit()
        code, out, err = 1, io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                code = work()
            except BaseException as error:
                # Nothing may lead this process back into the tests.
                err.write(f"Traceback: {error!r}\n\n")
        with os.fdopen(there, "wb") as pipe:
            pipe.write(out.getvalue().encode("utf-8", "backslashreplace") + b"\0")
            pipe.write(err.getvalue().encode("utf-8", "backslashreplace"))
        os._exit(code)
    os.close(there)
    with os.fdopen(here, "rb") as pipe:
        printed = pipe.read().decode()
    _, status = os.waitpid(child, 0)
    on_stdout, _, on_stderr = printed.partition("\0")
    return Outcome(os.waitstatus_to_exitcode(status), on_stdout, on_stderr)


def _limit() -> None:
    import resource  # Which Windows does not have.

    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(WAITING)
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


@pytest.fixture(scope="session")
def contained() -> Callable[[Callable[[], int]], Outcome]:
    """Does some work, which returns an exit code, in a process with 10 s and 1 GiB of its own."""
    return _in_a_child
