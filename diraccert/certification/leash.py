"""A leash: who is asked to run scenarios ends, with all it started, when the one who asked is gone, even killed."""

from __future__ import annotations

import os
import signal
import threading


def hold(descriptor: int) -> None:
    """Kill this process group once nobody can write to the pipe ``descriptor`` any more.

    For a process that leads its group only. Nothing is ever written; the kernel closes the other end for the dead.
    """
    threading.Thread(target=_wait, args=(descriptor,), name="leash", daemon=True).start()


def _wait(descriptor: int) -> None:
    while os.read(descriptor, 1):
        continue
    os.killpg(os.getpgrp(), signal.SIGKILL)
