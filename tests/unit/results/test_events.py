"""Results made from events, of whole runs and of runs that died."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from diraccert.model.outcomes import Outcome
from diraccert.model.run import Evidence, NotSelected, Step
from diraccert.model.scenario import ScenarioMeta
from diraccert.results.events import Collected, Ending, Event, Finished, Log, Started, StepDone, assemble, not_selected

T0 = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def collected(*ids: str) -> Collected:
    metas = tuple(ScenarioMeta(id=i, title=f"title of {i}", area="wms", owner="ann", replaces="card 7") for i in ids)
    return Collected(time=T0, scenarios=metas, not_selected=(NotSelected(id="CE-01", title="a CE", why="no worker"),))


def started(id_: str, seconds: float = 1, worker: str = "gw0") -> Started:
    return Started(time=at(seconds), id=id_, worker=worker)


def finished(id_: str, outcome: Outcome = Outcome.PASS, reason: str = "", component: str = "") -> Finished:
    evidence = Evidence(component=component)
    return Finished(time=at(5), id=id_, outcome=outcome, reason=reason, seconds=4.0, evidence=evidence)


STEP = Step(at=0.5, seconds=1.0, what="dirac-wms-job-submit")
ENDING = Ending(time=at(60))


def test_a_whole_run() -> None:
    events: list[Event] = [collected("B", "A"), started("A"), started("B", 2, "gw1")]
    events += [StepDone(id="B", step=STEP), Log(text="hello"), finished("A"), finished("B", Outcome.FAIL, "it broke")]
    b, a = assemble(events, ENDING)
    assert (a.id, a.outcome, a.worker, a.seconds, a.started) == ("A", Outcome.PASS, "gw0", 4.0, at(1))
    assert (b.id, b.title, b.owner, b.replaces, b.worker) == ("B", "title of B", "ann", "card 7", "gw1")
    assert (b.outcome, b.reason, b.steps) == (Outcome.FAIL, "it broke", (STEP,))
    assert [left.id for left in not_selected(events)] == ["CE-01"]


def test_what_was_running_when_its_worker_died_is_an_error_that_says_so() -> None:
    (a,) = assemble([collected("A"), started("A"), StepDone(id="A", step=STEP)], ENDING)
    assert a.outcome is Outcome.ERROR
    assert a.reason == "worker gw0 died while it ran, after the step: dirac-wms-job-submit"
    assert a.seconds == 59
    assert a.steps == (STEP,)


def test_an_interrupted_run_says_which_ran_and_which_did_not() -> None:
    a, b = assemble([collected("A", "B"), started("A")], Ending(time=at(60), interrupted=True))
    assert (a.outcome, a.reason) == (Outcome.ERROR, "interrupted while it ran")
    assert (b.outcome, b.reason, b.started) == (Outcome.ERROR, "not run: the run ended before (interrupted)", None)


def test_a_run_that_ended_for_a_reason_gives_it() -> None:
    a, b = assemble([collected("A", "B"), started("A")], Ending(time=at(60), reason="the Docker daemon went away"))
    assert a.reason == "the run ended while it ran (the Docker daemon went away)"
    assert b.reason == "not run: the run ended before (the Docker daemon went away)"


def test_a_second_attempt_does_not_turn_the_first_green() -> None:
    died_then_passed = [collected("A"), started("A"), started("A", 9, "gw1"), finished("A")]
    assert assemble(died_then_passed, ENDING)[0].outcome is Outcome.ERROR
    failed_then_passed = [collected("A"), started("A"), finished("A", Outcome.FAIL), started("A", 9), finished("A")]
    (a,) = assemble(failed_then_passed, ENDING)
    assert (a.outcome, a.started) == (Outcome.FAIL, at(1))


def test_every_worker_may_announce_the_selection() -> None:
    assert len(assemble([collected("A"), collected("A"), started("A"), finished("A")], ENDING)) == 1


def test_a_scenario_whose_announcement_was_lost_is_still_in_the_results() -> None:
    (a,) = assemble([finished("A", Outcome.FAIL, "it broke")], ENDING)
    assert (a.id, a.outcome, a.title, a.started) == ("A", Outcome.FAIL, "(not announced)", None)


def test_results_carry_their_causes() -> None:
    events: list[Event] = [collected("A", "B"), started("A", 1), started("B", 2)]
    events += [finished(i, Outcome.FAIL, f"job {n} lost", "WMS/JobDB") for i, n in (("B", 7), ("A", 12))]
    a, b = assemble(events, ENDING)
    assert (a.caused_by, b.caused_by) == ("", "A")


def test_no_events_are_no_results() -> None:
    assert assemble([], ENDING) == ()
