"""Standard streams that bear whatever is printed: any encoding, none at all, or a reader that left.

Results contain γ, → and ∞; a redirected stdout of Windows has cp1252, a batch queue may have ASCII.
What the encoding of a stream lacks is spelled out - gamma, ->, inf - instead of ending the program.
"""

from __future__ import annotations

import codecs
import io
import os
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout

HANDLER = "glasswell.spelled_out"

DEFAULTS = ("strict", "backslashreplace", "surrogateescape")
"""What Python chooses for stdout, for stderr and in the C locale; others are somebody's choice."""

WORDS = {
    "→": "->", "←": "<-", "…": "...", "–": "-", "−": "-", "⟨": "<", "⟩": ">", "∞": "inf",
    "√": "sqrt", "∂": "d", "∫": "int ", "ħ": "hbar", "ℏ": "hbar", "≥": ">=", "≤": "<=", "≠": "!=",
    "≈": "~", "∝": "~", "±": "+-", "·": "*", "×": "x", "½": "1/2", "§": "section ", "\u0302": "^",
}  # fmt: skip


@contextmanager
def usable() -> Iterator[None]:
    """stdout and stderr that can be written, whatever is written and wherever it goes.

    Streams that are closed, or were never there, lead nowhere meanwhile.
    """
    codecs.register_error(HANDLER, spelled_out)
    with ExitStack() as stack:
        for name, redirected in (("stdout", redirect_stdout), ("stderr", redirect_stderr)):
            stream = getattr(sys, name)
            if stream is None or stream.closed:
                # SIM115: the stack closes it.
                nowhere = open(os.devnull, "w", encoding="utf-8", errors=HANDLER)  # noqa: SIM115
                stack.enter_context(redirected(stack.enter_context(nowhere)))
            elif isinstance(stream, io.TextIOWrapper) and stream.errors in DEFAULTS:
                stream.reconfigure(errors=HANDLER)
        yield


def discard_output() -> None:
    """Let stdout lead nowhere, so that the end of the program does not try to write it again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def spelled_out(error: UnicodeError) -> tuple[str, int]:
    """The error handler of an encoding: what it lacks, in ASCII.

    Raises
    ------
    UnicodeError
        The same one, if it is none of encoding.
    """
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return ascii_of(error.object[error.start : error.end]), error.end


def ascii_of(text: str) -> str:
    """Text in ASCII: γ is gamma, ⁻² is ^-2, → is ->, and what has no name an escape."""
    found, raised = [], False
    for character in text:
        raising = unicodedata.decomposition(character).startswith("<super>")
        found.append(("^" if raising and not raised else "") + _ascii_of(character))
        raised = raising
    return "".join(found)


def _ascii_of(character: str) -> str:
    if character.isascii() or character in WORDS:
        return WORDS.get(character, character)
    name = unicodedata.name(character, "")
    for case, spelled in (("SMALL", str.lower), ("CAPITAL", str.capitalize)):
        if name.startswith(f"GREEK {case} LETTER "):
            return spelled(name.split()[3])
    plain = "".join(WORDS.get(c, c) for c in unicodedata.normalize("NFKD", character))
    plain = plain.encode("ascii", "ignore").decode()
    return plain or character.encode("ascii", "backslashreplace").decode()
