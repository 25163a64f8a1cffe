"""What happened in a run, as it happens: the types of the lines of ``events.jsonl``, and results made from them.

Those who run scenarios append events (`diraccert.results.event_file`); progress, run.json and the reports are made
from them, so that a run that is killed still has its events up to there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from diraccert.model.outcomes import Outcome
from diraccert.model.run import Evidence, Frozen, NotSelected, ScenarioResult, Step, Text
from diraccert.model.scenario import ScenarioMeta
from diraccert.results.causes import attribute


class Collected(Frozen):
    """The selection was made: every selected scenario, and those left out with why."""

    event: Literal["collected"] = "collected"
    time: AwareDatetime
    scenarios: tuple[ScenarioMeta, ...]
    not_selected: tuple[NotSelected, ...] = ()


class Started(Frozen):
    """A worker began a scenario."""

    event: Literal["started"] = "started"
    time: AwareDatetime
    id: str
    worker: str = ""


class StepDone(Frozen):
    """A scenario finished one of its steps; ``step.at`` counts from its ``started``."""

    event: Literal["step"] = "step"
    id: str
    step: Step


class Finished(Frozen):
    """A scenario ended. ``seconds`` is its whole time, with arranging and cleaning up."""

    event: Literal["finished"] = "finished"
    time: AwareDatetime
    id: str
    outcome: Outcome
    reason: Text = ""
    seconds: float
    evidence: Evidence = Evidence()


class Log(Frozen):
    """A free line for whoever follows the run."""

    event: Literal["log"] = "log"
    time: AwareDatetime | None = None
    worker: str = ""
    level: Literal["info", "warning", "error"] = "info"
    text: Text


Event = Annotated[Collected | Started | StepDone | Finished | Log, Field(discriminator="event")]


@dataclass(frozen=True)
class Ending:
    """How the run ended: when, whether a person interrupted it, and in one line why it did not get to its end."""

    time: datetime
    interrupted: bool = False
    reason: str = ""


@dataclass
class _Attempt:
    """One start of a scenario, and what came of it so far."""

    started: Started | None = None
    finished: Finished | None = None
    steps: list[Step] = field(default_factory=list)

    @property
    def outcome(self) -> Outcome:
        return self.finished.outcome if self.finished else Outcome.ERROR


# A scenario that was started twice (a worker died, another took over) shows its worse attempt: no retry turns it green.
_WORST_FIRST = (Outcome.FAIL, Outcome.ERROR, Outcome.PASS, Outcome.SKIP)


def assemble(events: Iterable[Event], ending: Ending) -> tuple[ScenarioResult, ...]:
    """The results of the events so far, in the order of collection, with ``caused_by`` filled in.

    A scenario that was started and did not finish is ERROR, and so is one that was collected and never started.
    """
    metas: dict[str, ScenarioMeta] = {}
    tracks: dict[str, list[_Attempt]] = {}
    for event in events:
        match event:
            case Collected():
                metas.update({meta.id: meta for meta in event.scenarios})
            case Started():
                tracks.setdefault(event.id, []).append(_Attempt(event))
            case StepDone():
                _last(tracks, event.id).steps.append(event.step)
            case Finished():
                _last(tracks, event.id).finished = event
            case Log():
                pass
    unknown = (ScenarioMeta(id=id_, title="(not announced)", area="", owner="") for id_ in tracks if id_ not in metas)
    return attribute([_result(meta, tracks.get(meta.id, []), ending) for meta in (*metas.values(), *unknown)])


def not_selected(events: Iterable[Event]) -> tuple[NotSelected, ...]:
    """The scenarios that the selection or the topology left out."""
    left_out = {left.id: left for event in events if isinstance(event, Collected) for left in event.not_selected}
    return tuple(left_out.values())


def _last(tracks: dict[str, list[_Attempt]], id_: str) -> _Attempt:
    """The running attempt; one without a start when that event was lost."""
    attempts = tracks.setdefault(id_, [])
    if not attempts:
        attempts.append(_Attempt())
    return attempts[-1]


def _result(meta: ScenarioMeta, attempts: Sequence[_Attempt], ending: Ending) -> ScenarioResult:
    worst = min(attempts, key=lambda attempt: _WORST_FIRST.index(attempt.outcome), default=_Attempt())
    started, finished = worst.started, worst.finished
    if finished is not None:
        outcome, reason, seconds, evidence = finished.outcome, finished.reason, finished.seconds, finished.evidence
    else:
        outcome, evidence = Outcome.ERROR, Evidence()
        seconds = max(0.0, (ending.time - started.time).total_seconds()) if started else 0.0
        reason = _why_unfinished(started, worst.steps, ending)
    return ScenarioResult(
        id=meta.id,
        title=meta.title,
        area=meta.area,
        owner=meta.owner,
        replaces=meta.replaces,
        suites=meta.suites,
        outcome=outcome,
        reason=reason,
        started=started.time if started else None,
        seconds=seconds,
        worker=started.worker if started else "",
        steps=tuple(worst.steps),
        evidence=evidence,
    )


def _why_unfinished(started: Started | None, steps: Sequence[Step], ending: Ending) -> str:
    why = ending.reason or ("interrupted" if ending.interrupted else "")
    if started is None:
        return "not run: the run ended before" + (f" ({why})" if why else "")
    after = f", after the step: {steps[-1].what}" if steps else ""
    if why:
        return f"{why} while it ran{after}" if ending.interrupted else f"the run ended while it ran ({why}){after}"
    return f"worker {started.worker or 'main'} died while it ran{after}"
