"""WMS-04: a job can be killed in every state that it can be killed in, and what it started ends."""

import pytest

from diraccert.certification.scenario import scenario

MANAGER = "WorkloadManagement/JobManager"
MATCHER = "WorkloadManagement/Matcher"

#: Until then a job that no pilot had could be deleted, but not killed: the command said "Killed" of it nevertheless
#: (release notes of 8.0.50, #7690).
KILLS_WAITING = ">=8.0.50"

#: Each job is killed as soon as its number is known.
SUBMIT_AND_KILL = """
from DIRAC.Core.Utilities.ReturnValues import returnValueOrRaise
from DIRAC.WorkloadManagementSystem.Client.JobManagerClient import JobManagerClient
manager, result = JobManagerClient(), []
for _ in range(count):
    result.append(returnValueOrRaise(manager.submitJob(text)))
    returnValueOrRaise(manager.killJob([result[-1]]))
"""


@pytest.fixture
def offered(system, unique):
    """What a pilot offers to the Matcher: the setup too, where there are setups."""
    setup = {"Setup": system["setup"]} if system["setup"] else {}
    return {"Site": system["site"], "CPUTime": 100000, "Tag": [unique], "RequiredTag": [unique], **setup}


def waiting_for(pilot, offered):
    """How many jobs wait in the task queues that the Matcher would give to a pilot which offers this."""
    return sum(queue["Jobs"] for queue in pilot.rpc(MATCHER, "getMatchingTaskQueues", offered).values())


@scenario(
    "WMS-04",
    title="a waiting job that is killed is Killed, and no pilot gets it any more",
    owner="wms",
    replaces="tests/Integration/WorkloadManagementSystem/Test_Client_WMS.py (partly commented out)",
    lines=KILLS_WAITING,
    limit=120,
    about=5,
)
def test_waiting(alice, jobs, make_user, offered):
    pilot = make_user("pilotman", "dteam_pilot")
    job = jobs.submit(alice, Executable="/bin/true")
    job.reach("Waiting")
    assert waiting_for(pilot, offered) == 1

    killed = alice.run(f"dirac-wms-job-kill {job.id}").ok()
    assert f"Killed jobs {job.id}" in killed.text
    assert job.states["Status"] == "Killed"
    assert job.minor == "Marked for termination"
    assert waiting_for(pilot, offered) == 0


@scenario(
    "WMS-04b",
    title="a job that is killed right after its submission stays Killed, whatever the optimizers were doing with it",
    owner="wms",
    replaces="tests/Integration/WorkloadManagementSystem/Test_Client_WMS.py (partly commented out)",
    lines=KILLS_WAITING,
    limit=120,
    about=6,
)
def test_before_waiting(alice, jobs):
    numbers = alice.python(SUBMIT_AND_KILL, text=jobs.description(Executable="/bin/true"), count=5)
    # a later job has come through the same optimizers
    jobs.submit(alice, Executable="/bin/true").reach("Waiting")
    assert [jobs.known(alice, number).status for number in numbers] == ["Killed"] * len(numbers)


@scenario(
    "WMS-04g",
    title="no pilot is asked for a job that is killed right after its submission",
    owner="wms",
    replaces="-",
    suites=("full",),
    lines=KILLS_WAITING,
    limit=120,
    about=6,
)
def test_no_longer_queued(alice, jobs, make_user, offered):
    pilot = make_user("pilotman", "dteam_pilot")
    alice.python(SUBMIT_AND_KILL, text=jobs.description(Executable="/bin/true"), count=5)
    # a later job has come through the same optimizers
    jobs.submit(alice, Executable="/bin/true").reach("Waiting")
    killed = waiting_for(pilot, offered) - 1
    assert killed == 0, f"killed jobs that wait in a task queue: {killed}"


