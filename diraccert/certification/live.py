"""How a run stands while it runs, in one line, from its events; and a line for each end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from diraccert.certification.ordering import estimate, makespan
from diraccert.model.outcomes import Outcome
from diraccert.model.scenario import ScenarioMeta
from diraccert.results.events import Event, Finished, Started

SHOWN = 4


def ended_line(end: Finished) -> str:
    """One line for a scenario that ended."""
    return f"{end.outcome:5} {end.id}  {end.seconds:.1f} s" + (f"  {end.reason}" if end.reason else "")


@dataclass
class Live:
    """The state of the scenarios of a run."""

    scenarios: Sequence[ScenarioMeta]
    workers: int
    recorded: Mapping[str, float]
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    started: dict[str, datetime] = field(default_factory=dict)
    ended: dict[str, Finished] = field(default_factory=dict)

    def take(self, events: Iterable[Event]) -> list[Finished]:
        """Take events in; answers the ends among them."""
        ends = []
        for event in events:
            if isinstance(event, Started):
                self.started[event.id] = event.time
            elif isinstance(event, Finished):
                self.ended[event.id] = event
                ends.append(event)
        return ends

    def line(self) -> str:
        """``12 of 23 done, 1 FAIL; running WMS-03 (4 s), DMS-01 (1 s); about 20 s left``."""
        done = sum(1 for each in self.scenarios if each.id in self.ended)
        counts = [f"{done} of {len(self.scenarios)} done"]
        for outcome in (Outcome.FAIL, Outcome.ERROR):
            number = sum(1 for each in self.ended.values() if each.outcome is outcome)
            if number:
                counts.append(f"{number} {outcome}")
        running = {id_: self._elapsed(id_) for id_ in self.started if id_ not in self.ended}
        oldest = sorted(running, key=lambda id_: -running[id_])[:SHOWN]
        parts = [", ".join(counts)]
        if oldest:
            more = f" and {len(running) - SHOWN} more" if len(running) > SHOWN else ""
            parts.append("running " + ", ".join(f"{id_} ({running[id_]:.0f} s)" for id_ in oldest) + more)
        parts.append(f"about {self.left():.0f} s left")
        return "; ".join(parts)

    def left(self) -> float:
        """Seconds that are likely to be left."""
        open_ = [each for each in self.scenarios if each.id not in self.ended]
        known = {each.id: max(0.0, estimate(each, self.recorded) - self._elapsed(each.id)) for each in open_}
        return makespan(open_, self.workers, known)

    def _elapsed(self, id_: str) -> float:
        return (self.now() - self.started[id_]).total_seconds() if id_ in self.started else 0.0
