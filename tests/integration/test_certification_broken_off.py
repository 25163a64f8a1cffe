"""Scenarios that do not get to their end: dead workers, swallowed limits, killed and interrupted controllers."""

import os
import signal
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from diraccert.instances.waiting import wait_for
from diraccert.model.outcomes import Outcome
from diraccert.results.events import Ending, assemble
from tests.integration.plugin_room import GOOD, Room


@pytest.fixture
def room(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return Room(tmp_path)


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
