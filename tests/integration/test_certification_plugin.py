"""The pytest plugin with scenarios that need no DIRAC: outcomes, limits, dead workers, order, events."""

import os
import signal
import subprocess
import textwrap
from datetime import UTC, datetime
from pathlib import Path

import pytest

from diraccert.certification.catalogue import read as read_catalogue
from diraccert.certification.pytest_process import Batch, Surroundings, command, run
from diraccert.instances.waiting import wait_for
from diraccert.model.errors import CertError
from diraccert.model.outcomes import Outcome
from diraccert.results import event_file
from diraccert.results.events import Ending, Finished, Started, assemble

CONFTEST = """
import os
import pytest

class Answer:
    def __init__(self, rc=0, out="", err=""):
        self.rc, self.out, self.err, self.seconds = rc, out, err, 0.0

class Host:
    def __init__(self, name):
        self.name = name
    def run(self, argv, user="root", env=None, stdin=None, limit=60):
        if os.path.exists("DATABASE_DOWN") and "SELECT 1" in argv:
            return Answer(1, err="cannot connect")
        if any("dirac-cert log of" in word for word in argv):
            from datetime import datetime, UTC
            at = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}"
            return Answer(out=f"==> dirac-cert log of Transformation/TransformationManager\\n"
                              f"{at} UTC Transformation/TransformationManager ERROR: lost wms02-task\\n")
        return Answer()

class Instance:
    name = "fake"
    def host(self, name):
        return Host(name)

@pytest.fixture(scope="session")
def instance():
    return Instance()
"""
HEAD = """
import os, time
import pytest
from diraccert.certification.product import ProductError
from diraccert.certification.scenario import scenario
from diraccert.model.errors import InfrastructureError
"""


class Room:
    def __init__(self, folder):
        self.folder = folder
        self.runs = folder / "run"
        self.runs.mkdir()
        (folder / "scenarios").mkdir()
        (folder / "scenarios" / "conftest.py").write_text(CONFTEST)

    def write(self, place, text):
        path = self.folder / "scenarios" / place
        path.parent.mkdir(exist_ok=True)
        path.write_text(HEAD + textwrap.dedent(text))

    def run(self, *ids, workers=0, glance=lambda: None):
        around = Surroundings((self.folder / "scenarios",), self.runs, "run-1", "")
        return run(Batch(ids, workers), around, 1.0, glance)  # limits as written, however busy this machine is

    @property
    def events(self):
        return event_file.read(self.runs)

    @property
    def ends(self):
        return {event.id: event for event in self.events if isinstance(event, Finished)}

    @property
    def output(self):
        return (self.runs / "pytest.log").read_text()


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


def test_a_dead_worker_is_an_error_of_its_scenario_and_the_run_goes_on(room):
    room.write(
        "wms/wms_01_dies.py",
        """
        @scenario("WMS-01", title="dies", owner="o")
        def test_dies(step):
            with step("before"):
                pass
            os._exit(9)

        @scenario("WMS-02", title="lives", owner="o")
        def test_lives():
            pass

        @scenario("WMS-03", title="lives too", owner="o")
        def test_lives_too():
            pass
        """,
    )
    assert room.run("WMS-01", "WMS-02", "WMS-03", workers=2) == ""
    assert {id_: end.outcome for id_, end in room.ends.items()} == {
        "WMS-01": Outcome.ERROR, "WMS-02": Outcome.PASS, "WMS-03": Outcome.PASS,
    }  # fmt: skip
    assert room.ends["WMS-01"].reason.endswith("died while it ran, after the step: before")


def test_the_order_is_that_of_the_ids(room):
    room.write("wms/wms_01_ends.py", OUTCOMES)
    room.run("WMS-07", "WMS-01", "WMS-03")
    assert [event.id for event in room.events if isinstance(event, Started)] == ["WMS-07", "WMS-01", "WMS-03"]


def test_a_limit_that_is_swallowed_ends_the_worker(room, monkeypatch):
    room.write(
        "wms/wms_01_swallows.py",
        """
        from diraccert.certification import limits
        limits.GRACE = 0.2

        @scenario("WMS-01", title="swallows", owner="o", limit=0.3)
        def test_swallows():
            while True:
                try:
                    time.sleep(60)
                except BaseException:
                    pass

        @scenario("WMS-02", title="lives", owner="o")
        def test_lives():
            pass
        """,
    )
    assert room.run("WMS-01", "WMS-02", workers=2) == ""
    assert room.ends["WMS-01"].outcome is Outcome.ERROR
    assert room.ends["WMS-02"].outcome is Outcome.PASS


GOOD = '@scenario("WMS-01", title="t", owner="o")\ndef test_a():\n    pass\n'


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


def test_a_killed_controller_leaves_events_and_no_process(room):
    room.write(
        "wms/wms_01_long.py",
        """
        @scenario("WMS-01", title="long", owner="o")
        def test_long(step):
            with step("begun"):
                pass
            (open("worker.pid", "w")).write(str(os.getpid()))
            time.sleep(60)

        @scenario("WMS-02", title="quick", owner="o")
        def test_quick():
            pass
        """,
    )
    killed = []

    def kill_once_begun():
        if killed or not (room.folder / "worker.pid").exists():
            return
        found = subprocess.run(
            ["pgrep", "-f", "--", f"--cert-run-dir {room.runs}"], capture_output=True, text=True, check=True
        ).stdout.split()
        killed.append(int(found[0]))
        os.kill(killed[0], signal.SIGKILL)

    reason = room.run("WMS-01", "WMS-02", workers=2, glance=kill_once_begun)
    assert reason.startswith("pytest ended with -9")
    worker = int((room.folder / "worker.pid").read_text())
    wait_for(lambda: not Path(f"/proc/{worker}").exists() or _is_zombie(worker), 10, "the worker to end")
    results = {each.id: each for each in assemble(room.events, Ending(time=datetime.now(UTC), reason=reason))}
    assert results["WMS-01"].outcome is Outcome.ERROR
    assert results["WMS-01"].steps[0].what == "begun"


def _is_zombie(pid):
    with Path(f"/proc/{pid}/stat").open() as file:
        return file.read().rpartition(")")[2].split()[0] == "Z"


def test_an_interrupt_ends_all_of_it(room):
    room.write("wms/wms_01_long.py", GOOD.replace("pass", 'open("begun", "w").close(); time.sleep(60)'))

    def interrupt():
        if (room.folder / "begun").exists():
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        room.run("WMS-01", glance=interrupt)
    listed = subprocess.run(["pgrep", "-f", "--", f"--cert-run-dir {room.runs}"], capture_output=True, check=False)
    assert listed.returncode == 1


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
