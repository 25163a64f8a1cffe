import json
from datetime import UTC, datetime

import pytest

from diraccert.certification import baseline as baselines
from diraccert.certification import tokens
from diraccert.certification.baseline import Accepted, Baseline
from diraccert.certification.loggate import WORDS_STEP, explained_by, judge
from diraccert.certification.loglines import parse
from diraccert.model.errors import BadInput
from diraccert.model.outcomes import Outcome
from diraccert.model.run import Evidence, ScenarioResult, Step

LOG = """\
2026-11-22 17:00:01 UTC WorkloadManagement/JobManager ERROR: Failed to insert job 12
2026-11-22 17:00:02 UTC WorkloadManagement/JobManager ERROR: Failed to insert job 13
2026-11-22 17:00:03 UTC WorkloadManagement/JobManager WARN: not so bad
2026-11-22 17:00:04 UTC WorkloadManagement/JobManager INFO: calling
Traceback (most recent call last):
  File "x.py", line 1, in y
ValueError: bad port 9131
"""
EMPTY = Baseline(release="8.0.86")


def records(text=LOG):
    return list(parse("WorkloadManagement/JobManager", text.splitlines()))


def scenario(id_, second, words=""):
    return ScenarioResult(
        id=id_, title="t", area="wms", owner="o", outcome=Outcome.PASS, seconds=1.0,
        started=datetime(2026, 11, 22, 17, 0, second, tzinfo=UTC),
        steps=(Step(at=0, seconds=0, what=WORDS_STEP, detail=words),),
    )  # fmt: skip


def test_signatures_are_counted_once_each_with_their_level():
    verdict = judge(records(), EMPTY, [])
    assert verdict.outcome is Outcome.FAIL
    assert [(each.level, each.count) for each in verdict.seen] == [("ERROR", 2), ("TRACEBACK", 1)]
    assert "ValueError: bad port <n>" in verdict.seen[1].signature
    assert verdict.reason.startswith("2 new signatures: WorkloadManagement/JobManager ERROR: Failed to insert job <n>")


def test_tokens_of_scenarios_are_in_no_signature():
    first, second = (
        judge(records(f"2026-11-22 17:00:01 UTC A/B ERROR: no {name}"), EMPTY, []).seen
        for name in (tokens.new("WMS-02a"), tokens.new("DMS-01"))
    )
    assert first[0].signature == second[0].signature == "no <token>"


def test_what_is_accepted_is_not_new_but_seen():
    known = [
        Accepted(component="*/JobManager", signature="Failed to insert*", why="known since long", seen_in="8.0.86")
    ]
    verdict = judge(records(), Baseline(release="8.0.86", accepted=tuple(known)), [])
    assert [each.level for each in verdict.new] == ["TRACEBACK"]
    assert len(verdict.seen) == 2


def test_the_signature_of_one_component_does_not_cover_another():
    known = [Accepted(component="Other/Service", signature="*", why="accepts everything", seen_in="8.0.86")]
    assert len(judge(records(), Baseline(release="x", accepted=tuple(known)), []).new) == 2


def test_what_is_accepted_of_one_scenario_is_new_when_none_but_others_met_it():
    accepted = Accepted(component="*", signature="Failed *", of=("B-01",), why="B-01 does it on purpose", seen_in="8")
    known = Baseline(release="8", accepted=(accepted,))
    verdict = judge(records(), known, [scenario("B-01", 0), scenario("A-01", 2)])
    assert (verdict.seen[0].count, verdict.seen[0].scenarios) == (2, ["B-01", "A-01"])
    assert (verdict.new[0].count, verdict.new[0].scenarios) == (1, ["A-01"])
    assert judge(records(), known, []).new[0].count == 2


def test_what_is_accepted_of_some_releases_is_new_in_the_others():
    alpha, both = (
        Accepted(component="*", signature=text, versions=versions, why="known of it", seen_in="8.0.0a26")
        for text, versions in (("Failed *", "<=8.0.0a26"), ("*bad port*", ""))
    )
    known = Baseline(release="8.0.86", accepted=(alpha, both))
    assert judge(records(), known.of("8.0.0a26"), []).outcome is Outcome.PASS
    assert [each.level for each in judge(records(), known.of("8.0.86"), []).new] == ["ERROR"]


