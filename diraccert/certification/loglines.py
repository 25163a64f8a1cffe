"""DIRAC's log lines as records: who wrote what, when, at which level, with the lines that belong to it.

``2026-11-22 17:00:00 UTC Framework/Component [thread] ERROR: message`` with milliseconds from 8.0.86 on, in 9 with
the time as ``2026-11-22T17:00:00,123456Z`` (FrameworkSystem/private/standardLogging/Formatter/BaseFormatter.py),
perhaps after a time stamp of svlogd. DiracX writes ``2026-11-22T17:00:00.123Z ERROR    name: message``
(diracx.core.logs).
What follows without such a head (a traceback, a value of several lines) belongs to the record before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

HEAD = re.compile(
    r"^(?:@[0-9a-f]{24} |\d{4}-\d\d-\d\d[_T]\d\d:\d\d:\d\d\.\d+ )?"
    r"(?P<day>\d{4}-\d\d-\d\d)[ T](?P<time>\d\d:\d\d:\d\d)(?:[.,](?P<fraction>\d+))?(?: UTC|Z) "
    r"(?:(?P<name>[^\s\[\]:][^\s:]*(?:\[[^\]]*\]\S*)?) )?(?:\[(?P<thread>-?\d+)\] )?(?P<level>[A-Z]+): ?(?P<text>.*)$"
)
HEAD_OF_DIRACX = re.compile(
    r"^(?P<day>\d{4}-\d\d-\d\d)T(?P<time>\d\d:\d\d:\d\d)\.(?P<fraction>\d+)Z (?P<level>[A-Z]+) +"
    r"(?P<name>[\w.]+): ?(?P<text>.*)$"
)
ANSI = re.compile(r"\x1b\[[0-9;]*m")
TRACEBACK = "Traceback (most recent call last):"

#: Levels that say that something went wrong (FrameworkSystem/private/standardLogging/LogLevels.py).
WRONG = frozenset({"ERROR", "EXCEPT", "FATAL", "CRITICAL"})
#: Where a component logs before it has its name.
NO_HEAD = "(none)"


@dataclass
class Record:
    """One message of a component; ``lines`` as written, ``time`` None for what came before any head, ``owner`` the
    token of the scenario whose own process wrote it."""

    component: str
    time: datetime | None
    level: str
    name: str
    text: str
    lines: list[str] = field(default_factory=list)
    owner: str = ""

    @property
    def whole(self) -> str:
        """All its lines."""
        return "\n".join(self.lines)

    @property
    def has_traceback(self) -> bool:
        """Whether a Python traceback is in it."""
        return any(TRACEBACK in line for line in self.lines)

    @property
    def wrong(self) -> bool:
        """Whether it says that something went wrong."""
        return self.level in WRONG or self.has_traceback

    @property
    def raised(self) -> str:
        """The line that names the exception of its traceback, "" without one."""
        if not self.has_traceback:
            return ""
        start = next(number for number, line in enumerate(self.lines) if TRACEBACK in line)
        told = [line for line in self.lines[start + 1 :] if line.strip() and not line.startswith((" ", "\t"))]
        return told[0].strip() if told else self.lines[-1].strip()


def parse(component: str, lines: Iterable[str], owner: str = "") -> Iterator[Record]:
    """The records of one component's log; ``owner`` is the scenario whose own process it is, if it is one's."""
    record: Record | None = None
    for raw in lines:
        line = ANSI.sub("", raw.rstrip("\n"))
        head = HEAD.match(line) or HEAD_OF_DIRACX.match(line)
        if head:
            if record:
                yield record
            record = Record(component, _time(head), head["level"], head["name"] or "", head["text"], [line], owner)
        elif record:
            record.lines.append(line)
        elif line.strip():
            record = Record(component, None, NO_HEAD, "", line, [line], owner)
    if record:
        yield record


def _time(head: re.Match[str]) -> datetime:
    at = datetime.fromisoformat(f"{head['day']}T{head['time']}").replace(tzinfo=UTC)
    return at.replace(microsecond=int((head["fraction"] or "0")[:6].ljust(6, "0")))
