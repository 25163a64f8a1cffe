"""The limit of a scenario: an alarm that leaves the scenario wherever it waits."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

#: Seconds after which a scenario that swallowed its limit is told again, and then its worker is ended.
GRACE = 20.0
WORKER_STUCK = 70


class LimitExceeded(BaseException):
    """The scenario took longer than its limit; no ``except Exception`` of a scenario can swallow it."""


@contextmanager
def limited(seconds: float, what: str) -> Iterator[None]:
    """Raise LimitExceeded(what) inside after ``seconds``; end the process when that does not end it either.

    Works in the main thread only, where pytest-xdist's workers run their tests.
    """
    rings = 0

    def ring(_signum: int, _frame: FrameType | None) -> None:
        nonlocal rings
        rings += 1
        if rings > 2:
            os._exit(WORKER_STUCK)
        raise LimitExceeded(what)

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds, GRACE)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
