"""What of a run decides a search."""

from __future__ import annotations

from pathlib import Path

import pytest

from diraccert.model.errors import BadInput, CertError, InfrastructureError
from diraccert.model.outcomes import Outcome, Verdict
from diraccert.proving.attempt import Attempt, Judgement, deciding, judge, of_run
from tests.unit.proving.histories import ERROR, FAIL, PASS, SKIP, attempt, run_of

NAMES = ("v1", "v2")


@pytest.mark.parametrize(
    ("outcomes", "judgement"),
    [
        ({"WMS_01": PASS}, Judgement.GOOD),
        ({"WMS_01": FAIL}, Judgement.BAD),
        ({"WMS_01": PASS, "DMS_01": FAIL}, Judgement.GOOD),
        ({"WMS_01": FAIL, "DMS_01": ERROR}, Judgement.BAD),
        ({"WMS_01": PASS, "DMS_01": ERROR}, Judgement.OPEN),
        ({"WMS_01": ERROR, "DMS_01": FAIL}, Judgement.OPEN),
        ({"WMS_01": ERROR}, Judgement.OPEN),
        ({"WMS_01": SKIP, "DMS_01": PASS}, Judgement.OPEN),
        ({"DMS_01": PASS}, Judgement.OPEN),
        ({}, Judgement.OPEN),
    ],
)
def test_only_deciding_scenarios_of_a_run_with_a_verdict_judge(
    outcomes: dict[str, Outcome], judgement: Judgement
) -> None:
    assert judge(attempt("c", **outcomes), ("WMS-01",)) is judgement


def test_of_several_deciding_scenarios_one_failure_is_enough_and_all_must_pass() -> None:
    telling = ("WMS-01", "DMS-01")
    assert judge(attempt("c", WMS_01=PASS, DMS_01=FAIL), telling) is Judgement.BAD
    assert judge(attempt("c", WMS_01=PASS, DMS_01=PASS), telling) is Judgement.GOOD
    assert judge(attempt("c", WMS_01=PASS, DMS_01=SKIP), telling) is Judgement.OPEN


def test_an_attempt_is_what_the_run_was(tmp_path: Path) -> None:
    made = of_run("c", run_of({"WMS-01": PASS, "DMS-01": FAIL, "AAI-01": SKIP}), tmp_path)
    assert made.verdict is Verdict.NO
    assert made.outcomes == {"WMS-01": PASS, "DMS-01": FAIL, "AAI-01": SKIP}
    assert made.reasons == {"DMS-01": "DMS-01 says FAIL", "AAI-01": "AAI-01 says SKIP"}
    assert made.folder == tmp_path
    assert Attempt.model_validate_json(made.model_dump_json()) == made


def test_why_an_attempt_says_nothing() -> None:
    assert attempt("c", WMS_01=PASS, DMS_01=ERROR).why_open == "DMS-01 ERROR: DMS-01 says ERROR"
    assert attempt("c", WMS_01=SKIP).why_open == "WMS-01 SKIP: WMS-01 says SKIP"
    assert attempt("c").why_open == "none of the scenarios ran"
    assert Attempt(commit="c", reason="does not build").why_open == "does not build"


def test_what_fails_at_one_end_and_passes_at_the_other_decides() -> None:
    good = attempt("a", A=PASS, B=FAIL, C=PASS, D=PASS, E=ERROR)
    bad = attempt("b", A=FAIL, B=FAIL, C=PASS, D=ERROR, E=FAIL)
    assert deciding(good, bad, NAMES) == ("A",)


@pytest.mark.parametrize(
    ("good", "bad", "error", "says"),
    [
        ({"A": PASS}, {"A": PASS, "B": SKIP}, BadInput, r"v2 is not bad: .*\(1 PASS, 1 SKIP\); report: /runs/b/"),
        ({"A": FAIL}, {"A": FAIL}, BadInput, r"v1 is not good: .*\(A FAIL\); report: /runs/a/report.html"),
        ({"A": SKIP, "B": PASS}, {"A": FAIL}, BadInput, r"v1 is not good: .*\(A SKIP\)"),
        ({"B": PASS}, {"A": FAIL}, BadInput, r"\(A not selected\)"),
        ({"A": ERROR, "B": FAIL}, {"A": FAIL}, InfrastructureError, "whether v1 is good is not known: A ERROR"),
    ],
)
def test_ends_that_are_not_what_they_are_called_are_refused(
    good: dict[str, Outcome], bad: dict[str, Outcome], error: type[CertError], says: str
) -> None:
    with pytest.raises(error, match=says):
        deciding(attempt("a", **good), attempt("b", **bad), NAMES)
