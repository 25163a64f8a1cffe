"""Which failures are one cause, and which scenario is its witness."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from diraccert.model.outcomes import Outcome
from diraccert.model.run import Evidence, ScenarioResult
from diraccert.results.causes import attribute, causes_of

T0 = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def result(
    id_: str,
    reason: str = "",
    component: str = "",
    outcome: Outcome = Outcome.FAIL,
    begin: float | None = 0,
    seconds: float = 1,
    asserted: str = "",
) -> ScenarioResult:
    return ScenarioResult(
        id=id_,
        title=id_,
        area="wms",
        owner="ann",
        outcome=outcome,
        reason=reason,
        started=None if begin is None else T0 + timedelta(seconds=begin),
        seconds=seconds,
        evidence=Evidence(component=component, asserted=asserted),
    )


def caused(*results: ScenarioResult) -> dict[str, str]:
    return {result.id: result.caused_by for result in attribute(results)}


def test_the_same_component_and_error_are_one_cause_whose_witness_failed_first() -> None:
    long = result("LONG", "job 1 lost", "WMS/JobDB", begin=0, seconds=30)
    late = result("LATE", "job 300 lost", "WMS/JobDB", begin=20, seconds=2)
    assert caused(long, late) == {"LONG": "LATE", "LATE": ""}


def test_another_component_or_another_error_is_another_cause() -> None:
    assert not any(caused(result("A", "lost", "X/Y"), result("B", "lost", "X/Z"), result("C", "gone", "X/Y")).values())


def test_values_that_differ_alike_are_one_cause_only_where_the_same_was_asserted() -> None:
    stranger = result("A", "assert 0 != 0", asserted="assert refused(stranger)")
    assert not any(caused(stranger, result("B", "assert 0 != 0", asserted="assert refused(friend)")).values())
    again = result("B", "assert 0 != 0", asserted="assert refused(stranger)")
    assert caused(stranger, again) == {"A": "", "B": "A"}


def test_a_fault_of_ours_is_never_the_cause_of_a_failure_of_the_product() -> None:
    assert not any(caused(result("A", "lost", outcome=Outcome.ERROR), result("B", "lost")).values())


def test_what_says_nothing_is_a_cause_of_its_own() -> None:
    assert not any(caused(result("A"), result("B")).values())


def test_what_passed_or_was_skipped_has_no_cause() -> None:
    same = [result(i, "lines exclude it", outcome=o) for i, o in (("A", Outcome.PASS), ("B", Outcome.SKIP))]
    assert attribute(same) == tuple(same)


def test_the_signature_is_kept_with_the_evidence() -> None:
    (signed,) = attribute([result("A", "job 12 lost")])
    assert signed.evidence.signature == "job <n> lost"


def test_scenarios_that_never_ran_are_one_cause_after_all_others() -> None:
    rows = [result(i, "not run: the run ended before", outcome=Outcome.ERROR, begin=None) for i in ("A", "B")]
    ran = result("Z", "worker gw0 died while it ran", outcome=Outcome.ERROR)
    causes = causes_of(attribute([*rows, ran]))
    assert [(c.witness.id, [f.id for f in c.consequences]) for c in causes] == [("Z", []), ("A", ["B"])]


def test_the_products_causes_come_before_ours() -> None:
    causes = causes_of(attribute([result("A", "net", outcome=Outcome.ERROR, begin=0), result("B", "lost", begin=9)]))
    assert [cause.witness.id for cause in causes] == ["B", "A"]


def test_a_consequence_whose_witness_is_not_in_the_run_is_shown_by_itself() -> None:
    orphan = result("A", "lost").model_copy(update={"caused_by": "GONE"})
    assert [cause.witness.id for cause in causes_of([orphan])] == ["A"]


def test_what_nobody_knew_of_comes_before_a_known_finding_that_was_seen_earlier() -> None:
    known = result("A", "old", begin=0).model_copy(update={"known": "OLD: it was ever so"})
    assert [cause.witness.id for cause in causes_of([known, result("B", "new", begin=9)])] == ["B", "A"]
