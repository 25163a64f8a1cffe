"""The reviewed baselines of the log gate: which error messages a good release writes, and why each is accepted."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from pydantic import Field

from diraccert.model.errors import BadInput
from diraccert.model.lines import Releases, covers
from diraccert.model.run import Frozen
from diraccert.results import kept_file

#: Where a run leaves what its components said, for a proposal.
SIGHTINGS = "log-signatures.json"
TO_REVIEW = "TO REVIEW"

HEADER = """\
# What components of a good release log as errors, by signature, and why each is accepted.
# `dirac-cert scenarios baseline RUN` proposes entries; a person writes each `why`, an entry without one is refused.
"""


@dataclass
class Sighting:
    """One signature of one component in one run."""

    component: str
    level: str
    signature: str
    count: int = 0
    example: tuple[str, ...] = ()
    scenarios: list[str] = field(default_factory=list)
    beyond: int = 0
    """So many of it are accepted in a run, and these came on top."""


class Accepted(Frozen):
    """A signature that is accepted; ``component`` and ``signature`` may hold ``*``.

    ``of`` are the scenarios that bring it about on purpose, or by a finding of theirs: what none of them can have met
    is not accepted. Empty for what any scenario may meet. ``versions`` are the releases of the line that log it, as a
    PEP 440 specifier; in any other it is new. Empty for all of the line. ``most`` is how many messages of a run it
    accepts: for what comes by chance, which may come once and must not come all the time; none for no bound.
    """

    component: str
    signature: str
    of: tuple[str, ...] = ()
    versions: Releases = ""
    most: int | None = Field(default=None, ge=1)
    why: str = Field(min_length=10)
    seen_in: str


class Baseline(Frozen):
    """The accepted signatures of one line; ``release`` is the good release that they were reviewed with."""

    release: str
    accepted: tuple[Accepted, ...] = ()

    def of(self, release: str) -> Baseline:
        """What of it holds for one release of the line."""
        return self.model_copy(
            update={"accepted": tuple(each for each in self.accepted if covers(each.versions, release))}
        )


def find(line: str, rooms: Sequence[Path]) -> Path | None:
    """The file of the line in the first room that has one."""
    paths = (room / "ci" / "baselines" / f"{line}.yml" for room in rooms)
    return next((path for path in paths if path.is_file()), None)


def read(path: Path) -> Baseline:
    """The baseline; raises BadInput with the entry that cannot be used, also when its ``why`` is to be written yet."""
    baseline = kept_file.read(path, Baseline, "see ci/baselines of the project")
    unread = [each.signature for each in baseline.accepted if TO_REVIEW in each.why]
    if unread:
        raise BadInput(
            f"{path} was not reviewed: {unread[0]!r} has no reason yet", "write why it is accepted, or remove it"
        )
    return baseline


def keep(sightings: Iterable[Sighting], release: str, folder: Path) -> None:
    """Leave what was seen in the folder of the run."""
    content = {"release": release, "seen": [vars(each) for each in sightings]}
    (folder / SIGHTINGS).write_text(json.dumps(content, indent=1), encoding="utf-8")


def propose(folder: Path, known: Baseline | None) -> str:
    """The YAML text of a baseline with what the run in ``folder`` saw, new entries marked for review.

    Raises BadInput when the run has no log gate.
    """
    path = folder / SIGHTINGS
    if not path.is_file():
        raise BadInput(f"{folder} has no {SIGHTINGS}", "only a run whose log gate ran can propose a baseline")
    there = known.accepted if known else ()
    entries = {(each.component, each.signature): each.model_dump(exclude_defaults=True) for each in there}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        release = str(content["release"])
        for each in content["seen"]:
            key = (str(each["component"]), str(each["signature"]))
            why = f"{TO_REVIEW}: {each['count']} times; {' / '.join(each['example'][:2])[:200]}"
            entries.setdefault(key, {"component": key[0], "signature": key[1], "why": why, "seen_in": release})
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BadInput(f"{path} is not what a run leaves: {error!r}", "certify again to have a new one") from error
    document = {"release": release, "accepted": [entries[key] for key in sorted(entries)]}
    return HEADER + yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=118)