def test_what_comes_by_chance_is_accepted_so_many_times():
    chance = Accepted(component="*", signature="Failed *", most=1, why="once in a run by chance", seen_in="8")
    known = Baseline(release="8", accepted=(chance,))
    assert judge(records(LOG.splitlines()[0]), known, []).new == ()
    verdict = judge(records(), known, [])
    assert [(each.signature, each.count, each.beyond) for each in verdict.new if each.level == "ERROR"] == [
        ("Failed to insert job <n>", 1, 1)
    ]
    assert verdict.evidence.logs[0].why == "once beyond the 1 that may be, in no scenario's time"
    assert [each.count for each in verdict.seen if each.level == "ERROR"] == [2]


def test_what_one_entry_has_no_room_for_another_may_take():
    known = [
        Accepted(component="*", signature="Failed *", most=1, why="once in a run by chance", seen_in="8"),
        Accepted(component="*", signature="Failed to insert *", most=1, why="and once more", seen_in="8"),
    ]
    assert [each.level for each in judge(records(), Baseline(release="8", accepted=tuple(known)), []).new] == [
        "TRACEBACK"
    ]


def test_one_new_signature_says_that_it_is_the_only_one():
    assert judge(records("2026-11-22 17:00:03 UTC A/B ERROR: lost"), EMPTY, []).reason == (
        "one new signature: WorkloadManagement/JobManager ERROR: lost"
    )


def test_brackets_of_a_signature_are_no_pattern():
    text = "2026-11-22 17:00:01 UTC A/B ERROR: cannot read [abc]"
    known = [Accepted(component="*", signature="cannot read [abc]*", why="accepted for this test", seen_in="8.0.86")]
    assert judge(records(text), Baseline(release="x", accepted=tuple(known)), []).outcome is Outcome.PASS


def test_records_are_given_to_who_they_speak_of_else_to_who_ran_then():
    results = [scenario("WMS-01", 1, "wms01-aaaa 12"), scenario("WMS-02", 40, "wms02-bbbb 99"), scenario("WMS-03", 2)]
    first, second = judge(records(), EMPTY, results).seen
    assert first.scenarios == ["WMS-01", "WMS-03"]
    assert second.scenarios == ["WMS-03"]
    assert next(each.why for each in judge(records(), EMPTY, results).evidence.logs) == "2 times, met by WMS-01, WMS-03"


def test_a_record_speaks_of_no_scenario_that_had_not_begun():
    text = "2026-11-22 17:00:02 UTC A/B ERROR: no job 41"
    (seen,) = judge(records(text), EMPTY, [scenario("A-01", 2), scenario("B-01", 9, words="41")]).seen
    assert seen.scenarios == ["A-01"]
    (seen,) = judge(records(text), EMPTY, [scenario("A-01", 2), scenario("B-01", 0, words="41")]).seen
    assert seen.scenarios == ["B-01"]


def test_a_time_that_is_cut_to_seconds_may_be_before_the_scenario_began():
    late = scenario("A-01", 2).model_copy(update={"started": datetime(2026, 11, 22, 17, 0, 2, 700000, tzinfo=UTC)})
    (seen,) = judge(records("2026-11-22 17:00:02 UTC A/B ERROR: no file"), EMPTY, [late]).seen
    assert seen.scenarios == ["A-01"]


def failed(id_, component="WorkloadManagement/JobManager", caused_by=""):
    return scenario(id_, 0).model_copy(
        update={"outcome": Outcome.FAIL, "caused_by": caused_by, "evidence": Evidence(component=component)}
    )


