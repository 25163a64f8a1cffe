"""Programs that we wait for, and work beside the main thread: an interrupt ends both, whoever waits."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

LAST_WORDS = 5.0
"""Seconds that interrupted work has to remove what it made."""

_running: set[subprocess.Popen[str]] = set()
_guard = threading.Lock()
_stopping = threading.Event()


class Stopped(Exception):
    """The work was interrupted; nobody waits for its answer."""


def run(
    argv: Sequence[str], cwd: Path | str, environment: Mapping[str, str], limit: float, errors: str = "replace"
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end and answer what it said; as `subprocess.run` raises, so does this.

    It gets a session of its own, and whatever leaves this function (`limit` seconds that are over, an interrupt)
    leaves neither it nor what it started.
    """
    with _guard:
        if _stopping.is_set():
            raise Stopped
        process = subprocess.Popen(
            argv,
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors=errors,
            start_new_session=True,
        )
        _running.add(process)
    try:
        out, said = process.communicate(timeout=limit)
    finally:
        with _guard:
            _running.discard(process)
        if process.returncode is None:
            _kill(process)
            process.communicate()
    if _stopping.is_set():
        raise Stopped
    return subprocess.CompletedProcess(process.args, process.returncode, out, said)


@contextmanager
def beside(work: Callable[[], T]) -> Iterator[Future[T]]:
    """Do ``work`` in a thread while the block goes on; the future is its answer.

    When the block ends by an exception, KeyboardInterrupt too, the programs of ``work`` are killed, and it has
    `LAST_WORDS` to clean up. A thread that waits for a lock which another command holds is not waited for.
    """
    future: Future[T] = Future()

    def go() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001 - it is raised where the answer is taken
            future.set_exception(error)

    thread = threading.Thread(target=go, daemon=True)
    thread.start()
    try:
        yield future
    except BaseException:
        _stop()
        thread.join(LAST_WORDS)
        raise
    finally:
        _stopping.clear()


def _stop() -> None:
    with _guard:
        _stopping.set()
        for process in _running:
            _kill(process)


def _kill(process: subprocess.Popen[str]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
