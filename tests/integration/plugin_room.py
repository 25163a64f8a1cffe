"""A room of scenarios that need no DIRAC, and the pytest processes that run them."""

from __future__ import annotations

import textwrap

from diraccert.certification.pytest_process import Batch, Surroundings, run
from diraccert.results import event_file
from diraccert.results.events import Finished

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
    hosts = {name: Host(name) for name in ("mysql", "server", "client", "worker")}
    def host(self, name):
        return self.hosts[name]

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


GOOD = '@scenario("WMS-01", title="t", owner="o")\ndef test_a():\n    pass\n'
