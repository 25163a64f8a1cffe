"""One builder at a time for one image."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from diraccert.images import cache
from diraccert.images.build_plan import Stage
from diraccert.model.progress import Progress


@contextmanager
def turn(stage: Stage, progress: Progress) -> Iterator[None]:
    """Wait until no other command of this user builds the same image, and say so while waiting.

    The lock goes with the process: one that is killed gives it up. Whoever enters looks again whether the
    image is there.
    """
    path = cache.folder("turns") / f"{stage.name}-{stage.digest}.lock"
    with path.open("w", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress.phase(f"waiting for image {stage.name}, which another command is building", stage.seconds)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
