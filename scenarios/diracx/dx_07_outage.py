"""DX-07: DiracX, or what it stands on, goes away and comes back: clear errors, no job lost, no restart of DIRAC."""

from contextlib import contextmanager

import pytest

from diraccert.certification.jobs import API
from diraccert.certification.scenario import scenario

READY = "/opt/dirac-cert/ready"


@pytest.fixture
def down(diracx, wait_for):
    """``with down("DiracX_Server"):`` a process of the host of DiracX does not run; afterwards all answers again."""

    @contextmanager
    def stopping(process):
        service = f"/opt/dirac/startup/{process}"
        ask = ["sv", "status", service]
        try:
            # killed where it does not end by itself: the server waits for clients that keep their connections
            diracx.run(["sv", "-w", "15", "force-stop", service])
            wait_for(lambda: diracx.run(ask).out.startswith("down:"), limit=15, hint=f"{process} to end")
            yield
        finally:
            diracx.run(["sv", "up", service])
            wait_for(lambda: diracx.run([READY]).rc == 0, limit=60, hint=f"{process} to answer again")

    return stopping


def said_clearly(text):
    """An error in words."""
    assert text.strip()
    assert "Traceback" not in text
    return True


@scenario(
    "DX-07",
    title="without DiracX jobs are taken and seen, and a log-in says what is missing; with it again jobs run",
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
            assert said_clearly(done.text)
            assert done.rc != 0
            assert "DiracX" in done.text or "diracx" in done.text
        with step("what asks DIRAC only is answered"):
            job = jobs.submit(alice, Executable="/bin/true")
            job.reach("Waiting")
    with step("it is back, and nothing of DIRAC was restarted"):
        frank.run("dirac-proxy-init -g gridpp_user", real=True).ok()
        job_agent()
    assert job.states["Status"] == "Done"


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
def test_storage_away(bob, down, jobs, step, unique):
    script = bob.put("run.sh", f"#!/bin/bash\necho {unique}\n")
    with down("SeaweedFS_S3"), step("the sandbox cannot be kept, and that is said"):
        answer = bob.call_raw(API, "submitJob", jobs.description(Executable="run.sh", InputSandbox=[script]), limit=90)
        assert answer["OK"] is False, answer
        assert said_clearly(str(answer["Message"]))
    with step("the same job, now that it is back"):
        jobs.submit(bob, Executable="run.sh", InputSandbox=[script]).reach("Waiting")
