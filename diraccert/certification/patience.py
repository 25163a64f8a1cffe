"""Waiting of scenarios: for a condition, never for a time, and what does not come is the product's failure."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from diraccert.certification import stretch
from diraccert.certification.product import ProductError, shorten
from diraccert.instances import waiting

Value = TypeVar("Value")

#: A scenario that waits long asks less often, as every question costs the same two cores that it waits for:
#: after so many of its own waiting times, within these bounds (seconds).
PATIENCE, EAGER, LAZY = 20.0, 0.05, 0.5


@dataclass
class Pace:
    """A clock whose pauses grow with the time waited."""

    began: float = field(default_factory=time.monotonic)

    def monotonic(self) -> float:
        """Seconds since some moment."""
        return time.monotonic()

    def sleep(self, seconds: float, /) -> None:
        """A pause of at least ``seconds``."""
        waited = self.monotonic() - self.began
        time.sleep(max(seconds, min(max(waited / PATIENCE, EAGER), LAZY)))


def wait_for(condition: Callable[[], Value], limit: float, hint: str = "") -> Value:
    """Ask ``condition()`` until it is true, and answer its value.

    After ``limit`` seconds (more on a busy machine) raises ProductError with what was last seen. An AssertionError
    or a ProductError of the condition means "not yet" and is what was last seen; any other exception leaves at once.
    """
    what = hint or getattr(condition, "__name__", "the condition")
    limit = stretch.seconds(limit)
    end = time.monotonic() + limit

    def asked() -> tuple[Value, ...]:
        seen: object
        try:
            value = condition()
            if value:
                return (value,)
            seen = repr(value)
        except (AssertionError, ProductError) as error:
            seen = error
        if time.monotonic() >= end:
            raise ProductError(f"waited {limit:g} s for {what}; last seen: {shorten(seen)}")
        return ()

    return waiting.wait_for(asked, math.inf, what, clock=Pace())[0]
