"""The pytest plugin with scenarios that need no DIRAC: outcomes, evidence, order, collection."""

from datetime import UTC, datetime

import pytest

from diraccert.certification.catalogue import read as read_catalogue
from diraccert.certification.pytest_process import Batch, Surroundings, command
from diraccert.model.errors import CertError
from diraccert.results.events import Ending, Started, assemble
from tests.integration.plugin_room import GOOD, Room


@pytest.fixture
def room(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return Room(tmp_path)


OUTCOMES = """
@scenario("WMS-01", title="passes", owner="o")
def test_passes(instance, unique, step):
    with step("a phase"):
        assert unique.startswith("wms01-")

@scenario("WMS-02", title="compares", owner="o")
def test_compares(instance, step):
    with step("WorkloadManagement/JobMonitoring.getJobsStatus(1)"):
        status = "Failed"
        assert status == "Done"

@scenario("WMS-03", title="is refused", owner="o")
def test_refused(instance):
    raise ProductError("JobManager.submitJob: not authorised")

@scenario("WMS-04", title="waits", owner="o")
def test_waits(instance, wait_for):
    wait_for(lambda: "Checking" == "Waiting", limit=0.2, hint="the job to be Waiting")

@scenario("WMS-05", title="hangs", owner="o", limit=0.5)
def test_hangs(instance, step):
    with step("asking for ever"):
        time.sleep(60)

@scenario("WMS-06", title="has a mistake", owner="o")
def test_mistake(instance):
    {}["key"]

@scenario("WMS-07", title="meets broken machinery", owner="o")
def test_machinery(instance):
    raise InfrastructureError("no line to client")

@scenario("WMS-08", title="skips itself", owner="o")
def test_skips(instance):
    pytest.skip("because")

@pytest.fixture
def messy(instance):
    yield
    assert "left behind" == ""

@scenario("WMS-09", title="cleans up badly", owner="o")
def test_messy(messy):
    pass

@pytest.fixture
def unready(instance):
    raise ProductError("no proxy for alice")

@scenario("WMS-10", title="cannot arrange", owner="o")
def test_unready(unready):
    pass
"""
IDS = [f"WMS-{number:02}" for number in range(1, 11)]


@pytest.mark.parametrize("workers", [0, 3])
def test_each_way_to_end_has_its_outcome(room, workers):
    room.write("wms/wms_01_ends.py", OUTCOMES)
    assert room.run(*IDS, workers=workers) == ""
    assert {id_: str(end.outcome) for id_, end in room.ends.items()} == {
        "WMS-01": "PASS", "WMS-02": "FAIL", "WMS-03": "FAIL", "WMS-04": "FAIL", "WMS-05": "FAIL",
        "WMS-06": "ERROR", "WMS-07": "ERROR", "WMS-08": "ERROR", "WMS-09": "FAIL", "WMS-10": "FAIL",
    }  # fmt: skip


def test_reasons_and_evidence_say_what_happened(room):
    room.write("wms/wms_01_ends.py", OUTCOMES)
    room.run(*IDS)
    reasons = {id_: end.reason for id_, end in room.ends.items()}
    assert reasons["WMS-02"] == "assert 'Failed' == 'Done'"
    assert reasons["WMS-03"] == "JobManager.submitJob: not authorised"
    assert reasons["WMS-04"] == "waited 0.2 s for the job to be Waiting; last seen: False"
    assert reasons["WMS-05"] == "took longer than its limit of 0.5 s, during: asking for ever"
    assert reasons["WMS-06"] == "KeyError: 'key'"
    assert reasons["WMS-09"].startswith("while cleaning up: ")
    evidence = room.ends["WMS-02"].evidence
    assert (evidence.asserted, evidence.expected, evidence.got) == ('assert status == "Done"', "'Done'", "'Failed'")
    assert evidence.component == "WorkloadManagement/JobMonitoring"
    assert "wms/wms_01_ends.py:" in evidence.traceback
    assert evidence.attach == "dirac-cert attach fake server"
    assert [each.component for each in evidence.logs] == ["Transformation/TransformationManager"]


def test_steps_are_told_as_they_end(room):
    room.write("wms/wms_01_ends.py", OUTCOMES)
    room.run("WMS-01", "WMS-02")
    results = {each.id: each for each in assemble(room.events, Ending(time=datetime.now(UTC)))}
    assert next(step.what for step in results["WMS-01"].steps) == "a phase"
    assert next(step.ok for step in results["WMS-02"].steps) is False


def test_a_failure_on_a_broken_instance_is_ours(room):
    room.write("wms/wms_01_ends.py", OUTCOMES)
    (room.folder / "DATABASE_DOWN").touch()
    room.run("WMS-01", "WMS-02", "WMS-05")
    assert {id_: str(end.outcome) for id_, end in room.ends.items()} == {
        "WMS-01": "PASS", "WMS-02": "ERROR", "WMS-05": "ERROR",
    }  # fmt: skip
    assert room.ends["WMS-02"].reason.startswith("probe of the database failed: cannot connect")


def test_the_order_is_that_of_the_ids(room):
    room.write("wms/wms_01_ends.py", OUTCOMES)
    room.run("WMS-07", "WMS-01", "WMS-03")
    assert [event.id for event in room.events if isinstance(event, Started)] == ["WMS-07", "WMS-01", "WMS-03"]


@pytest.mark.parametrize(
    ("place", "text", "said"),
    [
        ("wms/wms_02_b.py", GOOD, "has the id WMS-01 of wms/"),
        ("wms/wms_02_b.py", "def test_b():\n    pass\n", "wms_02_b.py::test_b has no id"),
        ("wms/wms_02_b.py", '@scenario("wms2", title="t", owner="o")\ndef test_b():\n    pass\n', "is no scenario id"),
        ("nowhere/wms_02_b.py", GOOD.replace("WMS-01", "WMS-02"), "'nowhere', which is no area"),
        ("wms/wms_02_b.py", "import no_such_module\n", "No module named 'no_such_module'"),
        ("wms/wms_02_b.py", GOOD.replace('owner="o"', 'owner="o", lines="8.x"'), "is no version specifier"),
    ],
    ids=["duplicate", "no id", "bad id", "unknown area", "import", "lines"],
)
def test_a_wrong_declaration_is_a_clear_error_of_the_collection(room, place, text, said):
    room.write("wms/wms_01_a.py", GOOD)
    room.write(place, text)
    with pytest.raises(CertError, match="cannot be collected") as error:
        read_catalogue([room.folder])
    assert said in str(error.value)
    assert error.value.exit_code == 2


def test_the_catalogue_has_every_scenario_and_the_log_gate(room):
    room.write("wms/wms_01_ends.py", OUTCOMES)
    room.write("dms/dms_01_a.py", GOOD.replace("WMS-01", "DMS-01"))
    found = {each.id: each for each in read_catalogue([room.folder])}
    assert sorted(found) == ["DMS-01", "OPS-06", *IDS]
    assert found["DMS-01"].area == "dms"
    assert found["WMS-05"].limit == 0.5


def test_nothing_of_the_surroundings_changes_the_run(room, monkeypatch):
    monkeypatch.setenv("PYTEST_ADDOPTS", "--maxfail=1 -k nothing")
    room.write("wms/wms_01_ends.py", OUTCOMES)
    (room.folder / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n")
    assert room.run("WMS-02", "WMS-01") == ""
    assert len(room.ends) == 2


def test_an_unknown_id_is_said_by_pytest_itself(room):
    room.write("wms/wms_01_a.py", GOOD)
    assert "no scenario has the id WMS-99" in room.run("WMS-99")


def test_workers_are_not_asked_for_a_single_process(room):
    around = Surroundings((room.folder,), room.runs, "r", "i")
    assert "-n" not in command(Batch(("WMS-01",), 0), around)
    assert "-n" in command(Batch(("WMS-01", "WMS-02"), 2), around)
