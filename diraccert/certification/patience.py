"""Waiting for a condition, never for a time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from diraccert.certification.product import ProductError, shorten

Value = TypeVar("Value")


def wait_for(condition: Callable[[], Value], limit: float, hint: str = "", every: float = 0.05) -> Value:
    """Ask ``condition()`` every ``every`` seconds until it is true; answers its value.

    After ``limit`` seconds raises ProductError with what was last seen. An AssertionError or a ProductError of
    the condition means "not yet" and is what was last seen; any other exception leaves at once.
    """
    end = time.monotonic() + limit
    seen: object = None
    while True:
        try:
            value = condition()
            if value:
                return value
            seen = repr(value)
        except (AssertionError, ProductError) as error:
            seen = error
        if time.monotonic() >= end:
            what = hint or getattr(condition, "__name__", "the condition")
            raise ProductError(f"waited {limit:g} s for {what}; last seen: {shorten(seen)}")
        time.sleep(every)
