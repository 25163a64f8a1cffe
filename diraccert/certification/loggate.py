"""OPS-06, the log gate: no component says ERROR, EXCEPT or FATAL, or raises, in a way that nobody has accepted.

Once a run, after its scenarios. What a good release of the line writes is its reviewed baseline
(``ci/baselines/LINE.yml``); every signature beyond it is new, and is given to the scenarios that met it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fnmatch import fnmatchcase

from diraccert.certification import tokens
from diraccert.certification.baseline import Accepted, Baseline, Sighting
from diraccert.certification.loglines import WRONG, Record
from diraccert.certification.logs import CUT, mentions
from diraccert.certification.product import shorten
from diraccert.model.outcomes import Outcome
from diraccert.model.run import Evidence, LogExcerpt, ScenarioResult, Step
from diraccert.model.scenario import ScenarioMeta
from diraccert.results.signature import normalise

GATE = ScenarioMeta(
    id="OPS-06", title="components log no error beyond the reviewed baseline", area="monitoring", owner="operations",
    replaces="nothing upstream", about=2.0, limit=60.0,
)  # fmt: skip

#: The step by which a scenario leaves the words that components' logs speak of it with.
WORDS_STEP = "names in logs"
SHOWN = 12


@dataclass(frozen=True)
class Verdict:
    """What the gate says: the sightings beyond the baseline, and all of them."""

    new: tuple[Sighting, ...]
    seen: tuple[Sighting, ...]

    @property
    def outcome(self) -> Outcome:
        """FAIL when anything is new."""
        return Outcome.FAIL if self.new else Outcome.PASS

    @property
    def reason(self) -> str:
        """One line."""
        if not self.new:
            return ""
        first = self.new[0]
        more = f", and {len(self.new) - 1} more" if len(self.new) > 1 else ""
        # a finding that is known by one message says so: what is new beside it is not explained by it
        many = f"{len(self.new)} new signatures" if self.new[1:] else "one new signature"
        return shorten(f"{many}: {first.component} {first.level}: {first.signature}{more}")

    @property
    def evidence(self) -> Evidence:
        """Every new signature with its first lines and the scenarios that met it."""
        return Evidence(
            asserted="every ERROR, EXCEPT, FATAL and traceback of the run is in the reviewed baseline",
            expected="no new signature",
            got="; ".join(
                shorten(f"{each.component} {each.level}: {each.signature}", 160) for each in self.new[:SHOWN]
            ),
            component=self.new[0].component if self.new else "",
            signature=self.new[0].signature if self.new else "",
            logs=tuple(
                LogExcerpt(component=each.component, why=f"{_times(each)}, {_met(each)}", lines=each.example)
                for each in self.new[:SHOWN]
            ),
        )


def explained_by(new: Sequence[Sighting], results: Sequence[ScenarioResult]) -> ScenarioResult | None:
    """The failure that all of ``new`` are the trace of: they are of its component, and were met by it and by those
    that failed of the same cause, and by nobody else. None when any may be of something else."""
    failed = {each.id: each for each in results if each.outcome is Outcome.FAIL}
    causes = {failed[id_].caused_by or id_ if id_ in failed else "" for each in new for id_ in each.scenarios or ("",)}
    told = {failed[id_].evidence.component for each in new for id_ in each.scenarios if id_ in failed}
    if len(causes) != 1 or told != {each.component for each in new}:
        return None
    return failed.get(causes.pop())


def signature_of(record: Record) -> str:
    """The normalised error: of a traceback what was raised, else the message."""
    return normalise(tokens.removed(shorten(f"{record.text.strip()} {record.raised}".strip(), 300)))


def level_of(record: Record) -> str:
    """The level of a record; a traceback below a lower level is what it is."""
    return record.level if record.level in WRONG else "TRACEBACK"


def judge(records: Iterable[Record], baseline: Baseline, results: Sequence[ScenarioResult]) -> Verdict:
    """Compare what went wrong in the logs with the baseline; ``results`` are the scenarios of the run."""
    seen: dict[tuple[str, str, str], Sighting] = {}
    new: dict[tuple[str, str, str], Sighting] = {}
    taken = dict.fromkeys(range(len(baseline.accepted)), 0)
    for record in records:
        if not record.wrong:
            continue
        one = Sighting(
            record.component, level_of(record), signature_of(record), 1,
            tuple(line[:400] for line in record.lines[:6]), met_by(record, results),
        )  # fmt: skip
        _count(one, seen)
        fits = [number for number, each in enumerate(baseline.accepted) if accepts(each, one)]
        free = [number for number in fits if taken[number] < (baseline.accepted[number].most or math.inf)]
        if free:
            taken[free[0]] += 1
        else:
            _count(replace(one, beyond=max((baseline.accepted[number].most or 0 for number in fits), default=0)), new)
    return Verdict(_by_number(new), _by_number(seen))


def _count(one: Sighting, among: dict[tuple[str, str, str], Sighting]) -> None:
    mine = among.setdefault((one.component, one.level, one.signature), replace(one, count=0, scenarios=[]))
    mine.count += one.count
    mine.scenarios += [id_ for id_ in one.scenarios if id_ not in mine.scenarios]


def _by_number(found: dict[tuple[str, str, str], Sighting]) -> tuple[Sighting, ...]:
    return tuple(sorted(found.values(), key=lambda each: (-each.count, each.component, each.signature)))


def accepts(known: Accepted, sighting: Sighting) -> bool:
    """Whether the entry is of this signature and this component, both of which may be patterns with ``*``, and of one
    of the scenarios that may have met it, when it names any."""
    return (
        fnmatchcase(sighting.component, known.component)
        and _matches(sighting.signature, known.signature)
        and (not known.of or not set(known.of).isdisjoint(sighting.scenarios))
    )


def _matches(signature: str, pattern: str) -> bool:
    """Only ``*`` is special: signatures are full of brackets."""
    return signature == pattern or fnmatchcase(signature, pattern.replace("[", "[[]").replace("?", "[?]"))


def met_by(record: Record, results: Sequence[ScenarioResult]) -> list[str]:
    """The scenarios that a record belongs to: those whose names it speaks of, else those that ran at its time.

    The words of a scenario that had not begun are another's: the ids of jobs in a new instance are small numbers.
    """
    time = record.time
    begun = [each for each in results if time is None or each.started is None or each.started - CUT <= time]
    named = [each.id for each in begun if mentions(record, words_of(each.steps))]
    if named or record.time is None:
        return named
    return [each.id for each in results if _ran_at(each, record.time)]


def words_of(steps: Iterable[Step]) -> list[str]:
    """The words that a scenario left for the logs."""
    return [word for step in steps if step.what == WORDS_STEP for word in step.detail.split()]


def _ran_at(result: ScenarioResult, time: datetime) -> bool:
    # before 8.0.86 times of records are cut to whole seconds
    return result.started is not None and result.started - CUT <= time <= result.started + timedelta(
        seconds=result.seconds + 1
    )


def _times(sighting: Sighting) -> str:
    beyond = f" beyond the {sighting.beyond} that may be" if sighting.beyond else ""
    return f"{'once' if sighting.count == 1 else f'{sighting.count} times'}{beyond}"


def _met(sighting: Sighting) -> str:
    if not sighting.scenarios:
        return "in no scenario's time"
    return "met by " + ", ".join(sighting.scenarios[:4]) + (" ..." if len(sighting.scenarios) > 4 else "")
