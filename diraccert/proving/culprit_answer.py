"""How the answer of a search is told: lines for a person, a mapping for a program."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from diraccert.model.outcomes import EXIT_UNKNOWN, EXIT_YES
from diraccert.proving.attempt import Attempt
from diraccert.proving.culprit_search import Answer
from diraccert.proving.history import Commit
from diraccert.reporting import wording
from diraccert.results.signature import normalise


def exit_code(answer: Answer) -> int:
    """0 when the culprit is known, 2 when it is one of several."""
    return EXIT_YES if answer.culprit else EXIT_UNKNOWN


def lines(answer: Answer) -> Iterator[str]:
    """The answer for a terminal; text of the repository and of the product has no control characters in it."""
    what = ", ".join(answer.broken)
    first_bad = answer.suspects[-1]
    if answer.culprit:
        yield f"{what}: broken by {_spoken(first_bad)}"
        yield from _title(first_bad)
    else:
        yield f"{what}: broken by one of {len(answer.suspects)} commits; which is not known, as runs said nothing"
        for commit in answer.suspects:
            said = answer.open.get(commit.id)
            yield f"  {_spoken(commit)}: {f'not known: {wording.one_line(said)}' if said else 'bad'}"
    good, bad = answer.attempts
    for id_ in answer.broken:
        yield f"  {id_} FAIL: {wording.one_line(bad.reasons.get(id_, ''))}"
        at_end = answer.bad_end.reasons.get(id_, "")
        if normalise(at_end) != normalise(bad.reasons.get(id_, "")):
            yield f"        on the commit that was called bad it fails otherwise: {wording.one_line(at_end)}"
    if answer.later:
        yield f"  not broken there yet: {', '.join(answer.later)}; search with --select '{', '.join(answer.later)}'"
    yield f"last good: {answer.good}"
    yield f"  report: {_report(good)}"
    yield f"first bad: {first_bad}"
    yield f"  report: {_report(bad)}"


def as_mapping(answer: Answer, journal: Path) -> dict[str, Any]:
    """The answer for ``--json``; ``culprit`` is null when it is one of several ``suspects`` (the oldest first)."""
    good, bad = answer.attempts
    return {
        "culprit": _mapping(answer.culprit) if answer.culprit else None,
        "suspects": [{**_mapping(each), "not_known": answer.open.get(each.id, "")} for each in answer.suspects],
        "scenarios": [{"id": id_, "reason": bad.reasons.get(id_, "")} for id_ in answer.broken],
        "broken_later": list(answer.later),
        "last_good": {**_mapping(answer.good), "folder": str(good.folder)},
        "first_bad": {**_mapping(answer.suspects[-1]), "folder": str(bad.folder)},
        "journal": str(journal),
    }


def _mapping(commit: Commit) -> dict[str, str]:
    return {"commit": commit.id, "subject": commit.subject, "title": commit.title, "request": commit.number}


def _spoken(commit: Commit) -> str:
    told = (
        f" (request {commit.number})" if commit.number and commit.number not in wording.one_line(commit.subject) else ""
    )
    return f"{commit}{told}"


def _title(commit: Commit) -> Iterator[str]:
    if commit.title:
        yield f"  {wording.one_line(commit.title)}"


def _report(attempt: Attempt) -> str:
    assert attempt.folder, "only what was certified is good or bad"
    return wording.plain(str(attempt.folder / "report.html"))
