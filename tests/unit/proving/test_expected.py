"""Expected outcomes: how they are read, and every way in which a run can differ from them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from diraccert.distributions import manifest
from diraccert.model.errors import BadInput
from diraccert.model.lines import covers
from diraccert.model.outcomes import Outcome, verdict_of
from diraccert.model.run import Evidence, Host, LogExcerpt, NotSelected, Run, ScenarioResult, Step
from diraccert.proving import expected as expectations
from diraccert.proving.expected import Expected, Known, differences
from diraccert.results import findings
from diraccert.rooms import builtin

T0 = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
KEY_ERROR = "KeyError: '<jobID>'"
EXPECTED = Expected(
    distribution="8.0.37",
    selections=("smoke",),
    known=(
        Known(scenario="WMS-01", outcome=Outcome.FAIL, signature=KEY_ERROR, upstream="#7457"),
        Known(scenario="WMS-02*", outcome=Outcome.FAIL, signature="Matched*never", because_of="WMS-01"),
        Known(scenario="SEC-01b", outcome=Outcome.SKIP),
    ),
)


def result(id_: str, outcome: Outcome, reason: str = "", evidence: Evidence | None = None) -> ScenarioResult:
    return ScenarioResult(
        id=id_, title="t", area="wms", owner="o", outcome=outcome, reason=reason, started=T0,
        evidence=evidence or Evidence(),
    )  # fmt: skip


AS_EXPECTED = (
    result("DMS-01", Outcome.PASS),
    result("WMS-01", Outcome.FAIL, f"JobAgent: {KEY_ERROR}"),
    result("WMS-02b", Outcome.FAIL, "a job that is Matched and was never run"),
    result("SEC-01b", Outcome.SKIP, "is for other releases"),
)


def run_of(*results: ScenarioResult, selection: str = "smoke", complete: bool = True, reason: str = "") -> Run:
    return Run(
        run_id="r", verdict=verdict_of(each.outcome for each in results), complete=complete, reason=reason,
        distribution="8.0.37", selection=selection, host=Host(cores=2, memory_gb=8, system="Linux"), started=T0,
        seconds=1.0, scenarios=results,
    )  # fmt: skip


def changed(id_: str, new: ScenarioResult | None) -> Run:
    kept = [each if each.id != id_ else new for each in AS_EXPECTED]
    return run_of(*[each for each in kept if each is not None])


def test_a_run_as_expected_has_no_difference() -> None:
    assert differences(run_of(*AS_EXPECTED), EXPECTED) == []


def test_what_is_not_named_must_pass() -> None:
    run = changed("DMS-01", result("DMS-01", Outcome.FAIL, "the file is gone"))
    assert differences(run, EXPECTED) == ["DMS-01 is FAIL, expected is PASS: the file is gone"]


def test_a_defect_that_is_not_seen_is_a_difference_and_the_verdict_too() -> None:
    run = run_of(result("WMS-01", Outcome.PASS), result("WMS-02", Outcome.PASS), AS_EXPECTED[-1])
    assert differences(run, EXPECTED) == [
        "WMS-01 is PASS, expected is FAIL",
        "WMS-02 is PASS, expected is FAIL",
        "the verdict is YES, expected is NO",
    ]


def test_a_race_may_pass_or_be_red_as_it_is_known_and_nothing_else() -> None:
    race = Known(scenario="DMS-01", outcome=Outcome.FAIL, signature="it was lost", finding="RACE", sometimes=True)
    racing = Expected(distribution="8.0.37", selections=("smoke",), known=(race,))
    assert differences(run_of(result("DMS-01", Outcome.PASS)), racing) == []
    assert differences(run_of(result("DMS-01", Outcome.FAIL, "it was lost")), racing) == []
    assert differences(run_of(result("DMS-01", Outcome.FAIL, "it was wrong")), racing) == [
        "DMS-01 is FAIL for another reason than 'it was lost': it was wrong"
    ]
    assert differences(run_of(result("DMS-01", Outcome.ERROR, "lost")), racing)


def test_a_signature_may_be_of_values_that_the_reason_has_cut_short() -> None:
    cut = Evidence(got="[]", expected="['one', 'two', 'three']")
    run = run_of(result("DMS-01", Outcome.FAIL, "assert [] == ['one', ...ree']", cut))
    known = Known(scenario="DMS-01", outcome=Outcome.FAIL, signature="[] == ['one', 'two', 'three']", finding="LISTS")
    assert differences(run, Expected(distribution="8.0.37", selections=("smoke",), known=(known,))) == []


def test_an_error_of_ours_is_not_the_failure_that_was_expected() -> None:
    run = changed("WMS-01", result("WMS-01", Outcome.ERROR, KEY_ERROR))
    assert differences(run, EXPECTED) == [f"WMS-01 is ERROR, expected is FAIL: {KEY_ERROR}"]


def test_the_right_scenario_for_a_wrong_reason_is_a_difference() -> None:
    run = changed("WMS-01", result("WMS-01", Outcome.FAIL, "the network is down"))
    assert differences(run, EXPECTED) == [f"WMS-01 is FAIL for another reason than '{KEY_ERROR}': the network is down"]


@pytest.mark.parametrize(
    "evidence",
    [Evidence(signature=KEY_ERROR), Evidence(got=f"x {KEY_ERROR} y"), Evidence(traceback=f"a\nb\n{KEY_ERROR}")],
)
def test_the_reason_may_be_told_anywhere_in_what_the_failure_says(evidence: Evidence) -> None:
    run = changed("WMS-01", result("WMS-01", Outcome.FAIL, "Matched, not Done", evidence))
    assert differences(run, EXPECTED) == []


def test_what_another_scenario_may_have_brought_about_is_no_reason() -> None:
    logged = Evidence(logs=(LogExcerpt(component="WorkloadManagement/JobAgent", lines=("Traceback", KEY_ERROR)),))
    steps = (Step(at=0, seconds=1, what="JobAgent", ok=False, detail=KEY_ERROR),)
    shown = result("WMS-01", Outcome.FAIL, "Matched, not Done", logged).model_copy(update={"steps": steps})
    assert len(differences(changed("WMS-01", shown), EXPECTED)) == 1


def test_what_must_be_logged_beside_it_may_be_named_too() -> None:
    lost = Known(scenario="DMS-01", outcome=Outcome.FAIL, signature="no replica", logs="it takes 2 *", upstream="#6391")
    known = Expected(distribution="8.0.1", selections=("smoke",), known=(lost,))
    logged = Evidence(logs=(LogExcerpt(component="Tornado/Tornado", lines=("TypeError: it takes 2 arguments",)),))
    assert differences(run_of(result("DMS-01", Outcome.FAIL, "no replica", logged)), known) == []
    assert differences(run_of(result("DMS-01", Outcome.FAIL, "no replica")), known) == [
        "DMS-01 is FAIL for another reason than 'no replica, and logged it takes 2 *': no replica"
    ]


def test_what_is_not_selected_may_be_named_but_what_does_not_exist_may_not() -> None:
    run = changed("WMS-02b", None)
    assert differences(run, EXPECTED) == ["WMS-02* is expected to be FAIL, but there is no such scenario"]
    left_out = NotSelected(id="WMS-02b", title="t", why="not in the selection")
    assert differences(run.model_copy(update={"not_selected": (left_out,)}), EXPECTED) == []


def test_an_unfinished_run_and_another_selection_differ_as_a_whole() -> None:
    whole = run_of(*AS_EXPECTED, complete=False, reason="interrupted")
    assert differences(whole, EXPECTED) == ["the run did not end: interrupted"]
    other = run_of(*AS_EXPECTED, selection="full")
    assert differences(other, EXPECTED) == ["the run is of the selection 'full', what is expected is of 'smoke'"]


@pytest.mark.parametrize(
    ("entry", "wrong"),
    [
        ("{scenario: WMS-01, outcome: FAIL, upstream: '#1'}", "needs the signature"),
        ("{scenario: WMS-01, outcome: FAIL, signature: it is lost}", "needs a finding"),
        ("{scenario: WMS-01, outcome: FAIL, signature: lost, upstream: '#1'}", "in too many failures"),
        ("{scenario: WMS-01, outcome: BROKEN}", "known.0.outcome"),
        ("{scenario: WMS-01, outcome: SKIP, since: 8.0}", "known.0.since"),
        ("{scenario: WMS-01, outcome: FAIL, finding: NOBODY-KNOWS}", "there is no finding NOBODY-KNOWS"),
    ],
)
def test_an_entry_that_explains_nothing_is_refused(tmp_path: Path, entry: str, wrong: str) -> None:
    written(tmp_path, f"distribution: 8.0.1\nselections: [smoke]\nknown: [{entry}]\n")
    with pytest.raises(BadInput, match=wrong):
        expectations.read("8.0.1", [tmp_path])


def test_a_finding_lends_what_it_is_known_by(tmp_path: Path) -> None:
    (tmp_path / findings.FOLDER).mkdir(parents=True)
    (tmp_path / findings.FOLDER / "SLOW.yml").write_text(
        "id: SLOW\ntitle: everything is slow\nscenarios: []\nversions: '>=8'\n"
        "signature: so * very slow\nlogs: it took long\nsee_by_hand: wait and see\nupstream: none known\n"
    )
    written(
        tmp_path, "distribution: 8.0.1\nselections: [smoke]\nknown: [{scenario: A-01, outcome: FAIL, finding: SLOW}]"
    )
    lent = expectations.read("8.0.1", [tmp_path]).of("A-01")
    assert (lent.signature, lent.logs) == (("so * very slow",), ("it took long",))


def test_a_file_of_another_release_and_a_missing_one_are_refused(tmp_path: Path) -> None:
    written(tmp_path, "distribution: 8.0.2\nselections: [smoke]\n")
    with pytest.raises(BadInput, match=r"is of 8\.0\.2"):
        expectations.read("8.0.1", [tmp_path])
    with pytest.raises(BadInput, match=r"nobody has said what 9\.9\.9 must show"):
        expectations.read("9.9.9", [tmp_path])


def test_the_first_room_that_has_it_counts(tmp_path: Path) -> None:
    written(tmp_path, "distribution: 8.0.1\nselections: [aai]\n")
    assert expectations.read("8.0.1", [tmp_path, builtin()]).selections == ("aai",)


OURS = sorted(path.stem for path in (builtin() / expectations.FOLDER).glob("*.yml"))


@pytest.mark.parametrize("distribution", OURS)
def test_our_files_can_be_read_and_name_findings_that_there_are(distribution: str) -> None:
    known = {each.id: each for each in findings.read_all([builtin()])}
    release = manifest.read(distribution, [builtin()]).dirac_version
    for each in expectations.read(distribution, [builtin()]).known:
        if each.finding:
            assert each.finding in known
            assert covers(known[each.finding].versions, release)


def test_there_is_a_file_for_each_release_of_the_proving_ground() -> None:
    assert {"8.0.1", "8.0.2", "8.0.37", "8.0.38", "8.0.86"} <= set(OURS)


def written(room: Path, text: str) -> None:
    folder = room / expectations.FOLDER
    folder.mkdir(parents=True)
    (folder / "8.0.1.yml").write_text(text)
