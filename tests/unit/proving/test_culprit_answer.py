"""How the answer of a search is told."""

from __future__ import annotations

import json
from pathlib import Path

from diraccert.proving import culprit_answer
from diraccert.proving.attempt import Attempt
from diraccert.proving.culprit_search import Answer
from diraccert.proving.history import Commit
from tests.unit.proving.histories import FAIL, PASS, attempt

GOOD = Commit("a" * 40, "the last good one")
OPEN = Commit("b" * 40, "does not build (#6)")
MERGE = Commit("c" * 40, "Merge pull request #7 from alice/x", "[8.0] fix: \x1b[1my", ("a" * 40, "d" * 40))
GITLAB = Commit("d" * 40, "Merge branch 'x' into 'main'", "fix: y\n\nSee merge request grid/DIRAC!34", ("a", "b"))


def answer(*suspects: Commit, bad_end: Attempt | None = None, bad: Attempt | None = None) -> Answer:
    bad = bad or attempt("bad", WMS_01=FAIL, DMS_01=PASS)
    telling = ("WMS-01", "DMS-01") if bad_end else ("WMS-01",)
    return Answer(
        good=GOOD,
        suspects=suspects,
        attempts=(attempt("good", WMS_01=PASS, DMS_01=PASS), bad),
        bad_end=bad_end or bad,
        deciding=telling,
        open={each.id: "does not build" for each in suspects[:-1]},
    )


def test_the_culprit_with_its_request_and_the_reports_of_both_sides() -> None:
    found = answer(MERGE)
    assert list(culprit_answer.lines(found)) == [
        "WMS-01: broken by cccccccccc Merge pull request #7 from alice/x",
        "  [8.0] fix: y",
        "  WMS-01 FAIL: WMS-01 says FAIL",
        "last good: aaaaaaaaaa the last good one",
        "  report: /runs/good/report.html",
        "first bad: cccccccccc Merge pull request #7 from alice/x",
        "  report: /runs/bad/report.html",
    ]
    assert culprit_answer.exit_code(found) == 0


def test_a_number_that_the_subject_does_not_have_is_told_beside_it() -> None:
    first = next(culprit_answer.lines(answer(GITLAB)))
    assert first == "WMS-01: broken by dddddddddd Merge branch 'x' into 'main' (request !34)"


def test_a_range_names_each_commit_and_is_not_known() -> None:
    found = answer(OPEN, MERGE)
    assert list(culprit_answer.lines(found))[:3] == [
        "WMS-01: broken by one of 2 commits; which is not known, as runs said nothing",
        "  bbbbbbbbbb does not build (#6): not known: does not build",
        "  cccccccccc Merge pull request #7 from alice/x: bad",
    ]
    assert culprit_answer.exit_code(found) == 2


def test_a_failure_that_differs_from_the_bad_ends_and_what_broke_later_are_told() -> None:
    end = Attempt(commit="end", outcomes={"WMS-01": FAIL, "DMS-01": FAIL}, reasons={"WMS-01": "it is gone"})
    told = list(culprit_answer.lines(answer(MERGE, bad_end=end)))
    assert "        on the commit that was called bad it fails otherwise: it is gone" in told
    assert "  not broken there yet: DMS-01; search with --select 'DMS-01'" in told


def test_the_same_failure_with_other_numbers_is_the_same() -> None:
    bad = Attempt(
        commit="bad", outcomes={"WMS-01": FAIL}, reasons={"WMS-01": "KeyError: '12'"}, folder=Path("/runs/bad")
    )
    end = Attempt(commit="end", outcomes={"WMS-01": FAIL}, reasons={"WMS-01": "KeyError: '7'"})
    assert "otherwise" not in " ".join(culprit_answer.lines(answer(MERGE, bad_end=end, bad=bad)))


def test_the_answer_as_json() -> None:
    told = json.loads(json.dumps(culprit_answer.as_mapping(answer(OPEN, MERGE), Path("/j"))))
    assert told["culprit"] is None
    assert [each["not_known"] for each in told["suspects"]] == ["does not build", ""]
    assert told["scenarios"] == [{"id": "WMS-01", "reason": "WMS-01 says FAIL"}]
    assert (told["last_good"]["folder"], told["first_bad"]["folder"]) == ("/runs/good", "/runs/bad")
    known = culprit_answer.as_mapping(answer(MERGE), Path("/j"))
    assert known["culprit"]["request"] == "#7"
    assert known["culprit"]["commit"] == "c" * 40
