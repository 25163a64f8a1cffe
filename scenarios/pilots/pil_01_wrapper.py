"""PIL-01: what pilots fetch is served with its checksums, and the release's own wrapper runs a pilot from it."""

import json

from diraccert.certification.product import CommandResult
from diraccert.certification.scenario import scenario

AGENT = "WorkloadManagement/PilotSyncAgent"
SERVED = "/opt/dirac/data/pilot"
SERVER = "server:8449"
TREE = "/opt/dirac-cert/cvmfs"
TRUSTED = "/etc/grid-security/certificates"

#: The SHA-512 of what a URL answers, as a worker node gets it.
FETCH = f"""
import hashlib, ssl, sys, urllib.request
trust = ssl.create_default_context(capath="{TRUSTED}")
print(hashlib.sha512(urllib.request.urlopen(sys.argv[1], timeout=10, context=trust).read()).hexdigest())
"""

#: The wrapper as the site director writes it, with the proxy of the pilot in it. Before 8.0 it is not told of CVMFS:
#: pilots read of it in pilot.json.
WRAPPER = """
import inspect
from DIRAC.Core.Security.ProxyInfo import getProxyInfo
from DIRAC.WorkloadManagementSystem.Utilities.PilotWrapper import getPilotFilesCompressedEncodedDict, pilotWrapperScript
trees = {"CVMFS_locations": [tree]} if "CVMFS_locations" in inspect.signature(pilotWrapperScript).parameters else {}
result = pilotWrapperScript(
    pilotFilesCompressedEncodedDict=getPilotFilesCompressedEncodedDict([], getProxyInfo()["Value"]["chain"]),
    pilotOptions=options, location=location, **trees,
)
"""

OPTIONS = (
    "{setup} -N worker -Q q -n DIRAC.Cert.org --wnVO=dteam -G dteam_user -M 1 --CVMFS_locations={tree}"
    " -o /Resources/Computing/CEDefaults/Tag={tag} -o /Resources/Computing/CEDefaults/RequiredTag={tag}"
)


def synchronised(server, cycle, unique):
    """A folder of this scenario, filled by a cycle of PilotSyncAgent."""
    folder = f"{SERVED}/{unique}"
    server.run(["install", "-d", "-o", "dirac", "-g", "dirac", folder])
    cycle(AGENT, SaveDirectory=folder)
    return folder


def run_wrapper(make_user, worker, step, unique, system) -> CommandResult:
    """The wrapper, made by the release, and run as a batch system would run it on the worker node."""
    pilot = make_user("pilotman", "dteam_pilot")
    setup = f"-S {system['setup']}" if system["setup"] else ""
    options = OPTIONS.format(setup=setup, tree=TREE, tag=unique).strip()
    script = pilot.python(WRAPPER, options=options, location=f"{SERVER}/{unique}", tree=TREE)
    folder = f"/home/pilot/{unique}"
    worker.run(["install", "-d", "-o", "pilot", "-g", "pilot", folder])
    worker.put(f"{folder}/wrapper.sh", script.encode(), 0o700, "pilot")
    with step("the wrapper runs on the worker node") as note:
        environment = {"DIRAC_PILOT_STAMP": unique, "SSHCE_JOBID": unique, "HOME": "/home/pilot"}
        words = ["bash", "--login", "-c", f"cd {folder} && ./wrapper.sh 2>&1"]
        done = worker.run(words, user="pilot", env=environment, limit=120)
        note.ok, note.detail = done.rc == 0, done.out[-300:]
    return CommandResult(("wrapper.sh",), done.rc, done.out, done.err, done.seconds)


@scenario(
    "PIL-01",
    title="PilotSyncAgent serves the pilot with checksums; the wrapper fetches, checks and runs it until a job is Done",
    owner="pilots",
    replaces="tests/Integration/WorkloadManagementSystem/Test_GenerateAndExecutePilotWrapper.py",
    suites=("full",),
    limit=180,
    about=40,
)
def test_wrapper(alice, jobs, make_user, server, worker, cycle, step, unique, system):
    folder = synchronised(server, cycle, unique)
    with step("what worker nodes fetch has the checksums that are served with it"):
        lines = server.read(f"{folder}/checksums.sha512").decode().splitlines()
        sums = {name: checksum for checksum, name in (line.split("  ", 1) for line in lines)}
        assert {"pilot.json", "pilot.tar", "dirac-pilot.py"} <= set(sums)
        for name in ("pilot.json", "pilot.tar"):
            assert worker.run(["python3", "-c", FETCH, f"https://{SERVER}/{unique}/{name}"]).out.strip() == sums[name]
    with step("pilot.json tells the configuration"):
        told = json.loads(server.read(f"{folder}/pilot.json"))
        assert told["CEs"]["worker"]["Site"] == "DIRAC.Cert.org"
        assert told["CEs"]["worker"]["GridCEType"] == "SSH"
        assert told["ConfigurationServers"] == [system["configuration_server"]]

    # without a benchmark of the worker node, pilots offer 15 minutes
    job = jobs.submit(alice, Executable="/bin/echo", Arguments=unique, CPUTime=300)
    job.reach("Waiting")
    done = run_wrapper(make_user, worker, step, unique, system).ok()
    assert "Checksum matched" in done.text
    assert job.status == "Done"
    assert job.output() == f"{unique}\n".encode()
    assert job.parameters()["Pilot_Reference"] == f"ssh://worker/{unique}"
    assert worker.run(["find", f"/home/pilot/{unique}", "-name", "DIRAC_*pilot"]).out == ""


@scenario(
    "PIL-01b",
    title="the wrapper runs no pilot whose files were changed after their checksums were taken",
    owner="pilots",
    replaces="-",
    limit=60,
    about=9,
)
def test_changed_files(make_user, server, worker, cycle, step, unique, system):
    folder = synchronised(server, cycle, unique)
    server.run(["bash", "-c", f"echo >>{folder}/pilot.json"])
    done = run_wrapper(make_user, worker, step, unique, system)
    assert done.rc != 0
    assert "Checksum mismatch for file 'pilot.json'" in done.text
    assert "Executing:" not in done.text
