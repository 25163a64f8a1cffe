"""Small git repositories with merges, and runs of their commits that need no containers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from diraccert.certification.request import Request, Watcher
from diraccert.model.errors import CertError
from diraccert.model.outcomes import Outcome, verdict_of
from diraccert.model.run import Host, Run, ScenarioResult
from diraccert.proving.attempt import Attempt
from diraccert.proving.history import Commit
from tests.unit.distributions import toys

T0 = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PASS, FAIL, ERROR, SKIP = Outcome.PASS, Outcome.FAIL, Outcome.ERROR, Outcome.SKIP


class Repository:
    """A repository whose only file, ``state``, says which outcomes its scenarios have: ``WMS-01=PASS DMS-01=FAIL``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.git("init", "-q", "-b", "main")
        self.commit("WMS-01=PASS", "the beginning", tag="v1")

    def git(self, *arguments: str) -> str:
        return toys.git(self.folder, *arguments)

    def commit(self, state: str, subject: str, tag: str = "") -> str:
        (self.folder / "state").write_text(state)
        self.git("add", "state")
        self.git("commit", "-q", "--allow-empty", "-m", subject)
        if tag:
            self.git("tag", tag)
        return self.git("rev-parse", "HEAD").strip()

    def merge(self, number: int, state: str, tag: str = "") -> str:
        """A merge as GitHub makes it, of a branch of two commits, the first of which is broken on the way."""
        self.git("checkout", "-q", "-b", f"branch{number}")
        self.commit("WMS-01=FAIL on the way", f"half of {number}")
        self.commit(state, f"all of {number}")
        self.git("checkout", "-q", "main")
        message = f"Merge pull request #{number} from alice/branch{number}\n\n[1.0] fix: the {number}th thing\n"
        self.git("merge", "-q", "--no-ff", "-m", message, f"branch{number}")
        if tag:
            self.git("tag", tag)
        return self.git("rev-parse", "HEAD").strip()


def run_of(outcomes: dict[str, Outcome], *, reason: str = "") -> Run:
    """A run with these outcomes; one with a reason did not get to its end."""
    results = tuple(
        ScenarioResult(
            id=id_, title="t", area="wms", owner="o", outcome=outcome, started=T0,
            reason="" if outcome is PASS else f"{id_} says {outcome}",
        )
        for id_, outcome in outcomes.items()
    )  # fmt: skip
    return Run(
        run_id="r", verdict=verdict_of(outcomes.values()), complete=not reason, reason=reason, distribution="d",
        host=Host(cores=2, memory_gb=8, system="Linux"), started=T0, seconds=1.0, scenarios=results,
    )  # fmt: skip


def attempt(commit: str, **outcomes: Outcome) -> Attempt:
    """An attempt; ``WMS_01=PASS`` stands for the outcome of WMS-01."""
    told = {name.replace("_", "-"): outcome for name, outcome in outcomes.items()}
    return Attempt(
        commit=commit,
        verdict=verdict_of(told.values()),
        outcomes=told,
        reasons={name: f"{name} says {outcome}" for name, outcome in told.items() if outcome is not PASS},
        folder=Path("/runs") / commit,
    )


@dataclass
class ScriptedRun:
    """Certifies what it was told of commits, by their ids: an attempt, or an error; notes which it was asked for."""

    told: dict[str, Attempt | CertError | KeyboardInterrupt]
    asked: list[str] = field(default_factory=list)

    def __call__(self, commit: Commit) -> Attempt:
        self.asked.append(commit.id)
        answer = self.told[commit.id]
        if isinstance(answer, BaseException):
            raise answer
        return answer


@dataclass
class StateRun:
    """In the place of ``certify``: the outcomes are those that the file ``state`` of the source tells."""

    reports: Path
    sources: list[Path] = field(default_factory=list)
    states: list[str] = field(default_factory=list)
    interrupt_at: int = 0

    def __call__(self, request: Request, watcher: Watcher) -> tuple[Run, Path]:
        (source,) = request.sources
        state = (source / "state").read_text()
        self.sources.append(source)
        self.states.append(state)
        if len(self.states) == self.interrupt_at:
            return run_of({}, reason="interrupted"), self.reports
        pairs = (word.split("=") for word in state.split() if "=" in word)
        return run_of({id_: Outcome(outcome) for id_, outcome in pairs}), self.reports / str(len(self.states))
