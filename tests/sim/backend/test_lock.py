"""One run per output: the second is told who the first is, and a dead one is no hindrance."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from glasswell.sim import LockError, StorageError
from glasswell.sim.backend import lock
from glasswell.sim.backend.lock import Holder


def _hold(path: Path) -> None:
    with lock.held(path):
        assert lock.place(path).exists()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "minima.h5"


def _plant(path: Path, holder: Holder) -> None:
    lock.place(path).write_text(json.dumps(asdict(holder)))


def test_the_second_is_told_who_the_first_is(path: Path) -> None:
    with lock.held(path):
        with pytest.raises(LockError, match=f"written by process {os.getpid()} on ") as caught:
            _hold(path)
        assert "\n" not in str(caught.value)
        with lock.held(path.with_name("other.h5")):
            pass
    assert list(path.parent.iterdir()) == []
    _hold(path)


def _dead() -> int:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return child.pid


@pytest.mark.skipif(os.name == "nt", reason="processes cannot be asked after")
def test_the_lock_of_a_process_that_is_gone_is_taken_over(path: Path) -> None:
    _plant(path, replace(Holder.here(), process=_dead()))
    _hold(path)
    assert list(path.parent.iterdir()) == []


@pytest.mark.skipif(Holder.here().born is None, reason="does not know when processes began")
def test_a_number_that_another_process_has_now_does_not_hold(path: Path) -> None:
    _plant(path, replace(Holder.here(), born="another boot+1"))
    _hold(path)


@pytest.mark.parametrize("elsewhere", [{"host": "another"}, {"namespace": "pid:[1]"}])
def test_of_other_machines_and_containers_nothing_is_known(
    path: Path, elsewhere: dict[str, str]
) -> None:
    _plant(path, replace(Holder.here(), process=_dead(), **elsewhere))
    with pytest.raises(LockError, match=r"on .* since .*, or delete .*minima\.h5\.lock"):
        _hold(path)
    assert lock.place(path).exists()


def _link(place: Path) -> None:
    place.symlink_to("/dev/zero")


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"process": 1}', "x" * 10_000])
def test_a_lock_that_says_nothing_is_respected(
    path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setattr(lock, "PATIENCE", 0.1)
    lock.place(path).write_text(text)
    with pytest.raises(LockError, match="delete it if no run does"):
        _hold(path)
    assert lock.place(path).read_text() == text


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
@pytest.mark.parametrize("plant", [Path.mkdir, _link, lambda place: os.mkfifo(place)])
def test_what_is_no_lock_is_neither_followed_nor_waited_for(
    path: Path, monkeypatch: pytest.MonkeyPatch, plant: Callable[[Path], None]
) -> None:
    monkeypatch.setattr(lock, "PATIENCE", 0.1)
    plant(lock.place(path))
    with pytest.raises(LockError, match="delete it if no run does"):
        _hold(path)


def test_a_lock_that_cannot_be_written(path: Path) -> None:
    with pytest.raises(StorageError, match="cannot write"):
        _hold(path.parent / "nowhere" / "minima.h5")


def test_a_lock_made_meanwhile_is_given_back(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two take over one stale lock: the slower finds the lock of the faster, and gives it back."""
    _plant(path, replace(Holder.here(), born="another boot+1"))
    faster = replace(Holder.here(), host="another")
    rename = os.rename

    def slowly(source: Path, target: Path) -> None:
        if source == lock.place(path):
            _plant(path, faster)
        rename(source, target)

    monkeypatch.setattr(os, "rename", slowly)
    with pytest.raises(LockError, match="on another since"):
        _hold(path)
    assert json.loads(lock.place(path).read_text()) == asdict(faster)
    assert list(path.parent.iterdir()) == [lock.place(path)]


def _compete(path: Path) -> None:
    held = 0
    while held < 50:
        try:
            with lock.held(path):
                alone = path.with_name("alone")
                os.close(os.open(alone, os.O_CREAT | os.O_EXCL))
                alone.unlink()
                held += 1
        except LockError:
            pass


def test_only_one_holds_it_at_a_time(path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(_compete, [path] * 4))
    assert list(path.parent.iterdir()) == []
