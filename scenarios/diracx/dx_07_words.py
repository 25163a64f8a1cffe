"""DX-07: without DiracX, S3 or redis whoever asks for what they do is told so, and gets it when they are back."""

import hashlib

from diraccert.certification.jobs import API
from diraccert.certification.scenario import scenario

from .outages import said_clearly

#: Of SeaweedFS, as roles/diracx starts it.
S3_PORT = "8333"
#: The task that removes sandboxes which nobody needs, given to the worker as an administrator gives it.
CLEAN = "source /opt/diracx/etc/environment; exec diracx-tasks submit jobs:CleanSandboxStoreTask"


@scenario(
    "DX-07a",
    title="without S3 a job with a sandbox is refused in words; with it again the same job is taken",
    owner="diracx",
    needs=("diracx",),
    suites=("full",),
    limit=180,
    about=40,
    exclusive=True,
)
def test_storage_away(bob, ask, down, jobs, step, unique):
    script = bob.put("run.sh", f"#!/bin/bash\necho {unique}\n")
    text = jobs.description(Executable="run.sh", InputSandbox=[script])
    with down("SeaweedFS_S3"):
        with step("the sandbox cannot be kept, and that is said"):
            assert ask(bob, "GET", "/api/health/ready").status == 200, "DiracX itself is there"
            answer = bob.call_raw(API, "submitJob", text, limit=90)
            assert answer["OK"] is False, answer
            said_clearly(str(answer["Message"]))
            assert S3_PORT in answer["Message"], "what is away is named"
        with step("a job without a sandbox needs no S3"):
            jobs.submit(bob, Executable="/bin/true").reach("Waiting")
    with step("the same job, now that it is back"):
        jobs.submit(bob, Executable="run.sh", InputSandbox=[script]).reach("Waiting")


@scenario(
    "DX-07d",
    title="without DiracX a proxy says what is missing, and who has one submits and sees jobs; with it again they run",
    owner="diracx",
    needs=("diracx",),
    suites=("full",),
    limit=240,
    about=60,
    exclusive=True,
)
def test_server_away(alice, frank, down, job_agent, jobs, step):
    frank = frank.logged_out()
    with step("alice has her proxy already"):
        assert alice.rpc("WorkloadManagement/JobMonitoring", "whoami")["username"] == "alice"
    with down("DiracX_Server"):
        with step("a proxy cannot have its token, and that is said"):
            done = frank.run("dirac-proxy-init -g gridpp_user", real=True)
            said_clearly(done.text)
            assert done.rc != 0
            assert "diracx" in done.text.lower()
        with step("what asks DIRAC only is answered"):
            job = jobs.submit(alice, Executable="/bin/true")
            job.reach("Waiting")
    with step("it is back, and nothing of DIRAC was restarted"):
        frank.run("dirac-proxy-init -g gridpp_user", real=True).ok()
        job_agent()
    assert job.states["Status"] == "Done"


@scenario(
    "DX-07e",
    title="without redis a task is refused in words; with it again the worker does what it is given, by itself",
    owner="diracx",
    needs=("diracx",),
    suites=("full",),
    limit=180,
    about=40,
    exclusive=True,
)
def test_tasks_away(alice, ask, diracx, down, mysql, step, token_of, unique, wait_for):
    checksum = hashlib.sha256(unique.encode()).hexdigest()
    sandbox = {"checksum_algorithm": "sha256", "checksum": checksum, "size": 10, "format": "tar.zst"}
    told = ask(alice, "POST", "/api/jobs/sandbox", token=token_of(alice)["access_token"], json=sandbox)
    mine = f"WHERE SEPFN LIKE '%{checksum}%'"

    def database(query):
        done = mysql.run(["mysql", "-N", "-B", "SandboxMetadataDB", "-e", query])
        assert done.rc == 0, done.err
        return done.out.strip()

    def known():
        return int(database(f"SELECT COUNT(*) FROM sb_SandBoxes {mine}"))

    assert told.status == 200
    assert known() == 1
    with step("a sandbox that nobody needs is a month old"):
        database(f"UPDATE sb_SandBoxes SET LastAccessTime = LastAccessTime - INTERVAL 30 DAY {mine}")
    with down("Redis_Redis"), step("the task cannot be given"):
        refused = diracx.run(["bash", "-c", CLEAN])
        assert refused.rc != 0
        assert known() == 1
    with step("it is given again, and the worker, which nobody but its supervisor has started, does it"):
        given = diracx.run(["bash", "-c", CLEAN])
        assert given.rc == 0, given.err
        wait_for(lambda: known() == 0, limit=60, hint="the sandbox to be removed")
    with step("what was missing was said"):
        assert "Connect" in refused.err.splitlines()[-1]
        assert "Traceback" not in refused.err, "that redis is away is said in words"
