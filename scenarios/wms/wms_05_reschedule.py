"""WMS-05: a rescheduled job starts again, after its delay and not for ever on hold, and not more often than allowed."""

from datetime import datetime

from diraccert.certification.scenario import scenario

MANAGER = "WorkloadManagement/JobManager"
LIMIT = """
from DIRAC import gConfig
from DIRAC.ConfigurationSystem.Client.PathFinder import getDatabaseSection
result = gConfig.getValue(f"{getDatabaseSection('WorkloadManagement/JobDB')}/MaxRescheduling", 3)
"""

#: Seconds on hold after the first time; the optimizers look at jobs on hold once a minute.
DELAY, LOOK = 60, 60


@scenario(
    "WMS-05",
    title="a rescheduled job is Waiting again after its delay, with its counter one higher",
    owner="wms",
    replaces="tests/Integration/WorkloadManagementSystem/Test_Client_WMS.py (commented out as flaky)",
    suites=("full",),
    limit=240,
    about=95,
)
def test_comes_back(alice, jobs):
    job = jobs.submit(alice, Executable="/bin/true")
    job.reach("Waiting")
    assert int(job.attribute("RescheduleCounter")) == 0

    alice.run(f"dirac-wms-job-reschedule {job.id}").ok()
    assert int(job.attribute("RescheduleCounter")) == 1
    assert [record.minor for record in job.records()].count("Job Rescheduled") == 1

    job.reach("Waiting", limit=DELAY + LOOK + 30)
    records = job.records()
    again = next(at for at, record in enumerate(records) if record.minor == "Job Rescheduled")
    began, ended = (datetime.fromisoformat(record.time) for record in (records[again], records[-1]))
    assert records[-1].status == "Waiting"
    assert [record.status for record in records[again:]].count("Waiting") == 1
    # times are whole seconds
    assert (ended - began).total_seconds() >= DELAY - 1
    assert int(job.attribute("RescheduleCounter")) == 1


@scenario(
    "WMS-05b",
    title="a job is not rescheduled more often than MaxRescheduling allows: then it is Failed",
    owner="wms",
    replaces="tests/Integration/WorkloadManagementSystem/Test_Client_WMS.py (commented out as flaky)",
    limit=120,
    about=6,
)
def test_not_for_ever(alice, jobs):
    most = int(alice.python(LIMIT))
    job = jobs.submit(alice, Executable="/bin/true")
    job.reach("Waiting")
    for counted in range(1, most + 1):
        assert alice.rpc(MANAGER, "rescheduleJob", job.id) == [job.id]
        assert int(job.attribute("RescheduleCounter")) == counted

    refused = alice.rpc_raw(MANAGER, "rescheduleJob", job.id)
    assert refused["OK"] is False, "it said that it rescheduled the job once more"
    assert "Maximum number of reschedulings is reached" in refused["Message"]
    assert job.states["Status"] == "Failed"
    assert job.minor == "Maximum of reschedulings reached"
    assert int(job.attribute("RescheduleCounter")) == most
