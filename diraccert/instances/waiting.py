"""Waiting for a condition, never for a time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol, TypeVar

from diraccert.model.errors import InfrastructureError

POLL = 0.05
T = TypeVar("T")


class Clock(Protocol):
    """Time as waiting needs it; tests have one that does not take any."""

    def monotonic(self) -> float:
        """Seconds since some moment."""

    def sleep(self, seconds: float, /) -> None:
        """Let so many seconds pass."""


def wait_for(
    condition: Callable[[], T],
    limit: float,
    hint: str,
    *,
    last_seen: Callable[[], str] = str,
    recent: Callable[[], str] = str,
    way_out: str = "",
    clock: Clock = time,
) -> T:
    """Ask ``condition`` every 50 ms until its answer is true, and answer that; it is asked at least once.

    After ``limit`` seconds: InfrastructureError that says what was awaited (``hint``), the last answer (or what
    ``last_seen`` says), what ``recent`` says (log lines, asked for only now) and the way out.
    """
    end = clock.monotonic() + limit
    while not (answer := condition()):
        if clock.monotonic() >= end:
            seen = last_seen() or repr(answer)
            logs = recent()
            raise InfrastructureError(
                f"waited {limit:g} s for {hint}; last seen: {seen}" + (f"; recent log: {logs}" if logs else ""), way_out
            )
        clock.sleep(POLL)
    return answer
