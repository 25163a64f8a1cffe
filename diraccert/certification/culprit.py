"""The component most likely at fault for a failure: by what the failure says, before who else logged an error then."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

from diraccert.certification import tokens
from diraccert.certification.loglines import HEAD
from diraccert.certification.logs import WENT_WRONG, WRONG_OF_THIS
from diraccert.model.run import LogExcerpt, Step
from diraccert.results.signature import normalise

COMPONENT = re.compile(r"\b([A-Z][A-Za-z]+)/([A-Z][A-Za-z0-9]+)\b")
MODULE = re.compile(r"/DIRAC/([A-Z][A-Za-z]+)System/\w+/(\w+)\.py\b")
SYSTEMS = frozenset(
    "Accounting Configuration DataManagement Framework Monitoring Production RequestManagement ResourceStatus "
    "StorageManagement Tornado Transformation WorkloadManagement".split()
)
RAISED = re.compile(r"\b\w+(?:Error|Exception): .+")
#: JobAgent, but not Server: without its system that is any word.
OWN_NAME = re.compile(r"[A-Z]\w*[a-z][A-Z]\w*$")
USER = re.compile(r"^([a-z]+): ")
#: So many words in a row are the same message; fewer are how everybody speaks ("while calling method").
SAME_MESSAGE = 4


def culprit(reason: str, steps: Sequence[Step], excerpts: Sequence[LogExcerpt]) -> str:
    """The component most likely at fault, as System/Component; "" when nothing points at one.

    In this order: the component whose errors say what ``reason`` says; the one that the reason names; the one whose
    errors speak of this scenario (a job's number, an LFN, its token); the one that the last failed step asked, or the
    module that its command raised in; of those with errors in the window the one that speaks of the scenario's users,
    then the one whose error is the most recent. Errors that every run has, beside what failed, come so late.
    """
    wrong = [each for each in excerpts if WENT_WRONG in each.why]
    asked = [name for step in steps if not step.ok for name in _components(step.what) or _raised_in(step.detail)]
    return next(
        (
            found[0]
            for found in (
                _saying(reason, wrong),
                _named(reason, [*asked, *(each.component for each in excerpts)]),
                [each.component for each in wrong if WRONG_OF_THIS in each.why],
                asked[-1:],
                _latest(steps, wrong),
            )
            if found
        ),
        "",
    )


def _saying(reason: str, wrong: Iterable[LogExcerpt]) -> list[str]:
    """The components whose errors share the reason's message or its exception, the longest share first."""
    raised, said = RAISED.search(reason), _words(reason)
    shares = []
    for each in wrong:
        same = max((_shared(said, _words(line)) for line in each.lines), default=0)
        if raised and any(raised.group() in line for line in each.lines):
            same = max(same, SAME_MESSAGE)
        if same >= SAME_MESSAGE:
            shares.append((same, each.component))
    return [component for _, component in sorted(shares, key=lambda share: -share[0])]


def _words(text: str) -> list[str]:
    """The words of a text without what varies, nor who speaks: those are in every line of a component."""
    return [
        word for word in COMPONENT.sub("", normalise(tokens.removed(text))).split() if re.match(r"\W?[A-Za-z]", word)
    ]


def _shared(ours: Sequence[str], theirs: Sequence[str]) -> int:
    return SequenceMatcher(None, ours, theirs, autojunk=False).find_longest_match().size


def _named(reason: str, known: Iterable[str]) -> list[str]:
    """The components that the reason names, in full or, when they are known, without their system."""
    parts = {name: name.rpartition("/")[2] for name in known}
    bare = [name for name, part in parts.items() if OWN_NAME.match(part) and re.search(rf"\b{part}\b", reason)]
    return _components(reason) or bare


def _latest(steps: Iterable[Step], wrong: Sequence[LogExcerpt]) -> list[str]:
    users = {match.group(1) for step in steps if (match := USER.match(step.what))}

    def told(each: LogExcerpt) -> tuple[bool, str]:
        text = "\n".join(each.lines)
        heads = (HEAD.match(line) for line in each.lines)
        times = [f"{head['time']}.{head['fraction'] or 0}" for head in heads if head]
        return any(re.search(rf"\b{user}\b", text) for user in users), max(times, default="")

    return [each.component for each in sorted(wrong, key=told, reverse=True)]


def _components(text: str) -> list[str]:
    return ["/".join(pair) for pair in COMPONENT.findall(text) if pair[0] in SYSTEMS]


def _raised_in(detail: str) -> list[str]:
    """Where a command of the product raised, as System/module, innermost first."""
    return ["/".join(pair) for pair in reversed(MODULE.findall(detail))]
