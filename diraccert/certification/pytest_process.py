"""The pytest process of a run: its command, its life, and its end whatever happens."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from diraccert.certification import stretch as stretching
from diraccert.certification.catalogue import NO_AUTOLOAD, base_arguments

OUTPUT = "pytest.log"
#: Seconds between two looks at the events.
GLANCE = 0.2
#: Seconds that pytest has to stop its workers before they are killed.
LAST_WORDS = 10.0
PYTEST_OK = (0, 1)


@dataclass(frozen=True)
class Batch:
    """Scenarios that one pytest process runs, in this order, on so many workers (0: in that process itself).

    ``dist`` is how they are spread (pytest-xdist's word): load, or loadgroup for those of a group on one worker.
    """

    ids: tuple[str, ...]
    workers: int
    dist: str = "load"


@dataclass(frozen=True)
class Surroundings:
    """What all batches of a run share."""

    paths: tuple[Path, ...]
    folder: Path
    run_id: str
    instance: str


def command(batch: Batch, around: Surroundings, leash: int = -1) -> list[str]:
    """The command line of a batch; ``leash`` is the descriptor at whose end it kills itself."""
    spread = (
        ["-p", "xdist", "-n", str(batch.workers), "--dist", batch.dist, "--maxschedchunk=1"] if batch.workers else []
    )
    return [
        sys.executable, "-m", "pytest", *base_arguments(around.paths), *spread,
        "--cert-run-dir", str(around.folder), "--cert-run-id", around.run_id, "--cert-instance", around.instance,
        "--cert-leash", str(leash), "--cert-ids", ",".join(batch.ids),
    ]  # fmt: skip


def run(batch: Batch, around: Surroundings, stretch: float, glance: Callable[[], None]) -> str:
    """Run a batch to its end, calling ``glance`` meanwhile; answers "" or why pytest itself did not get through.

    ``stretch`` is the factor of its limits.
    Whatever leaves this function, KeyboardInterrupt too, leaves no process of it.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_"))}
    environment[NO_AUTOLOAD] = "1"
    environment[stretching.VARIABLE] = str(stretch)
    output = around.folder / OUTPUT
    held, hold = os.pipe()
    try:
        with output.open("ab") as file:
            process = subprocess.Popen(
                command(batch, around, held), stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT,
                env=environment, start_new_session=True, pass_fds=(held,),
            )  # fmt: skip
            try:
                code = _await(process, glance)
            finally:
                _end(process)
    finally:
        os.close(held)
        os.close(hold)
    if code in PYTEST_OK:
        return ""
    said = [line for line in output.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    # in a CI pytest says its errors first, elsewhere last
    errors = [line for line in said if line.startswith("ERROR")]
    return f"pytest ended with {code}: {(errors or said or ['no output'])[-1][:300]} (see {output})"


def _await(process: subprocess.Popen[bytes], glance: Callable[[], None]) -> int:
    while True:
        glance()
        try:
            return process.wait(GLANCE)
        except subprocess.TimeoutExpired:
            continue


def _end(process: subprocess.Popen[bytes]) -> None:
    """Nothing to do for a process that ended; else ask it to stop, then kill its whole session."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(LAST_WORDS)
        except subprocess.TimeoutExpired:
            process.kill()
    # Workers are in the session of their controller, and outlive one that was killed.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def batches(shared: Sequence[str], exclusive: Sequence[str], workers: int, dist: str = "load") -> list[Batch]:
    """What runs side by side, then what runs alone."""
    found = []
    if shared:
        found.append(Batch(tuple(shared), min(workers, len(shared)) if len(shared) > 1 else 0, dist))
    if exclusive:
        found.append(Batch(tuple(exclusive), 0))
    return found
