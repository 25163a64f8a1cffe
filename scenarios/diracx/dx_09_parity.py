"""DX-09: what DIRAC and DiracX make of a job's states is the same, whoever is asked."""

from datetime import UTC, datetime

import pytest

from diraccert.certification.scenario import scenario

MANAGER = "WorkloadManagement/JobManager"
UPDATE = "WorkloadManagement/JobStateUpdate"
SET = """
from DIRAC.Core.Base.Client import Client
from DIRAC.ConfigurationSystem.Client.PathFinder import getServiceURL
result = Client(url=getServiceURL("WorkloadManagement/JobStateUpdate")).setJobStatus(job, status, minor, "Scenario")
"""


@pytest.fixture
def pair(alice, jobs):
    """Two waiting jobs that differ in nothing: one to be handled by DIRAC, one by DiracX."""

    def make():
        made = [jobs.submit(alice, Executable="/bin/true") for _ in range(2)]
        for job in made:
            job.reach("Waiting")
        return made

    return make


@pytest.fixture
def set_status(ask, token_of):
    """Sets a status of a job in DiracX, as a user."""

    def setting(user, job, status, minor):
        change = {
            str(job.id): {
                datetime.now(tz=UTC).isoformat(): {"Status": status, "MinorStatus": minor, "Source": "Scenario"}
            }
        }
        return ask(user, "PATCH", "/api/jobs/status", token=token_of(user)["access_token"], json=change)

    return setting


def seen(job):
    """What a job is for its owner, counters too."""
    return {**job.states, "RescheduleCounter": str(job.attribute("RescheduleCounter"))}


@scenario(
    "DX-09",
    title="a waiting job that is killed is Killed on both sides, and both say so",
    owner="diracx",
    needs=("diracx",),
    limit=120,
    about=10,
)
def test_kill(alice, pair, set_status, ask, token_of):
    here, there = pair()
    assert alice.rpc(MANAGER, "killJob", [here.id]) == [here.id]
    assert set_status(alice, there, "Killed", "Marked for termination").status == 200
    assert here.status == "Killed"
    assert there.status == here.status
    query = {"parameters": ["JobID", "Status"],
             "search": [{"parameter": "JobID", "operator": "in", "values": [here.id, there.id]}]}  # fmt: skip
    answer = ask(alice, "POST", "/api/jobs/search", token=token_of(alice)["access_token"], json=query).json
    assert {row["JobID"]: row["Status"] for row in answer} == {here.id: "Killed", there.id: "Killed"}


@scenario(
    "DX-09a",
    title="a job that failed and is rescheduled in DiracX goes the same way as one that is rescheduled in DIRAC",
    owner="diracx",
    needs=("diracx",),
    suites=("full",),
    limit=180,
    about=20,
)
def test_reschedule(alice, ask, pair, set_status, step, token_of):
    here, there = pair()
    for job in (here, there):
        assert alice.rpc(MANAGER, "killJob", [job.id]) == [job.id]
    with step("DIRAC"):
        alice.rpc(MANAGER, "rescheduleJob", [here.id])
        here.reach("Waiting", limit=60)
    with step("DiracX"):
        answer = ask(
            alice, "POST", "/api/jobs/reschedule", token=token_of(alice)["access_token"], json={"job_ids": [there.id]}
        )
        assert answer.status == 200
        assert (list(answer.json["success"]), answer.json["failed"]) == ([str(there.id)], {})
        assert there.status != "Killed", "it said that it was rescheduled"
        there.reach("Waiting", limit=100)
    assert seen(there) == seen(here)


@scenario(
    "DX-09b",
    title="a transition that the state machine refuses changes nothing, and whoever asked for it is told",
    owner="diracx",
    needs=("diracx",),
    limit=120,
    about=10,
)
def test_refused(alice, dave, pair, set_status, step, unique):
    here, there = pair()
    before = seen(here)
    with step("DIRAC: a waiting job is not Done"):
        dave.python(SET, job=here.id, status="Done", minor=unique)
        assert seen(here) == before
    with step("DiracX: neither is it there"):
        answer = set_status(alice, there, "Done", unique)
        assert seen(there) == before
    with step("it says so"):
        assert str(there.id) not in answer.json["success"]
