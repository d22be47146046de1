"""What the exit code of ``glasswell`` says, in one table."""

from __future__ import annotations

from enum import IntEnum

from glasswell.sim.backend.interrupts import Terminated
from glasswell.sim.errors import StorageError
from glasswell.theory.model.errors import GlasswellError, NotConvergedError


class ExitCode(IntEnum):
    """The exit codes of every command; ``meaning`` is the README's word for it."""

    DONE = 0
    FAILED = 1
    BAD_INPUT = 2
    NOT_CONVERGED = 3
    INTERRUPTED = 130
    TERMINATED = 143

    @property
    def meaning(self) -> str:
        """For the user: what has happened, and what to do."""
        return _MEANINGS[self]

    @classmethod
    def of(cls, stop: GlasswellError | KeyboardInterrupt) -> ExitCode:
        """The code of a command that ended with an exception.

        A signal is 128 + its number, as shells count: 130 after Ctrl-C, 143 after SIGTERM.
        """
        if isinstance(stop, KeyboardInterrupt):
            return cls.TERMINATED if isinstance(stop, Terminated) else cls.INTERRUPTED
        if isinstance(stop, StorageError):
            return cls.FAILED
        return cls.NOT_CONVERGED if isinstance(stop, NotConvergedError) else cls.BAD_INPUT

    @classmethod
    def of_result(cls, *, converged: bool) -> ExitCode:
        """The code of a command whose result is printed."""
        return cls.DONE if converged else cls.NOT_CONVERGED


_MEANINGS = {
    ExitCode.DONE: "done",
    ExitCode.FAILED: "failed for a reason that is not your input, such as a full disk",
    ExitCode.BAD_INPUT: "bad input: the message says what to change",
    ExitCode.NOT_CONVERGED: "ran, but a solution did not converge: look before you use a number",
    ExitCode.INTERRUPTED: "interrupted by Ctrl-C; finished samples are kept",
    ExitCode.TERMINATED: "terminated; finished samples are kept",
}
