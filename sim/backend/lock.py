"""Locks: one run per output by a file that says who writes it, and those that HDF5 takes."""

from __future__ import annotations

import errno
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from ..errors import LockError, StorageError
from . import durable

LIMIT = 4096
"""Bytes of a lock that are read: it holds a few words."""

PATIENCE = 1.0
"""Seconds that another run may take to write the lock it has just made."""

_NO_LOCKS_HERE = {errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS}
_LOCKED = {errno.EAGAIN, errno.EWOULDBLOCK}


@dataclass(frozen=True)
class Holder:
    """A process, told apart from all others that had or will have its number."""

    host: str
    process: int
    namespace: str | None
    """The kernel's name for the set of processes it counts in: containers have their own."""
    born: str | None
    """Boot of the machine and ticks from there to the start of the process, on Linux."""
    since: str
    """When it took the lock, for people."""

    @classmethod
    def here(cls) -> Holder:
        """This process, now."""
        return cls(
            host=socket.gethostname(),
            process=os.getpid(),
            namespace=_namespace(),
            born=_born(os.getpid()),
            since=time.strftime("%Y-%m-%d %H:%M:%S"),
        )

    @property
    def gone(self) -> bool:
        """Whether it has surely ended; what runs on another machine is never known to."""
        if (self.host, self.namespace) != (socket.gethostname(), _namespace()):
            return False
        return not _alive(self.process) or _born(self.process) != self.born


def place(path: str | Path) -> Path:
    """The lock of an output."""
    return Path(f"{path}.lock")


@contextmanager
def held(path: str | Path) -> Iterator[None]:
    """Hold an output for this process alone.

    The lock is a file that only one can make, on network mounts too. It is no lock of the
    operating system, which file systems may not have: so it survives a process that is killed,
    and is taken over when that process was on this machine and is there no more. Of other
    machines nothing is known, so there it stays until somebody deletes it.

    Raises
    ------
    LockError
        If another run holds it, naming that run.
    StorageError
        If the lock cannot be written.
    """
    lock = place(path)
    mine = json.dumps(asdict(Holder.here()))
    deadline = time.monotonic() + PATIENCE
    while not _made(lock, mine):
        found = _text(lock)
        holder = _parsed(found)
        if holder is not None and not holder.gone:
            raise LockError(
                f"{path} is being written by process {holder.process} on {holder.host} since "
                f"{holder.since}: wait for it, or delete {lock} if that run is gone"
            )
        if holder is not None:
            _take_away(lock, found)
        elif time.monotonic() > deadline:
            raise LockError(f"{lock} does not say who writes {path}: delete it if no run does")
        else:
            time.sleep(0.05)
    try:
        yield
    finally:
        if _text(lock) == mine:
            lock.unlink(missing_ok=True)


def refuse_hdf5(path: str | Path, error: BaseException) -> None:
    """Tell a file that HDF5 could not lock from one that is damaged.

    Raises
    ------
    LockError
        If that is why it could not be opened.
    """
    number = error.errno if isinstance(error, OSError) else None
    if number in _NO_LOCKS_HERE:
        raise LockError(
            f"{path} cannot be opened, its file system has no file locks: set "
            "HDF5_USE_FILE_LOCKING=FALSE in the environment"
        ) from error
    if number in _LOCKED:
        raise LockError(
            f"{path} is locked by a program that writes it: close that; where file locks do not "
            "work, set HDF5_USE_FILE_LOCKING=FALSE in the environment"
        ) from error


def _made(lock: Path, text: str) -> bool:
    try:
        descriptor = os.open(lock, durable.NEW, 0o666)
    except FileExistsError:
        return False
    except OSError as error:
        raise StorageError(f"cannot write {lock}: {error.strerror}") from error
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        lock.unlink(missing_ok=True)
        raise StorageError(f"cannot write {lock}: {error.strerror}") from error
    return True


def _text(lock: Path) -> str:
    """What a lock says; nothing if it is gone, or no file that one can read without waiting."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        with os.fdopen(os.open(lock, flags), "rb") as file:
            return file.read(LIMIT).decode("utf-8", errors="replace")
    except OSError:
        return ""


def _parsed(text: str) -> Holder | None:
    try:
        holder = Holder(**json.loads(text))
    except (ValueError, TypeError):
        return None
    return holder if isinstance(holder.process, int) and holder.process > 0 else None


def _take_away(lock: Path, found: str) -> None:
    """Remove a stale lock, but give back one that somebody has made since it was read."""
    aside = durable.part_name(lock)
    try:
        os.rename(lock, aside)
    except FileNotFoundError:
        return
    except OSError as error:
        raise StorageError(f"cannot remove {lock}: {error.strerror}") from error
    if _text(aside) == found:
        aside.unlink(missing_ok=True)
    else:
        os.rename(aside, lock)


def _alive(process: int) -> bool:
    if os.name == "nt":
        # There, signal 0 is Ctrl-C.
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _namespace() -> str | None:
    try:
        return os.readlink("/proc/self/ns/pid")
    except OSError:
        return None


def _born(process: int) -> str | None:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return f"{boot}+{fields[19]}"
