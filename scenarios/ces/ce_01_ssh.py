"""CE-01: the site director sends a pilot through the SSH computing element, and hears of it to its end."""

import re

from diraccert.certification.jobs import API, jdl
from diraccert.certification.scenario import scenario

DIRECTOR = "WorkloadManagement/SiteDirector"
PILOTS = "WorkloadManagement/PilotManager"

ADMIN = "DIRAC.Interfaces.API.DiracAdmin:DiracAdmin"

#: Only jobs with this tag go to the queue of the SSH computing element (site_computing_elements in roles/site).
TAG = "real-pilot"

#: Whose a pilot is, as its record says it: a group until 8, an organisation since 9.
OWNER = {"OwnerGroup": "dteam_pilot", "VO": "dteam"}


def kept_of_pilots(mysql):
    """What the release keeps of each pilot: the columns of its own table."""
    done = mysql.run(["mysql", "-N", "-B", "PilotAgentsDB", "-e", "SHOW COLUMNS FROM PilotAgents"])
    assert done.rc == 0, done.err
    return {line.split("\t")[0] for line in done.out.splitlines()}


@scenario(
    "CE-01",
    title="a pilot that the site director sends over SSH runs a job to Done, becomes Done, and its output is fetched",
    owner="ces",
    replaces="tests/System/wms_scripts, helloWorldSSHBatch",
    suites=("full",),
    limit=240,
    about=60,
)
def test_ssh(alice, dave, jobs, mysql, worker, cycle, wait_for, step, unique):
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
    kept = kept_of_pilots(mysql)
    owner = {name: value for name, value in OWNER.items() if name in kept}
    assert owner
    assert {name: sent.get(name) for name in (*owner, "PilotStamp")} == {**owner, "PilotStamp": stamp}

    def ended():
        cycle(DIRECTOR, GetPilotOutput=True, PilotStatusUpdateCycleFactor=1)
        return record()["Status"] == "Done"

    wait_for(ended, limit=60, hint="the pilot to be Done")
    if "OutputReady" in kept:
        with step("the site director has fetched its output"):
            assert record()["OutputReady"] == "True"
    with step("the administrator gets its output"):
        output = dave.call(ADMIN, "getPilotOutput", mine, dave.folder)
        assert f"JobID={job.id}" in output["StdOut"]
        assert f"JobID={job.id}" in dave.read(f"pilot_{stamp}/std.out").decode()
