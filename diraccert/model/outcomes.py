"""Outcomes of scenarios, verdicts of runs, exit codes of commands."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

EXIT_YES = 0
EXIT_NO = 1
EXIT_UNKNOWN = 2
EXIT_BAD_INPUT = 64
EXIT_INTERRUPTED = 130


class Outcome(StrEnum):
    """How one scenario ended."""

    PASS = "PASS"
    FAIL = "FAIL"
    ERROR = "ERROR"
    SKIP = "SKIP"


class Verdict(StrEnum):
    """What a run says of its distribution."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


def verdict_of(outcomes: Iterable[Outcome]) -> Verdict:
    """The verdict of a run: a FAIL outranks an ERROR, and a run in which nothing passed says nothing."""
    seen = set(outcomes)
    if Outcome.FAIL in seen:
        return Verdict.NO
    if Outcome.ERROR in seen or Outcome.PASS not in seen:
        return Verdict.UNKNOWN
    return Verdict.YES


def exit_code_of(verdict: Verdict) -> int:
    """The exit code that a command answers a verdict with."""
    return {Verdict.YES: EXIT_YES, Verdict.NO: EXIT_NO, Verdict.UNKNOWN: EXIT_UNKNOWN}[verdict]
