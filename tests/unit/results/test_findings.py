"""A failure that a known defect of the release explains is told as such; another one is not."""

from __future__ import annotations

import pytest

from diraccert.model.outcomes import Outcome
from diraccert.model.run import Evidence, ScenarioResult
from diraccert.results import findings_page
from diraccert.results.findings import Finding, read_all, recognised
from diraccert.rooms import builtin

LOST = Finding(
    id="LOST", title="Files are lost now and then", scenarios=("DMS-01",), versions=">=8.0,<8.0.5",
    signature="assert [] == ['SE-*']", see_by_hand="upload a file",
)  # fmt: skip
SHOWS = Evidence(got="[]", expected="['SE-1']")


def failed(id_: str = "DMS-01", outcome: Outcome = Outcome.FAIL, evidence: Evidence = SHOWS) -> ScenarioResult:
    return ScenarioResult(id=id_, title="t", area="dms", owner="o", outcome=outcome, evidence=evidence)


@pytest.mark.parametrize("release", ["8.0", "8.0.4"])
def test_a_failure_that_shows_the_finding_is_known(release: str) -> None:
    (result,) = recognised([failed()], [LOST], release)
    assert result.known == "LOST: Files are lost now and then"
    assert result.outcome is Outcome.FAIL


@pytest.mark.parametrize(("pattern", "known"), [("DMS-*", True), ("*", True), ("WMS-*", False)])
def test_a_finding_may_be_of_scenarios_by_a_pattern(pattern: str, known: bool) -> None:
    (result,) = recognised([failed()], [LOST.model_copy(update={"scenarios": (pattern,)})], "8.0.1")
    assert bool(result.known) is known


@pytest.mark.parametrize(
    ("result", "release"),
    [
        (failed(), "8.0.5"),
        (failed("DMS-02"), "8.0.1"),
        (failed(evidence=Evidence(got="['SE-2']", expected="['SE-1']")), "8.0.1"),
        (failed(outcome=Outcome.ERROR), "8.0.1"),
        (failed(outcome=Outcome.PASS), "8.0.1"),
    ],
    ids=["repaired", "another scenario", "shows something else", "an error of ours", "passes"],
)
def test_anything_else_is_not(result: ScenarioResult, release: str) -> None:
    assert recognised([result], [LOST], release)[0].known == ""


def test_the_page_of_the_findings_is_up_to_date() -> None:
    published = (builtin() / "docs" / "findings.md").read_text()
    again = "run: python -m diraccert.results.findings_page > docs/findings.md"
    assert published == findings_page.page(read_all([builtin()])), again
