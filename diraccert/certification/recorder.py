"""What a scenario did so far: its steps, recorded as they happen."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from diraccert.certification.product import shorten
from diraccert.model.run import Step

#: Steps beyond this many are counted only: a scenario that polls must not fill the record.
MOST_STEPS = 400


@dataclass
class Note:
    """What a running step wants to be remembered of its answer."""

    detail: str = ""
    ok: bool = True


@dataclass
class Recorder:
    """The steps of one scenario; ``listener`` hears of each as it ends, so that a killed worker leaves them."""

    listener: Callable[[Step], None] = lambda _: None
    clock: Callable[[], float] = time.monotonic
    steps: list[Step] = field(default_factory=list)
    began: float = 0.0
    left_out: int = 0
    broken_off: str = ""
    mentioned: dict[str, None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.began = self.clock()

    @contextmanager
    def step(self, what: str) -> Iterator[Note]:
        """Record what happens inside as one step; it is not ok when an exception leaves it."""
        note, at = Note(), self.clock()
        try:
            yield note
        except BaseException as error:
            note.ok = False
            self.broken_off = self.broken_off or what
            note.detail = note.detail or shorten(f"{type(error).__name__}: {error}")
            raise
        finally:
            self._add(Step(
                at=round(at - self.began, 3), seconds=round(self.clock() - at, 3),
                what=shorten(what), ok=note.ok, detail=shorten(note.detail),
            ))  # fmt: skip

    def mention(self, *words: object) -> None:
        """Remember by what the components' logs speak of this scenario: job ids, LFNs, names it chose."""
        self.mentioned.update(dict.fromkeys(str(word) for word in words))

    def _add(self, step: Step) -> None:
        if len(self.steps) >= MOST_STEPS:
            self.left_out += 1
            return
        self.steps.append(step)
        self.listener(step)
