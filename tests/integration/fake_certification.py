"""What certify works with, without Docker and DIRAC: a room of scenarios, and the daemon, lock, images and instance."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from diraccert.certification import preparing
from diraccert.certification import run as runs
from diraccert.certification.request import Request, Watcher
from diraccert.distributions.lock import of_text
from diraccert.images.build_plan import ImageSet
from diraccert.model.progress import Silent
from diraccert.rooms import builtin

CONFTEST = """
import pytest

class Host:
    def run(self, argv, **rest):
        class Answer:
            rc, out, err, seconds = 0, "", "", 0.0
        return Answer()

class Instance:
    name = "fake"
    hosts = dict.fromkeys(("mysql", "server", "client", "worker"), Host())
    def host(self, name):
        return self.hosts[name]

@pytest.fixture(scope="session")
def instance():
    return Instance()
"""
SCENARIOS = """
import time
from diraccert.certification.scenario import scenario

@scenario("WMS-01", title="passes", owner="o")
def test_passes(instance, step):
    with step("a phase"):
        pass

@scenario("WMS-02", title="fails", owner="o", suites=("full",))
def test_fails(instance):
    assert "Failed" == "Done"

@scenario("WMS-03", title="runs alone", owner="o", exclusive=True)
def test_alone(instance):
    pass

@scenario("WMS-04", title="is for others", owner="o", lines="<8", suites=("full",))
def test_others(instance):
    pass

@scenario("WMS-05", title="takes long", owner="o", suites=("full",))
def test_long(instance, step):
    with step("begun"):
        pass
    open("begun", "w").close()
    time.sleep(50)
"""


class FakeInstance:
    name = "warm"
    ended = False

    def __init__(self):
        self.logs = {"server": "==> dirac-cert log of A/B\n2026-11-22 17:00:00 UTC A/B INFO: all is well\n"}
        self.hosts = {name: self._host(name) for name in ("mysql", "server", "client", "worker")}

    def _host(self, name):
        return SimpleNamespace(run=lambda *a, **k: SimpleNamespace(rc=0, out=self.logs.get(name, ""), err=""))

    def host(self, name):
        return self.hosts[name]

    def touch(self):
        pass

    def down(self):
        self.ended = True


def make_room(folder: Path) -> None:
    """A room with scenarios and a reviewed baseline."""
    (folder / "scenarios" / "wms").mkdir(parents=True)
    (folder / "scenarios" / "conftest.py").write_text(CONFTEST)
    (folder / "scenarios" / "wms" / "wms_01_all.py").write_text(SCENARIOS)
    (folder / "ci" / "baselines").mkdir(parents=True)
    (folder / "ci" / "baselines" / "8.0.yml").write_text("release: 8.0.86\naccepted: []\n")


def make_world(replace: Callable[[Any, str, Any], None]) -> FakeInstance:
    """Put fakes in the place of all that certify reaches; answers the instance that it will use."""
    client = SimpleNamespace(
        images=SimpleNamespace(get=lambda tag: SimpleNamespace(id=f"sha256:{tag}")), version=lambda: {"Version": "20"}
    )
    instance = FakeInstance()
    plan = SimpleNamespace(stages=(), image_set=ImageSet("d1", {"server": "t:server"}, "8.0.86"), seconds=0.0)
    replace(runs, "connect", lambda: SimpleNamespace(client=client, url="fake"))
    replace(preparing.locks, "resolve", lambda manifest, cache, wheels: of_text("dirac==8.0.86 --hash=sha256:00\n"))
    replace(preparing.plans, "plan", lambda *a: plan)
    replace(runs.standing, "is_warm", lambda *a: True)
    replace(runs.standing, "stand", lambda *a, fresh: instance)
    replace(runs.from_source, "stand", lambda *a, fresh, alone: runs.Stood(instance, temporary=fresh))
    replace(runs.catalogue, "folders", lambda rooms: [rooms[0] / "scenarios"])
    return instance


def request(room: Path, selection: str, **more: Any) -> Request:
    """A request for 8.0.86 whose record goes to ``run`` in the room."""
    return Request("8.0.86", selection, (room, builtin()), workers=2, report_dir=room / "run", **more)


def watcher(**more: Any) -> Watcher:
    """A watcher that does not look."""
    return Watcher(**{"progress": Silent(), "announce": lambda steps: None, "ended": lambda end: None, **more})


if __name__ == "__main__":
    here = Path(sys.argv[1])
    os.chdir(here)
    make_world(setattr)
    runs.certify(request(here, "WMS-05"), watcher())
