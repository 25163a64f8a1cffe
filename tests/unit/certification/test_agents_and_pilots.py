import subprocess
from types import SimpleNamespace

import pytest

from diraccert.certification.agents import AGENT_LIVE, LOCK_BUSY, Cycle
from diraccert.certification.pilots import LOG_NAMES, SCRIPT, JobAgent
from diraccert.certification.product import ProductError
from diraccert.certification.recorder import Recorder
from diraccert.model.errors import InfrastructureError

GOOD = "2026-11-22 17:00:00 UTC A/B NOTICE:  Cycle was successful\n"


class Host:
    def __init__(self, rc=0, out=GOOD):
        self.answer = SimpleNamespace(rc=rc, out=out, err="", seconds=2.0)
        self.commands = []
        self.files = {}

    def run(self, argv, user="root", env=None, stdin=None, limit=60):
        self.commands.append((list(argv), user))
        return self.answer

    def put(self, path, content, mode, owner):
        self.files[path] = (content.decode(), mode, owner)


class Interpreter:
    def session(self, account, group):
        return f"/s/{account}-{group}.pem"

    def request(self, message, limit):
        return {"value": b"PROXY of " + message["path"].encode()}


def test_a_cycle_passes_its_options_and_answers_the_log():
    host, recorder = Host(), Recorder()
    done = Cycle(host, recorder)("Transformation/TransformationAgent", limit=20, PollingTime=30)
    words = host.commands[0][0][3:]
    assert words == ["cycle", "Transformation/TransformationAgent", "20", "-o", "MaxCycles=1", "-o", "PollingTime=30"]
    assert done.out == GOOD
    assert recorder.steps[0].what == "cycle of Transformation/TransformationAgent -o PollingTime=30"


DIED = "2024-02-12 10:00:00 UTC A/B ERROR: Agent exception while calling method execute"


@pytest.mark.parametrize(
    ("rc", "out", "said"),
    [
        (0, "x UTC A/B WARN:  Cycle had an error: no proxy\n", "Cycle had an error: no proxy"),
        (0, "x UTC A/B ERROR: Agent exception while calling method execute\n" + GOOD, "Agent exception"),
        (0, f"{DIED}\nTraceback (most recent call last):\n  File 'x'\nKeyError: 'y'\n{GOOD}", "method KeyError: 'y'"),
        (2, "x UTC A/B ERROR: Error while loading agent module nothing\nend\n", "exit code 2: .*Error while loading"),
        (1, "", "exit code 1: no output"),
        (LOCK_BUSY, "", "did not end within 60 s"),
    ],
)
def test_a_cycle_that_fails_is_the_products(rc, out, said):
    with pytest.raises(ProductError, match=said):
        Cycle(Host(rc, out), Recorder())("A/B")


def test_a_failed_cycle_can_be_looked_at():
    done = Cycle(Host(0, "Cycle had an error: x"), Recorder())("A/B", check=False)
    assert "x" in done.out


def test_an_agent_that_runs_live_is_not_run_beside_itself():
    with pytest.raises(InfrastructureError, match="runs live"):
        Cycle(Host(AGENT_LIVE), Recorder())("A/B")


def test_a_job_agent_takes_jobs_of_its_scenario_only():
    host = Host()
    agent = JobAgent(host, Interpreter(), Recorder(), "wms01-3f2a")
    agent(jobs=2, tags=["MultiProcessor"], inner="Pool/InProcess")
    text, _, owner = host.files["/home/pilot/wms01-3f2a/pilot.cfg"]
    assert agent.tag == "wms01-3f2a"
    assert "RequiredTag = wms01-3f2a\n" in text
    assert "Tag = wms01-3f2a, MultiProcessor\n" in text
    assert "GridCE = ce-wms01-3f2a\n" in text
    assert owner == "pilot"
    proxy, mode, _ = host.files["/home/pilot/wms01-3f2a/proxy.pem"]
    assert (proxy, mode) == ("PROXY of /s/pilotman-dteam_pilot.pem", 0o600)
    argv, user = host.commands[-1]
    assert user == "pilot"
    assert {"MaxCycles=2", "CEType=Pool"} <= set(argv)


def test_a_job_agent_that_fails_is_the_products():
    with pytest.raises(ProductError, match=r"JobAgent exited with 2: .*no CE"):
        JobAgent(Host(2, "ERROR: no CE"), Interpreter(), Recorder(), "t")()


def test_each_job_agent_leaves_a_log_of_its_own(tmp_path):
    agent = tmp_path / "dirac-agent"
    agent.write_text('#!/bin/bash\necho "$*"\n')
    agent.chmod(0o755)
    script = SCRIPT.replace(". /opt/dirac/bashrc", f"PATH={tmp_path}:$PATH")
    said = [
        subprocess.run(["bash", "-c", script, "pilot", tmp_path, word], capture_output=True, text=True, check=True)
        for word in ("first", "second")
    ]
    assert [each.stdout.split()[-1] for each in said] == ["first", "second"]
    assert {log.read_text() for log in tmp_path.glob(LOG_NAMES)} == {each.stdout for each in said}


def test_a_job_agent_that_dies_of_an_exception_says_which():
    log = (
        "2024-02-12 10:00:00 UTC WorkloadManagement/JobAgent ERROR: Agent exception while calling method execute\n"
        "Traceback (most recent call last):\n"
        '  File "JobAgent.py", line 1, in execute\n'
        "KeyError: '12'\n"
        "2024-02-12 10:00:00 UTC WorkloadManagement/JobAgent INFO: No more agent modules to execute. Exiting\n"
    )
    agent = JobAgent(Host(137, log), Interpreter(), Recorder(), "wms01-1a2b")
    with pytest.raises(ProductError, match="the JobAgent dies of KeyError: '12'"):
        agent()
