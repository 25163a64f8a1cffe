"""WMS-12: parameters of jobs, kept in MySQL before and in OpenSearch after an administrator switches, read alike."""

import json

import pytest

from diraccert.certification.scenario import scenario

STATE, MONITORING = "WorkloadManagement/JobStateUpdate", "WorkloadManagement/JobMonitoring"
FLAG = "/Operations/Defaults/Services/JobMonitoring/useESForJobParametersFlag"
SWITCH = """
from DIRAC.ConfigurationSystem.Client.CSAPI import CSAPI
api = CSAPI()
result = api.setOption(flag, value)
if result["OK"]:
    result = api.commit()
"""
#: What OpenSearch keeps beside the parameters; MySQL has columns of its own for them.
OWN = {"JobID", "timestamp", "Status"}
DIRECT = """
import json, sys
from DIRAC import initialize
initialize()
import importlib
module = importlib.import_module("DIRAC.WorkloadManagementSystem.DB.ElasticJobParametersDB")
db = module.ElasticJobParametersDB()
for job, value in json.loads(sys.argv[1]):
    done = db.{method}
    assert done["OK"], done
"""


def parameters_of(user, jobs, name=None):
    """What JobMonitoring answers for these jobs, by the number of the job, without what is OpenSearch's own."""
    answer = user.rpc(MONITORING, "getJobParameters", jobs, *([name] if name else []))
    return {int(job): {key: value for key, value in told.items() if key not in OWN} for job, told in answer.items()}


def parameter_of(user, job, name):
    """What JobMonitoring answers for one parameter of one job."""
    return {key: value for key, value in user.rpc(MONITORING, "getJobParameter", job, name).items() if key not in OWN}


@pytest.fixture
def keep_in(dave, server, wait_for):
    """``keep_in("MySQL")``: the services keep parameters there from now on; afterwards in OpenSearch again."""

    def switch(backend):
        value = str(backend == "OpenSearch")
        answer = dave.python(SWITCH, flag=FLAG, value=value)
        assert answer["OK"], answer
        before = dave.rpc(STATE, "ping")["service start time"]
        command = ". /opt/dirac/bashrc; exec dirac-restart-component Tornado Tornado"
        done = server.run(["runuser", "-u", "dirac", "--", "bash", "-c", command], limit=60)
        assert done.rc == 0, done.out + done.err
        wait_for(lambda: dave.rpc(STATE, "ping")["service start time"] > before, 60, "the services to run anew")

    yield switch
    switch("OpenSearch")


@scenario(
    "WMS-12",
    title="JobMonitoring answers for parameters in MySQL and in OpenSearch alike, also after a switch between them",
    owner="wms",
    replaces="tests/Integration/WorkloadManagementSystem/Test_JobParameters_MySQLandES.py",
    lines=">=8.0,<9",
    needs=("opensearch",),
    suites=("full",),
    limit=240,
    about=45,
    exclusive=True,
)
def test_both_places(alice, mysql, search, jobs, unique, keep_in, step):
    def in_mysql(job):
        done = mysql.run(
            ["mysql", "-N", "-B", "JobDB", "-e", f"SELECT Name, Value FROM JobParameters WHERE JobID = {job.id}"]
        )
        assert done.rc == 0, done.err
        return dict(line.split("\t") for line in done.out.splitlines())

    def in_opensearch(job):
        [found] = search.documents("JobID", job.id, "*jobparameters*")
        return {name: value for name, value in found["_source"].items() if name not in OWN}

    old, new = (jobs.submit(alice, Executable="/bin/true") for _ in range(2))
    for job in (old, new):
        job.reach("Waiting")
    before = {"First": f"{unique}-1", "Shared": f"{unique}-old"}
    after = {"Second": f"{unique}-2", "Shared": f"{unique}-new"}

    with step("kept in MySQL"):
        keep_in("MySQL")
        for name, value in before.items():
            alice.rpc(STATE, "setJobParameter", old.id, name, value)
        assert before.items() <= in_mysql(old).items()
        in_both = parameters_of(alice, [old.id])[old.id]
        assert before.items() <= in_both.items()
        assert parameter_of(alice, old.id, "First") == {"First": before["First"]}

    with step("kept in OpenSearch"):
        keep_in("OpenSearch")
        assert parameters_of(alice, [old.id])[old.id] == in_both, "what was kept in MySQL is read as before"
        assert parameter_of(alice, old.id, "First") == {"First": before["First"]}
        alice.rpc(STATE, "setJobParameters", old.id, list(after.items()))
        alice.rpc(STATE, "setJobsParameter", {new.id: ["Third", unique]})
        assert after.items() <= in_opensearch(old).items()
        assert before.items() <= in_mysql(old).items(), "what was kept there stays"
        assert in_opensearch(new)["Third"] == unique

    with step("JobMonitoring answers from both, what was kept last first"):
        found = parameters_of(alice, [old.id, new.id])
        assert found[old.id] == in_both | after
        assert found[new.id]["Third"] == unique
        assert parameter_of(alice, old.id, "Shared") == {"Shared": after["Shared"]}
        assert parameter_of(alice, old.id, "First") == {"First": before["First"]}
        named = parameters_of(alice, [old.id, new.id], "Shared")
        assert {job: told for job, told in named.items() if told} == {old.id: {"Shared": after["Shared"]}}


@scenario(
    "WMS-12b",
    title="parameters of each million of jobs are in an index of their own, and are answered from all of them at once",
    owner="wms",
    replaces="tests/Integration/WorkloadManagementSystem/Test_ElasticJobParametersDB.py",
    lines=">=8.0,<9",
    needs=("opensearch",),
    suites=("full",),
    limit=90,
    about=10,
)
def test_millions(dave, server, search, unique, step):
    # far above the numbers of this instance's own jobs, at both ends of a million
    wanted = {71_999_999: "71", 72_000_000: "72", 72_999_999: "72", 73_000_000: "73"}

    def directly(method):
        told = json.dumps([[job, f"{unique}-{job}"] for job in wanted])
        command = f". /opt/dirac/bashrc; exec python /tmp/{unique}.py '{told}'"
        server.put(f"/tmp/{unique}.py", DIRECT.format(method=method).encode())
        done = server.run(["runuser", "-u", "dirac", "--", "bash", "-c", command])
        assert done.rc == 0, done.err

    with step("keep parameters of jobs of several millions"):
        directly('setJobParameter(job, "Certified", value)')
    try:
        with step("each is in the index of its million"):
            found = {job: search.documents("JobID", job, "*jobparameters*") for job in wanted}
            assert {job: len(each) for job, each in found.items()} == dict.fromkeys(wanted, 1)
            indices = {job: each[0]["_index"] for job, each in found.items()}
            assert len(set(indices.values())) == len(set(wanted.values()))
            numbers = {job: indices[job].rpartition("_")[2].removesuffix("m").partition(".")[0] for job in wanted}
            assert numbers == wanted
        with step("JobMonitoring answers from all of them"):
            answer = parameters_of(dave, list(wanted), "Certified")
            assert answer == {job: {"Certified": f"{unique}-{job}"} for job in wanted}
    finally:
        directly("deleteJobParameters(job)")
