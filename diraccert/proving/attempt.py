"""What one certification says of one commit of a search, and what of it decides."""

from __future__ import annotations

from enum import Enum
from pathlib import Path

from pydantic import Field

from diraccert.model.errors import BadInput, InfrastructureError
from diraccert.model.outcomes import Outcome, Verdict
from diraccert.model.run import Frozen, Run, Text


class Judgement(Enum):
    """What a commit is in a search; OPEN when its run says nothing."""

    GOOD = "good"
    BAD = "bad"
    OPEN = "not known"


class Attempt(Frozen):
    """A run of one commit, or that there could be none (then there is no ``folder``, and ``reason`` says why).

    ``outcomes`` and ``reasons`` go by the scenarios' ids; what passed has no reason.
    """

    commit: str
    verdict: Verdict = Verdict.UNKNOWN
    reason: Text = ""
    outcomes: dict[str, Outcome] = Field(default_factory=dict)
    reasons: dict[str, Text] = Field(default_factory=dict)
    folder: Path | None = None

    @property
    def settled(self) -> bool:
        """No failure of ours is in it."""
        return self.verdict is not Verdict.UNKNOWN and Outcome.ERROR not in self.outcomes.values()

    @property
    def why_open(self) -> str:
        """In one line, why it says nothing."""
        for what in (Outcome.ERROR, Outcome.SKIP):
            told = [
                f"{id_} {what}: {self.reasons.get(id_, '')}"
                for id_, outcome in self.outcomes.items()
                if outcome is what
            ]
            if told and not self.reason:
                return told[0]
        return self.reason or "none of the scenarios ran"

    @property
    def skips_all(self) -> bool:
        """Every scenario is for other releases."""
        return set(self.outcomes.values()) == {Outcome.SKIP}


def of_run(commit: str, run: Run, folder: Path) -> Attempt:
    """The attempt that a finished run was; ``folder`` has its reports."""
    return Attempt(
        commit=commit,
        verdict=run.verdict,
        reason=run.reason,
        outcomes={each.id: each.outcome for each in run.scenarios},
        reasons={each.id: each.reason for each in run.scenarios if each.outcome is not Outcome.PASS},
        folder=folder.resolve(),
    )


def judge(attempt: Attempt, deciding: tuple[str, ...]) -> Judgement:
    """Bad when one of the ``deciding`` scenarios failed, good when all passed; else, and without a verdict, open."""
    outcomes = {attempt.outcomes.get(each) for each in deciding}
    if attempt.verdict is Verdict.UNKNOWN:
        return Judgement.OPEN
    if Outcome.FAIL in outcomes:
        return Judgement.BAD
    return Judgement.GOOD if outcomes == {Outcome.PASS} else Judgement.OPEN


def deciding(good: Attempt, bad: Attempt, names: tuple[str, str]) -> tuple[str, ...]:
    """The scenarios that tell the two ends apart: they pass on the good one and fail on the bad one.

    Raises BadInput when there is none as an end is not what it is called, InfrastructureError when that is not known.
    """
    failing = [id_ for id_, outcome in bad.outcomes.items() if outcome is Outcome.FAIL]
    if not failing:
        raise BadInput(
            f"{names[1]} is not bad: {_passes(bad)}{_report(bad)}", "name a bad revision, or select what fails there"
        )
    found = tuple(id_ for id_ in failing if good.outcomes.get(id_) is Outcome.PASS)
    if found:
        return found
    there = {id_: good.outcomes.get(id_) for id_ in failing}
    for id_, outcome in there.items():
        if outcome is Outcome.ERROR:
            raise InfrastructureError(
                f"whether {names[0]} is good is not known: {id_} ERROR: {good.reasons.get(id_, '')}{_report(good)}",
                "repair that, then give the same command with --retry-skipped",
            )
    told = ", ".join(f"{id_} {outcome or 'not selected'}" for id_, outcome in there.items())
    raise BadInput(
        f"{names[0]} is not good: of what fails on {names[1]} nothing passes there ({told}){_report(good)}",
        "name an older good revision, or select other scenarios",
    )


def _passes(attempt: Attempt) -> str:
    counts = {outcome: [*attempt.outcomes.values()].count(outcome) for outcome in Outcome}
    return "no scenario fails there (" + ", ".join(f"{n} {outcome}" for outcome, n in counts.items() if n) + ")"


def _report(attempt: Attempt) -> str:
    return f"; report: {attempt.folder / 'report.html'}" if attempt.folder else ""
