"""The logs of an instance in a window of time, read with one command for each host."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from diraccert.certification.loglines import Record, parse
from diraccert.certification.pilots import AGENT, HOME, LOG_NAMES
from diraccert.instances.host import Host
from diraccert.model.errors import InfrastructureError
from diraccert.model.run import LogExcerpt

#: The hosts with logs of components. On ``worker`` they are those of the JobAgents that scenarios start there (what a
#: pilot of the site director prints is fetched by it, and read by the scenario); ``client`` has none. What stands
#: beside the system is no part of the product, but for DiracX.
HOSTS = ("server", "worker", "diracx")
MARK = "==> dirac-cert log of "
OWNED = " of scenario "

#: Under runit also svlogd's rotated files of the last hour; each file at most so many bytes, newest last.
SCRIPT = f"""
cd /opt/dirac/runit 2>/dev/null && for folder in */*/log; do
    [ -d "$folder" ] || continue
    echo "{MARK}${{folder%/log}}"
    for file in $(find "$folder" -name '@*' -mmin -60 | sort) "$folder/current"; do
        [ -f "$file" ] && tail -c "$0" "$file"
    done
    echo
done
find {HOME} -mindepth 2 -maxdepth 2 -name '{LOG_NAMES}' -mmin -60 2>/dev/null | sort | while read -r file; do
    folder=${{file%/*}}
    echo "{MARK}{AGENT}{OWNED}${{folder##*/}}"
    tail -c "$0" "$file"
    echo
done
"""
#: DIRAC's clock and ours are the machine's, but before 8.0.86 it cuts its times to whole seconds, and a component may
#: log a little after its answer was given.
CUT, LATE = timedelta(seconds=1), timedelta(seconds=2)
#: Lines of a traceback: where, the code there, how many lines of it are left out.
FRAME = re.compile(r"[\s|+]*(File \"|\s{4}|\.\.\.<)")

#: How an excerpt says that it has errors, and that they are of this scenario.
WENT_WRONG = "error(s)"
WRONG_OF_THIS = f"{WENT_WRONG} that speak of"


class Answer(Protocol):
    """What a host answers to a command."""

    @property
    def out(self) -> str: ...  # noqa: D102

    @property
    def rc(self) -> int: ...  # noqa: D102


class Runs(Protocol):
    """A host that runs commands."""

    def run(self, argv: Sequence[str], *, limit: float = 60) -> Answer: ...  # noqa: D102


def hosts_of(there: Mapping[str, Host]) -> list[Host]:
    """Those of an instance's hosts by name that have logs of components."""
    return [there[name] for name in HOSTS if name in there]


def collect(hosts: Iterable[Runs], most_bytes: int = 400_000) -> list[Record]:
    """The records of all components of the hosts, at most ``most_bytes`` of each log file; what can be had in 30 s."""
    records: list[Record] = []
    for host in hosts:
        records += split(host.run(["bash", "-c", SCRIPT, str(most_bytes)], limit=30).out)
    return records


def collect_all(hosts: Iterable[Runs], most_bytes: int, limit: float = 120) -> list[Record]:
    """The same for whoever judges by what is not in them: InfrastructureError when they were not read to their end in
    ``limit`` seconds, or when there is nothing at all."""
    records: list[Record] = []
    for host in hosts:
        done = host.run(["bash", "-c", SCRIPT, str(most_bytes)], limit=limit)
        if done.rc != 0:
            raise InfrastructureError(f"the logs were not read to their end (rc {done.rc}, at most {limit:g} s)")
        records += split(done.out)
    if not records:
        raise InfrastructureError("no component has a log", "look at /opt/dirac/runit on the server")
    return records


def split(text: str) -> list[Record]:
    """The records in the output of SCRIPT."""
    records: list[Record] = []
    for part in text.split(MARK)[1:]:
        head, _, body = part.partition("\n")
        component, _, owner = head.strip().partition(OWNED)
        records += parse(component, body.rstrip("\n").splitlines(), owner)
    return records


def within(records: Iterable[Record], begin: datetime, end: datetime) -> list[Record]:
    """The records written between the two times, with a little slack at both ends."""
    return [each for each in records if each.time is not None and begin - CUT <= each.time <= end + LATE]


def mentions(record: Record, words: Iterable[str]) -> str:
    """The first of the words that the record speaks of, "" when it speaks of none; a number only as a whole number
    that counts nothing, and not in a traceback, which is full of numbers.

    What one scenario's own JobAgent logs speaks of that scenario, whatever it says, and of no other.
    """
    if record.owner:
        return next((word for word in words if word == record.owner), "")
    text, spoken = record.whole, "\n".join(line for line in record.lines if not FRAME.match(line))
    return next((word for word in words if _speaks_of(spoken if word.isdigit() else text, word)), "")


def _speaks_of(text: str, word: str) -> bool:
    if not word.isdigit():
        return bool(word) and word in text
    return re.search(rf"(?<![\w.:-]){word}(?![\w:-]|\.\d| (?:attempts|times|ms|s|seconds)\b)", text) is not None


def excerpts(
    records: Sequence[Record], words: Sequence[str], components: int = 5, lines: int = 14
) -> tuple[LogExcerpt, ...]:
    """What a failure shows of the logs in its window: the components that went wrong or speak of its words.

    ``words`` are the scenario's ids, LFNs and token; the most telling component comes first.
    """
    told = []
    records = [each for each in records if not each.owner or each.owner in words]
    for component in dict.fromkeys(each.component for each in records):
        own = [each for each in records if each.component == component]
        wrong = [each for each in own if each.wrong]
        spoken = [each for each in own if mentions(each, words)]
        both = [each for each in wrong if mentions(each, words)]
        score = 10 * len(both[:5]) + 3 * len(wrong[:5]) + len(spoken[:3])
        if score:
            chosen = both or wrong or spoken
            told.append((score, component, _why(both, wrong, spoken, words), _shortened(chosen, lines)))
    told.sort(key=lambda each: (-each[0], each[1]))
    return tuple(LogExcerpt(component=name, why=why, lines=shown) for _, name, why, shown in told[:components])


def _why(both: Sequence[Record], wrong: Sequence[Record], spoken: Sequence[Record], words: Sequence[str]) -> str:
    if both:
        return f"{len(both)} {WRONG_OF_THIS} {mentions(both[0], words)}"
    if wrong:
        return f"{len(wrong)} {WENT_WRONG} in this window"
    return f"speaks of {mentions(spoken[0], words)}"


def _shortened(records: Sequence[Record], lines: int) -> tuple[str, ...]:
    shown = [line[:400] for record in records for line in _ends(record.lines)]
    if len(shown) > lines:  # rather every message by what it says than a few of them in full
        shown = [line[:400] for record in records for line in _gist(record)]
    if len(shown) <= lines:
        return tuple(shown)
    return (*shown[: lines // 2], f"... {len(shown) - lines} lines ...", *shown[len(shown) - lines + lines // 2 :])


def _gist(record: Record) -> list[str]:
    """The head of a record and what its traceback raised."""
    return [record.lines[0], *([f"    {record.raised}"] if record.raised else [])]


def _ends(lines: list[str]) -> list[str]:
    """A long record by its head and its end, where a traceback names its exception."""
    return lines if len(lines) <= 8 else [*lines[:3], "    ...", *lines[-4:]]
