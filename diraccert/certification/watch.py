"""What happens around one scenario in the process that runs it: its record, its limit, its outcome, its evidence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from diraccert.certification import logs, probes, tokens
from diraccert.certification.evidence import Comparison, of_failure, words_of
from diraccert.certification.loggate import WORDS_STEP
from diraccert.certification.outcomes import Judgement, confirmed, judge
from diraccert.certification.recorder import Recorder
from diraccert.model.errors import CertError
from diraccert.model.outcomes import Outcome
from diraccert.model.run import Evidence, LogExcerpt, Step
from diraccert.model.scenario import ScenarioMeta
from diraccert.results.events import Event, Finished, Started, StepDone

WORST_FIRST = (Outcome.FAIL, Outcome.ERROR, Outcome.SKIP, Outcome.PASS)


@dataclass
class Watch:
    """One scenario while it runs; ``tell`` writes an event of it as it happens."""

    meta: ScenarioMeta
    worker: str
    tell: Callable[[Event], None]
    recorder: Recorder = field(init=False)
    token: str = ""
    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    judgement: Judgement = field(default_factory=lambda: Judgement(Outcome.PASS))
    evidence: Evidence = field(default_factory=Evidence)
    comparison: Comparison | None = None

    def __post_init__(self) -> None:
        self.token = tokens.new(self.meta.id)
        self.recorder = Recorder(listener=self._step_done)
        self.tell(Started(time=self.began, id=self.meta.id, worker=self.worker))

    def _step_done(self, step: Step) -> None:
        self.tell(StepDone(id=self.meta.id, step=step))

    @property
    def elapsed(self) -> float:
        """Seconds since it began."""
        return (datetime.now(UTC) - self.began).total_seconds()

    def failed(self, error: BaseException, item: pytest.Item, phase: str) -> None:
        """Judge what left a phase of the scenario; only what is worse than before counts."""
        found = judge(error, self.recorder.broken_off, self.comparison.surplus if self.comparison else ())
        instance = getattr(item, "funcargs", {}).get("instance")
        if found.outcome is Outcome.FAIL and instance is not None:
            found = confirmed(found, self._broken(instance))
        if phase == "teardown" and found.outcome is not Outcome.PASS:
            found = Judgement(found.outcome, f"while cleaning up: {found.reason}")
        if WORST_FIRST.index(found.outcome) >= WORST_FIRST.index(self.judgement.outcome):
            return
        self.judgement = found
        if found.outcome is Outcome.SKIP:
            return
        self.evidence = of_failure(
            error, Path(item.path), self.recorder.steps, self._logs(instance), self.comparison,
            f"dirac-cert attach {instance.name} server" if instance is not None else "", found.reason,
        )  # fmt: skip

    def finished(self) -> Finished:
        """The event of its end, after the words by which the log gate finds its traces."""
        words = " ".join(words_of(self.token, self.recorder.mentioned))
        self._step_done(Step(at=round(self.elapsed, 3), seconds=0.0, what=WORDS_STEP, detail=words))
        return Finished(
            time=datetime.now(UTC), id=self.meta.id, outcome=self.judgement.outcome, reason=self.judgement.reason,
            seconds=round(self.elapsed, 3), evidence=self.evidence,
        )  # fmt: skip

    def _broken(self, instance: Any) -> str:
        return probes.failing(
            lambda host, argv, limit: instance.host(host).run(argv, limit=limit), probes.probes_of(instance.hosts)
        )

    def _logs(self, instance: Any) -> tuple[LogExcerpt, ...]:
        if instance is None:
            return ()
        try:
            records = logs.collect(logs.hosts_of(instance.hosts))
        except (CertError, OSError) as error:
            return (LogExcerpt(component="(logs)", why=f"cannot be read: {error}"),)
        words = words_of(self.token, self.recorder.mentioned)
        return logs.excerpts(logs.within(records, self.began, datetime.now(UTC)), words)
