"""What DX-07 is made with: jobs that run until they are let go, and parts of the site that go away and come back."""

import io
import tarfile
from contextlib import contextmanager

import pytest

from diraccert.certification.jobs import API, MONITORING

CATALOGUE = "DataManagement/FileCatalog"
READY = "/opt/dirac-cert/ready"
#: How often jobs give a sign of life here, and when what they could not say is said for them; as it is installed, every
#: 20 minutes and after 45 minutes.
WRAPPER = {
    f"/Systems/WorkloadManagement/JobWrapper/{name}": value
    for name, value in (
        ("PollingTime", "2"),
        ("CheckingTime", "5"),
        ("MinCheckingTime", "5"),
        ("FailoverRequestDelay", "0"),
    )
}
#: What is in the place of a user's program: notes that it began, and runs until it is let go.
HOLD = """#!/bin/bash
echo $JOBID >>$1.runs
for _ in $(seq 1200); do
  [ -e $1.go ] && { echo $1; exit 0; }
  sleep 0.5
done
exit 1
"""


def said_clearly(text):
    """An error in words."""
    assert text.strip()
    assert "Traceback" not in text


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


@pytest.fixture
def signs_of_life(mysql):
    """``signs_of_life(ids, since)``: how many of the jobs were heard of after that moment, as the database tells."""

    def ask(query):
        done = mysql.run(["mysql", "-N", "-B", "JobDB", "-e", query])
        assert done.rc == 0, done.err
        return done.out.strip()

    def heard(ids, since=None):
        if since is None:
            return ask("SELECT UTC_TIMESTAMP()")
        numbers = ", ".join(map(str, ids))
        return int(ask(f"SELECT COUNT(*) FROM Jobs WHERE JobID IN ({numbers}) AND HeartBeatTime > '{since}'"))

    return heard


@pytest.fixture
def crowd(alice, changed_configuration, job_agent, jobs, unique, wait_for, worker):
    """``with crowd(20) as (running, let_go, agent):`` alice's jobs run side by side on the worker, until they are let
    go; they give signs of life often. Whatever happens inside, none is left behind."""
    name = f"/tmp/{unique}"

    def let_go():
        worker.must(["touch", f"{name}.go"])

    def started():
        return sorted(worker.run(["sort", "-n", f"{name}.runs"]).out.split())

    @contextmanager
    def running(number, **fields):
        script = alice.put("hold.sh", HOLD)
        text = jobs.description(
            Executable="hold.sh", Arguments=name, InputSandbox=[script],
            Parameters=number, ParameterStart=0, ParameterStep=1, **fields,
        )  # fmt: skip
        with changed_configuration(WRAPPER):
            made = [jobs.known(alice, each) for each in alice.call(API, "submitJob", text)]
            assert len(made) == number
            for job in made:
                job.reach("Waiting")
            processors = {"/Resources/Computing/CEDefaults/NumberOfProcessors": number}
            with job_agent.running(number, inner="Pool/InProcess", limit=900, PollingTime=1, **processors) as agent:
                try:
                    wait_for(lambda: len(started()) == number, 300, f"{number} jobs to run")
                    yield made, let_go, agent
                finally:
                    let_go()

    yield running
    worker.run(["bash", "-c", f"rm -f {name}.*"])


def statuses(user, made):
    """The major status of each job."""
    answer = user.rpc(MONITORING, "getJobsStates", [job.id for job in made])
    return {int(number): states["Status"] for number, states in answer.items()}


def components(server):
    """The process of each component of DIRAC."""
    lines = server.run(["bash", "-c", "sv status /opt/dirac/startup/*"]).out.splitlines()
    return {line.split(":")[1]: line.split(")")[0] for line in lines if line.startswith("run:")}


def none_twice(made, worker, unique):
    """Every job has run once, and the system says so too."""
    runs = worker.run(["sort", "-n", f"/tmp/{unique}.runs"]).out.split()
    assert [int(number) for number in runs] == sorted(job.id for job in made)
    paths = {job.id: job.path() for job in made}
    assert {number: path for number, path in paths.items() if path.count("Running") != 1 or "Rescheduled" in path} == {}


def kept(user, job):
    """The job's output as its wrapper has put it on a storage element, in the place of an output sandbox."""
    folder = f"/{user.vo}/user/{user.account[0]}/{user.account}/{job.id // 1000}/{job.id}"
    listed = user.rpc(CATALOGUE, "listDirectory", [folder], False)["Successful"][folder]
    [path] = listed["Files"]
    name = path.rpartition("/")[2]
    user.run(["dirac-dms-get-file", f"{folder}/{name}"]).ok()
    with tarfile.open(fileobj=io.BytesIO(user.read(name))) as archive:
        return archive.extractfile("std.out").read()
