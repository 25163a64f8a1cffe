"""The words that every report shares: the headline, counts, times, and what a run does not show."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from diraccert.model.outcomes import Outcome, Verdict
from diraccert.model.run import Run
from diraccert.results.causes import Cause, causes_of

SHOWN_FIRST = (Outcome.FAIL, Outcome.ERROR, Outcome.PASS, Outcome.SKIP)
_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffe\uffff\ud800-\udfff]")


@dataclass(frozen=True)
class Limit:
    """One thing that a run does not show, and why."""

    what: str
    why: str
    kind: str = ""


# What holds for every run on containers, whatever the manifest says.
_ALWAYS = (
    Limit("DIRACOS", "Python and the libraries come from Debian and the Python package index, not from DIRACOS."),
    Limit(
        "Real sites", "Every site, storage and batch system is a container on one machine: no real load, no latency."
    ),
)


def plain(text: str) -> str:
    """The text without colour sequences; other control characters and changes of direction become visible signs."""
    return _CONTROL.sub(_picture, _ANSI.sub("", text).replace("\r\n", "\n").replace("\r", "\n"))


def one_line(text: str, most: int = 200) -> str:
    """The text as one line of at most ``most`` characters."""
    line = " ".join(plain(text).split())
    return line if len(line) <= most else line[: most - 1] + "…"


def name_of(run: Run) -> str:
    """What was certified, as people call it: a bare version is one of DIRAC."""
    name = one_line(run.distribution, 80)
    return f"DIRAC {name}" if re.match(r"v?\d", name) else name


def answer_of(run: Run) -> str:
    """The verdict in plain words: certified, not certified and how many causes, not known and why."""
    if run.verdict is Verdict.YES:
        return "certified"
    causes = causes_of(run.scenarios)
    if run.verdict is Verdict.NO:
        product = [cause for cause in causes if cause.witness.outcome is Outcome.FAIL]
        return f"not certified: {_of_product(product)}" if product else f"not certified: {_why(run, causes)}"
    return f"not known: {_why(run, causes)}"


def headline(run: Run) -> str:
    """The first line of every report."""
    return f"{name_of(run)}: {answer_of(run)}"


def counts(run: Run) -> Mapping[Outcome, int]:
    """How many scenarios ended how; outcomes that did not occur are left out, the bad ones come first."""
    number = {outcome: sum(row.outcome is outcome for row in run.scenarios) for outcome in SHOWN_FIRST}
    return {outcome: count for outcome, count in number.items() if count}


def tally(run: Run) -> str:
    """The counts as a line: ``19 scenarios: 2 FAIL, 17 PASS``."""
    parts = ", ".join(f"{count} {outcome}" for outcome, count in counts(run).items())
    return f"{counted(len(run.scenarios), 'scenario')}: {parts}" if parts else "no scenario ran"


def counted(number: int, noun: str) -> str:
    """``1 cause``, ``2 causes``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def duration(seconds: float) -> str:
    """``0.4 s``, ``41 s``, ``3 min 12 s``, ``2 h 05 min``."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def limits(run: Run) -> tuple[Limit, ...]:
    """What this run does not show: what always holds, how busy the machine was, then the deviations of this run."""
    busy = (Limit("Slowness", f"The machine was busy: {said}."),) if (said := stretched(run)) else ()
    own = (Limit(one_line(d.what), one_line(d.reason, 400), d.kind) for d in run.patches)
    return (*_ALWAYS, *busy, *own)


def stretched(run: Run) -> str:
    """By how much limits grew as the machine was busy; "" when they were as written."""
    return f"limits were {run.stretch:g} times those of an idle machine" if run.stretch > 1 else ""


def _of_product(causes: list[Cause]) -> str:
    """``3 causes``, and how many of them are no news."""
    known = sum(bool(cause.witness.known) for cause in causes)
    said = counted(len(causes), "cause")
    if not known:
        return said
    if known == len(causes):
        return f"{said}, {'a known finding' if known == 1 else 'all known findings'}"
    return f"{said}, {known} of them {'a known finding' if known == 1 else 'known findings'}"


def _why(run: Run, causes: tuple[Cause, ...]) -> str:
    if run.reason:
        return one_line(run.reason, 160)
    errors = counts(run).get(Outcome.ERROR, 0)
    if errors:
        return f"our own infrastructure failed in {counted(errors, 'scenario')} ({counted(len(causes), 'cause')})"
    return "no scenario ran" if not run.scenarios else "no scenario passed"


def _picture(match: re.Match[str]) -> str:
    code = ord(match.group())
    return chr(0x2400 + code) if code < 0x20 else "\u2421" if code == 0x7F else "\ufffd"
