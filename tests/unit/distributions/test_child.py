"""Programs and work beside the main thread: nothing of them outlives an interrupt."""

from __future__ import annotations

import fcntl
import os
import subprocess
import threading
from pathlib import Path
from time import monotonic

import pytest

from diraccert.distributions import child


def shell(script: str, folder: Path, limit: float = 60) -> subprocess.CompletedProcess[str]:
    return child.run(["sh", "-c", script], folder, os.environ, limit)


def test_what_a_program_says(tmp_path: Path) -> None:
    done = shell("pwd; echo wrong >&2; exit 3", tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (3, f"{tmp_path.resolve()}\n", "wrong\n")


def test_a_program_that_takes_too_long_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    began = monotonic()
    with pytest.raises(subprocess.TimeoutExpired):
        shell("sleep 60 & wait", tmp_path, limit=0.1)
    assert monotonic() - began < 30


def test_the_answer_and_the_error_of_work_beside(tmp_path: Path) -> None:
    with child.beside(lambda: 7) as seven:
        assert seven.result() == 7
    with child.beside(lambda: 1 // 0) as wrong, pytest.raises(ZeroDivisionError):
        wrong.result()


def test_an_interrupt_ends_the_work_and_lets_it_clean_up(tmp_path: Path) -> None:
    begun, cleaned = threading.Event(), threading.Event()

    def work() -> None:
        try:
            begun.set()
            shell("sleep 60", tmp_path)
            shell("touch another", tmp_path)
        finally:
            cleaned.set()

    def interrupted() -> None:
        with child.beside(work):
            assert begun.wait(30)
            raise KeyboardInterrupt

    began = monotonic()
    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert cleaned.is_set()
    assert not (tmp_path / "another").exists()
    assert monotonic() - began < 30
    assert shell("echo again", tmp_path).stdout == "again\n"


def test_work_that_waits_for_a_lock_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "LAST_WORDS", 0.05)
    with (tmp_path / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)

        def work() -> None:
            with (tmp_path / "lock").open("w") as file:
                fcntl.flock(file, fcntl.LOCK_EX)

        with pytest.raises(KeyboardInterrupt), child.beside(work):
            raise KeyboardInterrupt
