"""The fixtures that scenarios are written with; docs/guides/writing-a-scenario.md shows them at work."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

import pytest

from diraccert.certification.agents import Cycle
from diraccert.certification.jobs import Jobs
from diraccert.certification.patience import wait_for as patiently
from diraccert.certification.pilots import JobAgent
from diraccert.certification.recorder import Note, Recorder
from diraccert.certification.search import Search
from diraccert.certification.slot import Slot, slot_of
from diraccert.certification.user import Interpreter, User
from diraccert.instances.host import Host
from diraccert.instances.instance import Instance

Step = Callable[[str], AbstractContextManager[Note]]
WaitFor = Callable[..., Any]

RECORDER = pytest.StashKey[Recorder]()
TOKEN = pytest.StashKey[str]()


@pytest.fixture(scope="session")
def slot(request: pytest.FixtureRequest) -> Slot:
    """What this worker keeps between scenarios: the instance and the line to its warm interpreter."""
    return slot_of(request.config)


@pytest.fixture(scope="session")
def instance(slot: Slot) -> Instance:
    """The instance that the run certifies."""
    return slot.instance


@pytest.fixture(scope="session")
def interpreter(slot: Slot) -> Interpreter:
    """The warm interpreter on the client host."""
    return slot.interpreter


@pytest.fixture
def recorder(request: pytest.FixtureRequest) -> Recorder:
    """The steps of this scenario."""
    found: Recorder = request.node.stash[RECORDER]
    return found


@pytest.fixture
def step(recorder: Recorder) -> Step:
    """``with step("what is done"):`` names a phase in the report."""
    return recorder.step


@pytest.fixture
def wait_for(recorder: Recorder) -> WaitFor:
    """``wait_for(condition, limit, hint)``: polls until ``condition()`` is true and answers its value.

    Raises ProductError with what was last seen after ``limit`` seconds.
    """

    def waiting(condition: Callable[[], Any], limit: float = 30.0, hint: str = "") -> Any:
        with recorder.step(f"wait for {hint or getattr(condition, '__name__', 'a condition')}") as note:
            value = patiently(condition, limit, hint)
            note.detail = repr(value)
        return value

    return waiting


@pytest.fixture
def unique(request: pytest.FixtureRequest) -> str:
    """A short token of this scenario in this run, such as ``wms01-3f2a``: put it into every name."""
    token: str = request.node.stash[TOKEN]
    return token


@pytest.fixture
def lfn(unique: str) -> str:
    """A fresh LFN folder of alice for this scenario, without a slash at its end; it does not exist yet."""
    return f"/dteam/user/a/alice/cert/{unique}"


@pytest.fixture
def make_user(interpreter: Interpreter, recorder: Recorder, unique: str) -> Callable[[str, str], User]:
    """A user for an account and a group of the client host."""

    def make(account: str, group: str) -> User:
        folder = f"/home/{account}/work/{unique}"
        return User(account, group, group.partition("_")[0], folder, interpreter, recorder)

    return make


@pytest.fixture
def alice(make_user: Callable[[str, str], User]) -> User:
    """An ordinary user of dteam."""
    return make_user("alice", "dteam_user")


@pytest.fixture
def bob(make_user: Callable[[str, str], User]) -> User:
    """Another ordinary user of dteam."""
    return make_user("bob", "dteam_user")


@pytest.fixture
def carol(make_user: Callable[[str, str], User]) -> User:
    """The production manager of dteam."""
    return make_user("carol", "dteam_prod")


@pytest.fixture
def dave(make_user: Callable[[str, str], User]) -> User:
    """The administrator."""
    return replace(make_user("dave", "dirac_admin"), vo="dteam")


@pytest.fixture
def erin(make_user: Callable[[str, str], User]) -> User:
    """The production manager of gridpp, in its group of users."""
    return make_user("erin", "gridpp_user")


@pytest.fixture
def frank(make_user: Callable[[str, str], User]) -> User:
    """An ordinary user of gridpp."""
    return make_user("frank", "gridpp_user")


@pytest.fixture
def mallory(make_user: Callable[[str, str], User]) -> User:
    """Somebody with a good certificate who is in no registry."""
    return make_user("mallory", "dteam_user").logged_out()


@pytest.fixture
def oscar(make_user: Callable[[str, str], User]) -> User:
    """A user whose certificate has expired."""
    return make_user("oscar", "dteam_user").logged_out()


@pytest.fixture
def rita(make_user: Callable[[str, str], User]) -> User:
    """A user whose certificate was revoked."""
    return make_user("rita", "dteam_user").logged_out()


@pytest.fixture
def server(instance: Instance) -> Host:
    """The host with the services, executors and agents."""
    return instance.host("server")


@pytest.fixture
def worker(instance: Instance) -> Host:
    """The host that pilots and jobs run on."""
    return instance.host("worker")


@pytest.fixture
def client(instance: Instance) -> Host:
    """The users' machine."""
    return instance.host("client")


@pytest.fixture
def mysql(instance: Instance) -> Host:
    """The database host."""
    return instance.host("mysql")


@pytest.fixture
def opensearch(instance: Instance) -> Host:
    """The host of OpenSearch, where the topology has it (``needs=("opensearch",)``)."""
    return instance.host("opensearch")


@pytest.fixture
def search(opensearch: Host) -> Search:
    """``search.documents("Status", token)``: what OpenSearch holds, asked past DIRAC."""
    return Search(opensearch)


@pytest.fixture
def cycle(server: Host, recorder: Recorder) -> Cycle:
    """``cycle("Transformation/TransformationAgent", PollingTime=1)`` runs one cycle of an agent now."""
    return Cycle(server, recorder)


@pytest.fixture
def job_agent(worker: Host, interpreter: Interpreter, recorder: Recorder, unique: str) -> JobAgent:
    """``job_agent(site=..., tags=...)`` runs one real JobAgent with a pilot's proxy on the worker host."""
    return JobAgent(worker, interpreter, recorder, unique)


@pytest.fixture
def jobs(job_agent: JobAgent, wait_for: WaitFor) -> Jobs:
    """``jobs.submit(alice, Executable=...)``: a job that only this scenario's ``job_agent()`` takes."""
    return Jobs(job_agent.tag, wait_for)