def test_what_only_failures_of_one_cause_met_is_their_trace():
    witness, other = failed("A-01"), failed("B-01", caused_by="A-01")
    told = records(LOG.partition("2026-11-22 17:00:03")[0])
    new = judge(told, EMPTY, [witness, other]).new
    assert explained_by(new, [witness, other]) == witness
    assert explained_by(new, [witness, failed("B-01")]) is None, "two causes"
    assert explained_by(new, [failed("A-01", "A/B"), failed("B-01", "A/B", "A-01")]) is None, "another component"
    passed = [witness, scenario("B-01", 0)]
    assert explained_by(judge(told, EMPTY, passed).new, passed) is None, "met by one that passed"
    assert explained_by(judge(told, EMPTY, []).new, [witness]) is None, "met by nobody"
    assert explained_by((), [witness]) is None


def test_a_clean_log_passes():
    verdict = judge(records("2026-11-22 17:00:03 UTC A/B WARN: not so bad"), EMPTY, [])
    assert (verdict.outcome, verdict.reason) == (Outcome.PASS, "")


def test_a_proposal_becomes_a_baseline_only_when_reviewed(tmp_path):
    baselines.keep(judge(records(), EMPTY, []).seen, "8.0.86", tmp_path)
    assert json.loads((tmp_path / baselines.SIGHTINGS).read_text())["release"] == "8.0.86"
    path = tmp_path / "8.0.yml"
    path.write_text(baselines.propose(tmp_path, None))
    with pytest.raises(BadInput, match="was not reviewed"):
        baselines.read(path)
    path.write_text(path.read_text().replace(baselines.TO_REVIEW, "a port that is always bad"))
    reviewed = baselines.read(path)
    assert judge(records(), reviewed, []).outcome is Outcome.PASS
    assert baselines.read(path) == reviewed
    assert baselines.TO_REVIEW not in baselines.propose(tmp_path, reviewed)


def test_a_broken_baseline_names_the_entry(tmp_path):
    path = tmp_path / "8.0.yml"
    path.write_text("release: 8.0.86\naccepted:\n- {component: A/B, signature: s, why: '', seen_in: 8.0.86}\n")
    with pytest.raises(BadInput, match=r"accepted\.0\.why"):
        baselines.read(path)


def test_an_entry_is_of_releases_that_can_be_read(tmp_path):
    path = tmp_path / "8.0.yml"
    entry = "{component: A/B, signature: s, versions: the alphas, why: known of it, seen_in: 8.0.86}"
    path.write_text(f"release: 8.0.86\naccepted:\n- {entry}\n")
    with pytest.raises(BadInput, match=r"accepted\.0\.versions"):
        baselines.read(path)


def test_a_run_without_a_gate_proposes_nothing(tmp_path):
    with pytest.raises(BadInput, match=baselines.SIGHTINGS):
        baselines.propose(tmp_path, None)


def test_the_first_room_with_the_line_wins(tmp_path):
    rooms = [tmp_path / "a", tmp_path / "b", tmp_path / "c"]
    for room in rooms[1:]:
        (room / "ci/baselines").mkdir(parents=True)
        (room / "ci/baselines/8.0.yml").touch()
    assert baselines.find("8.0", rooms) == rooms[1] / "ci/baselines/8.0.yml"
    assert baselines.find("9.1", rooms) is None


@pytest.mark.parametrize(
    "text", ["{", "[]", "{}", '{"release": "8", "seen": [1]}', '{"release": "8", "seen": [{}]}', "[" * 9000]
)
def test_a_run_whose_signatures_were_spoilt_proposes_nothing(tmp_path, text):
    (tmp_path / baselines.SIGHTINGS).write_text(text)
    with pytest.raises(BadInput, match="is not what a run leaves"):
        baselines.propose(tmp_path, None)


def test_a_proposal_keeps_what_the_entries_that_are_there_say(tmp_path):
    baselines.keep(judge(records(), EMPTY, []).seen, "8.0.86", tmp_path)
    known = Accepted(component="A/B", signature="lost *", of=("A-01",), most=2, why="known since long", seen_in="8")
    path = tmp_path / "8.0.yml"
    path.write_text(baselines.propose(tmp_path, Baseline(release="8", accepted=(known,))).replace("TO REVIEW", "known"))
    assert known in baselines.read(path).accepted
