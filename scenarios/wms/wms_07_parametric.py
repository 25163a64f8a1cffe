"""WMS-07: a thousand jobs are submitted at once, and none is lost on the way to the task queues."""

import re
from collections import Counter

from diraccert.certification.scenario import scenario

MONITORING = "WorkloadManagement/JobMonitoring"
API = "DIRAC.Interfaces.API.Dirac:Dirac"
JOBS = 1000
SAMPLE = 40

PATHS = """
from DIRAC.Core.Utilities.ReturnValues import returnValueOrRaise
from DIRAC.WorkloadManagementSystem.Client.JobMonitoringClient import JobMonitoringClient
monitoring = JobMonitoringClient()
result = [tuple(row[0] for row in returnValueOrRaise(monitoring.getJobLoggingInfo(number))) for number in numbers]
"""


@scenario(
    "WMS-07",
    title="a thousand jobs of one parametric submission all reach Waiting, each with its own parameter and records",
    owner="wms",
    replaces="tests/System/unitTestUserJobs.py (parametricJob)",
    suites=("full",),
    limit=300,
    about=25,
)
def test_thousand(alice, jobs, wait_for, unique, step):
    description = jobs.description(
        JobName=f"{unique}-%n",
        Executable="/bin/echo",
        Arguments="%s",
        Parameters=JOBS,
        ParameterStart=0,
        ParameterStep=7,
    )
    numbers = alice.call(API, "submitJob", description, limit=120)
    assert len(set(numbers)) == JOBS

    def waiting():
        found = Counter(
            states["Status"] for states in alice.rpc(MONITORING, "getJobsStates", numbers, limit=120).values()
        )
        assert found == {"Waiting": JOBS}
        return found

    wait_for(waiting, limit=300, hint=f"{JOBS} jobs to be Waiting")

    with step("each has its own parameter"):
        summary = alice.rpc(MONITORING, "getJobsParameters", numbers, ["JobName"], limit=120)
        assert sorted(int(values["JobName"].rpartition("-")[2]) for values in summary.values()) == list(range(JOBS))
    assert re.search(rf'Arguments = "?{7 * (JOBS - 1)}"?;', alice.rpc(MONITORING, "getJobJDL", max(numbers), False))

    with step("a sample of them has the records of every state"):
        paths = Counter(alice.python(PATHS, numbers=sorted(numbers)[:: JOBS // SAMPLE]))
        assert paths == {("Submitting", "Checking", "Checking", "Waiting"): SAMPLE}
    alice.rpc("WorkloadManagement/JobManager", "killJob", numbers, limit=120)
