"""Findings: defects of DIRAC that the certification has shown and that are known, one file each in ``ci/findings``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from pydantic import Field, model_validator

from diraccert.model.errors import BadInput
from diraccert.model.lines import Releases, covers
from diraccert.model.outcomes import Outcome
from diraccert.model.run import ScenarioResult
from diraccert.results import kept_file
from diraccert.results.shown import Showing

FOLDER = Path("ci/findings")


class Finding(Showing):
    """One known defect; ``id`` is the name of its file."""

    id: str
    title: str = Field(min_length=10, description="What is wrong, in one line.")
    scenarios: tuple[str, ...] = Field(
        description="Whom it makes fail, * stands for anything; empty when it was seen by hand only."
    )
    versions: Releases = Field(description="The releases that have it, as a PEP 440 specifier: >=8.0,<=8.0.86.")
    see_by_hand: str = Field(
        min_length=10, description="How to see it without dirac-cert: commands, and what they say."
    )
    upstream: str = Field(default="", description="The issue or the repair at DIRAC's; empty: nobody has reported it.")

    @model_validator(mode="after")
    def _says_something(self) -> Finding:
        if not self.signature or () in self.signature:
            raise ValueError("signature: what does a failure of it say?")
        return self


def read_all(rooms: Sequence[Path]) -> tuple[Finding, ...]:
    """Every finding of the rooms by id, that of the first room where two have the same; raises BadInput."""
    found: dict[str, Finding] = {}
    for room in rooms:
        for path in sorted((room / FOLDER).glob("*.yml")):
            found.setdefault(path.stem, _read(path))
    return tuple(found[id_] for id_ in sorted(found))


def recognised(results: Iterable[ScenarioResult], known: Sequence[Finding], release: str) -> tuple[ScenarioResult, ...]:
    """The results, each red one with the finding that it shows, if it shows one of this release, in ``known``."""
    mine = [each for each in known if covers(each.versions, release)]

    def told(result: ScenarioResult) -> str:
        if result.outcome is not Outcome.FAIL:
            return ""
        of_it = (each for each in mine if any(fnmatchcase(result.id, id_) for id_ in each.scenarios))
        fits = (each for each in of_it if each.shown_by(result))
        return next((f"{each.id}: {each.title}" for each in fits), "")

    return tuple(result.model_copy(update={"known": told(result)}) for result in results)


def _read(path: Path) -> Finding:
    finding = kept_file.read(path, Finding, "see docs/decisions/0004-proving.md", id=path.stem)
    if finding.id != path.stem:
        raise BadInput(f"{path} has the id {finding.id}", "its name and its id must be the same")
    return finding
