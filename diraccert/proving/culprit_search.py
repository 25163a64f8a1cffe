"""The search for the commit that broke scenarios: both ends first, then the middle of what is left, until it is one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from diraccert.model.errors import BadInput, InfrastructureError
from diraccert.model.outcomes import Outcome, Verdict
from diraccert.proving.attempt import Attempt, Judgement, deciding, judge
from diraccert.proving.history import Commit, Line
from diraccert.proving.narrowing import bounds, next_place, tries_left

Certifier = Callable[[Commit], Attempt]
"""Certifies a commit. BadInput says that this commit cannot be certified, InfrastructureError that none can now."""


class Memory(Protocol):
    """The finished attempts of earlier calls and of this one, by commit."""

    attempts: dict[str, Attempt]

    def add(self, attempt: Attempt) -> None:
        """Keep one more."""


@dataclass(frozen=True)
class Answer:
    """What the search found.

    ``suspects`` are the commits after the last good one up to the first bad one: a single one is the culprit, of
    several all but the last stayed open, as ``open`` (by commit) says. ``attempts`` are those of the last good and the
    first bad commit, ``bad_end`` that of the revision which was called bad. ``deciding`` are the scenarios that told
    good from bad.
    """

    good: Commit
    suspects: tuple[Commit, ...]
    attempts: tuple[Attempt, Attempt]
    bad_end: Attempt
    deciding: tuple[str, ...]
    open: Mapping[str, str] = field(default_factory=dict)

    @property
    def culprit(self) -> Commit | None:
        """The commit that broke it; None when there is more than one that may have."""
        return self.suspects[0] if len(self.suspects) == 1 else None

    @property
    def broken(self) -> tuple[str, ...]:
        """The deciding scenarios that fail on the first bad commit."""
        return tuple(each for each in self.deciding if self.attempts[1].outcomes.get(each) is Outcome.FAIL)

    @property
    def later(self) -> tuple[str, ...]:
        """Those that do not fail there yet: something after it broke them."""
        return tuple(each for each in self.deciding if each not in self.broken)


@dataclass(frozen=True)
class Searcher:
    """Searches a line. ``names`` is how the person called its ends; ``tell`` gets a line for each step."""

    line: Line
    names: tuple[str, str]
    certify: Certifier
    memory: Memory
    tell: Callable[[str], None]

    def search(self) -> Answer:
        """The answer, after as few certifications as it takes.

        Raises BadInput when an end is not what it is called, InfrastructureError when that cannot be known.
        """
        commits = self.line.commits
        good, bad = self._end(commits[0], "GOOD", self.names[0]), self._end(commits[-1], "BAD", self.names[1])
        telling = deciding(good, bad, self.names)
        self.tell(f"what decides: {', '.join(telling)} (PASS on {self.names[0]}, FAIL on {self.names[1]})")
        judged = {0: Judgement.GOOD, len(commits) - 1: Judgement.BAD}
        for at, commit in enumerate(commits[1:-1], 1):
            if commit.id in self.memory.attempts:
                judged[at] = judge(self.memory.attempts[commit.id], telling)
        while (place := next_place(judged)) is not None:
            commit = commits[place]
            self.tell(
                f"{len(bounds(judged).inside) + 1} commits left, at most {tries_left(judged)} more runs: {commit}"
            )
            attempt = self._try(commit)
            judged[place] = judge(attempt, telling)
            self.tell(f"{judged[place].value}: {commit}{_because(attempt, judged[place])}")
        found = bounds(judged)
        last_good, suspects = commits[found.good], commits[found.good + 1 : found.bad + 1]
        attempts = self.memory.attempts
        return Answer(
            good=last_good,
            suspects=suspects,
            attempts=(attempts[last_good.id], attempts[suspects[-1].id]),
            bad_end=bad,
            deciding=telling,
            open={each.id: attempts[each.id].why_open for each in suspects[:-1]},
        )

    def _try(self, commit: Commit) -> Attempt:
        """One of the commits between: one that cannot be certified stays open."""
        try:
            attempt = self.certify(commit)
        except BadInput as error:
            attempt = Attempt(commit=commit.id, reason=error.message)
        self.memory.add(attempt)
        return attempt

    def _end(self, commit: Commit, role: str, name: str) -> Attempt:
        """One of the two ends. It is remembered once there is a verdict; without one there is no search."""
        if known := self.memory.attempts.get(commit.id):
            return known
        self.tell(f"{role}: {name}, {commit}")
        try:
            attempt = self.certify(commit)
        except BadInput as error:
            raise BadInput(
                f"{role}, {name} ({commit.id[:10]}), cannot be certified: {error.message}", error.way_out
            ) from error
        if attempt.skips_all:
            raise BadInput(f"nothing of the selection is for {name}: {attempt.why_open}", "select other scenarios")
        if attempt.verdict is Verdict.UNKNOWN:
            raise InfrastructureError(
                f"whether {name} is {role.lower()} is not known: {attempt.why_open}",
                "repair that, then give the same command again",
            )
        self.memory.add(attempt)
        return attempt


def _because(attempt: Attempt, what: Judgement) -> str:
    if what is Judgement.OPEN:
        return f" ({attempt.why_open})"
    failed = [id_ for id_, outcome in attempt.outcomes.items() if outcome is Outcome.FAIL]
    return f" ({', '.join(failed)} FAIL)" if failed and what is Judgement.BAD else ""
