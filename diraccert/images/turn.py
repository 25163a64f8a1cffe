"""One builder at a time for one image."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from diraccert.images import cache
from diraccert.model.progress import Progress


@contextmanager
def turn(name: str, digest: str, progress: Progress) -> Iterator[None]:
    """Wait until no other command of this user builds the same image, and say so while waiting.

    The lock goes with the process: one that is killed gives it up. Whoever enters looks again whether the
    image is there.
    """
    path = cache.folder("turns") / f"{name}-{digest}.lock"
    with path.open("w", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress.note(f"another command is building {name}:{digest}; waiting for it")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
