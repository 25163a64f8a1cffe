"""What is done several times a second while scenarios run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from diraccert.certification.live import Live
from diraccert.instances.instance import Instance
from diraccert.model.progress import Progress
from diraccert.results.event_file import EventTail
from diraccert.results.events import Finished

#: Seconds; an instance that nobody uses ends by itself.
TOUCH_EVERY = 60.0


@dataclass
class Glance:
    """Tells ``ended`` of each scenario's end and ``progress`` how far the run is, and keeps the instance in use."""

    progress: Progress
    ended: Callable[[Finished], None]
    live: Live
    tail: EventTail
    instance: Instance
    touched: datetime | None = None

    def __call__(self) -> None:
        """Look once."""
        for end in self.live.take(self.tail.new()):
            self.ended(end)
        self.progress.note(self.live.line())
        now = datetime.now(UTC)
        if self.touched is None or (now - self.touched).total_seconds() > TOUCH_EVERY:
            self.touched = now
            self.instance.touch()
