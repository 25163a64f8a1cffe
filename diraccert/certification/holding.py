"""Which instances runs on this machine use at the moment: the code in one must not change under another's feet."""

from __future__ import annotations

import fcntl
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_EXCLUSIVE, _SHARED = fcntl.LOCK_EX | fcntl.LOCK_NB, fcntl.LOCK_SH | fcntl.LOCK_NB


@dataclass
class Hold:
    """A claim on an instance. ``alone`` says that no other run uses it. It goes with the process that has it."""

    file: IO[str]
    alone: bool

    def share(self) -> None:
        """Others may use the instance too, as it is now."""
        fcntl.flock(self.file, _SHARED)
        self.alone = False

    def close(self) -> None:
        """This run is over."""
        self.file.close()


def take(folder: Path, name: str) -> Hold | None:
    """A claim on the instance ``name``, alone when nobody uses it; None while another run changes it.

    ``folder`` is where runs of this user leave word.
    """
    file = (folder / f"instance-{name}.lock").open("w", encoding="utf-8")
    for mode in (_EXCLUSIVE, _SHARED):
        try:
            fcntl.flock(file, mode)
        except BlockingIOError:
            continue
        return Hold(file, mode == _EXCLUSIVE)
    file.close()
    return None