@scenario(
    "WMS-04c",
    title="a matched job that is killed before it runs is Killed",
    owner="wms",
    replaces="tests/Integration/WorkloadManagementSystem/Test_Client_WMS.py (partly commented out)",
    limit=120,
    about=5,
)
def test_matched(alice, jobs, make_user, offered, unique):
    pilot = make_user("pilotman", "dteam_pilot")
    job = jobs.submit(alice, Executable="/bin/true")
    job.reach("Waiting")
    itself = {"GridCE": f"ce-{unique}", "PilotReference": f"cert://ce-{unique}/{unique}"}
    given = pilot.rpc(MATCHER, "requestJob", {**offered, **itself})
    assert int(given["JobID"]) == job.id
    assert job.status == "Matched"

    alice.run(f"dirac-wms-job-kill {job.id}").ok()
    assert job.states["Status"] == "Killed"


@scenario(
    "WMS-04d",
    title="the payload of a running job that is killed ends, and the job does not go on",
    owner="wms",
    replaces="tests/Integration/WorkloadManagementSystem/Test_Client_WMS.py (partly commented out)",
    suites=("full",),
    limit=150,
    about=35,
)
def test_running(alice, jobs, job_agent, worker, unique, wait_for):
    def payload():
        return worker.run(["pgrep", "-u", "pilot", "-f", f"sleep [0-9]+ {unique}"]).out.split()

    alice.put("long.sh", '#!/bin/bash\nexec -a "sleep 3600 $1" sleep 3600\n')
    job = jobs.submit(alice, Executable="long.sh", Arguments=unique, InputSandbox=["long.sh"])
    job.reach("Waiting")
    with job_agent.running(limit=120):
        job.reach("Running", limit=60)
        wait_for(payload, limit=30, hint="the payload to run on the worker")
        alice.run(f"dirac-wms-job-kill {job.id}").ok()
        assert job.status == "Killed"
        wait_for(lambda: not payload(), limit=60, hint="the payload to be ended")
    # what its wrapper says of it afterwards is WMS-04f
    assert job.states["Status"] in {"Killed", "Failed"}
    assert "Received Kill signal" in [record.minor for record in job.records()]


@scenario(
    "WMS-04f",
    title="a killed job stays Killed when its wrapper, which has not heard of it yet, sends a heart beat",
    owner="wms",
    replaces="-",
    suites=("full",),
    limit=120,
    about=5,
)
def test_stays_killed(alice, jobs, make_user, unique):
    job = jobs.submit(alice, Executable="/bin/true")
    job.reach("Waiting")
    alice.rpc(MANAGER, "killJob", [job.id])
    assert job.status == "Killed"
    # the wrapper works with its owner's proxy; the answer is how it hears that it was killed
    signal = alice.rpc("WorkloadManagement/JobStateUpdate", "sendHeartBeat", job.id, {"CPUConsumed": 1}, {})
    assert "Kill" in signal
    assert job.status == "Killed"


@scenario(
    "WMS-04e",
    title="killing several jobs at once kills one's own, and tells which were another's and which are none",
    owner="wms",
    replaces="tests/Integration/WorkloadManagementSystem/Test_Client_WMS.py (partly commented out)",
    lines=KILLS_WAITING,
    limit=120,
    about=6,
)
def test_several(alice, bob, jobs):
    mine, other = jobs.submit(alice, Executable="/bin/true"), jobs.submit(bob, Executable="/bin/true")
    for job in (mine, other):
        job.reach("Waiting")
    answer = alice.rpc_raw(MANAGER, "killJob", [mine.id, other.id])
    assert answer["OK"] is False
    assert answer["NonauthorizedJobIDs"] == [other.id]
    assert mine.status == "Killed"
    assert other.status == "Waiting"

    none = 2**31 - 1
    answer = bob.rpc_raw(MANAGER, "killJob", [other.id, none])
    assert answer["OK"] is True
    assert answer["Value"] == [other.id]
    assert answer["InvalidJobIDs"] == [none]
    assert other.status == "Killed"
