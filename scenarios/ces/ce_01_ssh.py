"""CE-01: the site director sends a pilot through the SSH computing element, and hears of it to its end."""

import re

from diraccert.certification.jobs import API, jdl
from diraccert.certification.scenario import scenario

DIRECTOR = "WorkloadManagement/SiteDirector"
PILOTS = "WorkloadManagement/PilotManager"

#: Only jobs with this tag go to the queue of the SSH computing element (site_computing_elements in roles/site).
TAG = "real-pilot"


@scenario(
    "CE-01",
    title="a pilot that the site director sends over SSH runs a job to Done, becomes Done, and its output is fetched",
    owner="ces",
    replaces="tests/System/wms_scripts, helloWorldSSHBatch",
    suites=("full",),
    limit=240,
    about=60,
)
def test_ssh(alice, dave, jobs, worker, cycle, wait_for, step, unique):
    cycle("WorkloadManagement/PilotSyncAgent")
    text = jdl(
        JobName=unique,
        Executable="/bin/echo",
        Arguments=unique,
        CPUTime=300,  # without a benchmark of the worker node, pilots offer 15 minutes
        Tags=[TAG],
        StdOutput="std.out",
        OutputSandbox=["std.out"],
    )
    job = jobs.known(alice, alice.call(API, "submitJob", text))
    job.reach("Waiting")

    with step("the site director sends a pilot"):
        sent = cycle(DIRECTOR, GetPilotOutput=True, PilotStatusUpdateCycleFactor=1)
        assert re.search(r"Submitted [1-9]\d* pilots to q@worker", sent.out)
    job.reach("Done", limit=120)
    assert job.output() == f"{unique}\n".encode()

    reference = job.parameters()["Pilot_Reference"]
    stamp = reference.rpartition("/")[2]
    assert stamp in worker.run(["ls", "/home/pilot/ce/info", "/home/pilot/ce/data"]).out
    mine = f"sshhost://worker/{stamp}"

    def record():
        return dave.rpc(PILOTS, "getPilotInfo", mine)[mine]

    sent = record()
    assert (sent["GridSite"], sent["DestinationSite"], sent["Queue"]) == ("DIRAC.Cert.org", "worker", "q")
    assert (sent["OwnerGroup"], sent["PilotStamp"]) == ("dteam_pilot", stamp)

    def ended():
        cycle(DIRECTOR, GetPilotOutput=True, PilotStatusUpdateCycleFactor=1)
        return record()["Status"] == "Done"

    wait_for(ended, limit=60, hint="the pilot to be Done")
    with step("its output was fetched"):
        assert record()["OutputReady"] == "True"
        output = dave.rpc(PILOTS, "getPilotOutput", mine)
        assert f"JobID={job.id}" in output["StdOut"]
