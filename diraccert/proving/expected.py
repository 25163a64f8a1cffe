"""What a certification of a known release must say, scenario by scenario, and how a run differs from that.

``ci/expected/VERSION.yml`` holds it. A scenario that the file does not name must PASS; one that is red for a reason
other than the file's is a difference too, as a bad release that fails for a wrong reason proves nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from pydantic import Field, model_validator

from diraccert.model.errors import BadInput
from diraccert.model.outcomes import Outcome, Verdict, verdict_of
from diraccert.model.run import Frozen, Run, ScenarioResult
from diraccert.results import findings, kept_file
from diraccert.results.findings import Finding
from diraccert.results.shown import Showing

FOLDER = Path("ci/expected")
RED = (Outcome.FAIL, Outcome.ERROR)


class Known(Showing):
    """A scenario that does not pass. ``scenario`` may be a pattern (WMS-02*); the first entry that fits counts."""

    scenario: str
    outcome: Outcome
    finding: str = Field(default="", description="The known defect, a file of ci/findings; it has the signature too.")
    upstream: str = Field(default="", description="Where DIRAC repaired it, such as #7457.")
    because_of: str = Field(default="", description="The scenario whose defect this is a consequence of.")
    sometimes: bool = Field(default=False, description="A race: it may PASS too, and then nothing else is expected.")

    @model_validator(mode="after")
    def _is_explained(self) -> Known:
        if self.outcome in RED and not (self.finding or self.upstream or self.because_of):
            raise ValueError(f"{self.scenario}: what is red needs a finding, an upstream reference or because_of")
        if self.outcome in RED and not (self.signature or self.finding):
            raise ValueError(f"{self.scenario}: what is red needs the signature that it must show")
        return self


class Expected(Frozen):
    """The outcomes of one release under the selections of scenarios that were tried; what ``known`` does not name
    passes."""

    distribution: str
    selections: tuple[str, ...] = Field(min_length=1)
    known: tuple[Known, ...] = ()

    def of(self, scenario: str) -> Known:
        """What is expected of one scenario."""
        fits = (each for each in self.known if fnmatchcase(scenario, each.scenario))
        return next(fits, Known(scenario=scenario, outcome=Outcome.PASS))


def read(distribution: str, rooms: Sequence[Path]) -> Expected:
    """The expected outcomes of a distribution from the first room that has them; raises BadInput."""
    paths = [room / FOLDER / f"{distribution}.yml" for room in rooms]
    path = next((each for each in paths if each.is_file()), None)
    if path is None:
        raise BadInput(f"nobody has said what {distribution} must show", f"write {FOLDER / distribution}.yml")
    expected = kept_file.read(path, Expected, "see docs/decisions/0004-proving.md")
    if expected.distribution != distribution:
        raise BadInput(f"{path} is of {expected.distribution}", "its name and its distribution must be the same")
    found = {each.id: each for each in findings.read_all(rooms)}
    return expected.model_copy(update={"known": tuple(_explained(each, found, path) for each in expected.known)})


def _explained(known: Known, found: Mapping[str, Finding], path: Path) -> Known:
    """The entry with what its finding is known by, where it says nothing of its own."""
    if not known.finding:
        return known
    if known.finding not in found:
        raise BadInput(f"{path}: {known.scenario}: there is no finding {known.finding}", f"see {findings.FOLDER}")
    if known.signature:
        return known
    finding = found[known.finding]
    return known.model_copy(update={"signature": finding.signature, "logs": finding.logs})


def differences(run: Run, expected: Expected) -> list[str]:
    """One plain sentence for everything in which the run is not as expected; [] when it is.

    A run that did not end, or is of a selection that the file says nothing about, differs as a whole.
    """
    if run.selection not in expected.selections:
        known = " and ".join(f"'{each}'" for each in expected.selections)
        return [f"the run is of the selection '{run.selection}', what is expected is of {known}"]
    found = [] if run.complete else [f"the run did not end: {run.reason}"]
    for result in run.scenarios:
        found += _of(result, expected.of(result.id))
    ran = [result.id for result in run.scenarios]
    there = [*ran, *(each.id for each in run.not_selected)]
    for each in expected.known:
        if not any(fnmatchcase(id_, each.scenario) for id_ in there):
            found.append(f"{each.scenario} is expected to be {each.outcome}, but there is no such scenario")
    wanted = verdict_of(_wanted(result, expected.of(result.id)) for result in run.scenarios)
    if run.complete and run.verdict is not wanted:
        found.append(f"the verdict is {_spoken(run.verdict)}, expected is {_spoken(wanted)}")
    return found


def _wanted(result: ScenarioResult, known: Known) -> Outcome:
    return result.outcome if known.sometimes and result.outcome is Outcome.PASS else known.outcome


def _of(result: ScenarioResult, known: Known) -> Iterator[str]:
    said = f": {result.reason}" if result.reason else ""
    wanted = _wanted(result, known)
    if result.outcome is not wanted:
        yield f"{result.id} is {result.outcome}, expected is {wanted}{said}"
    elif wanted in RED and not known.shown_by(result):
        yield f"{result.id} is {result.outcome} for another reason than '{known.told}'{said}"


def _spoken(verdict: Verdict) -> str:
    return verdict.value.upper()
