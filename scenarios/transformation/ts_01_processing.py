"""TS-01: a transformation makes jobs of files, the jobs run, and the files are Processed."""

import pytest

from diraccert.certification.scenario import scenario

MANAGER = "Transformation/TransformationManager"
MONITORING = "WorkloadManagement/JobMonitoring"

#: A production job that fails unless it finds the scenario's token in its input files, and reports them as processed.
CREATE = """
from DIRAC.Interfaces.API.Job import Job
from DIRAC.TransformationSystem.Client.Transformation import Transformation

job = Job()
job.setName(name)
job.setType("Merge")
job._addParameter(job.workflow, "PRODUCTION_ID", "string", "00000000", "ProductionID")
job._addParameter(job.workflow, "JOB_ID", "string", "00000000", "ProductionJobID")
download = job.setInputDataPolicy("Download")
assert download["OK"], download
job.setTag([tag])
job.setExecutable("/bin/grep", arguments="-r " + name + " --include=*.dat .", modulesList=["Script", "FailoverRequest"])
transformation = Transformation()
transformation.setTransformationName(name)
transformation.setTransformationGroup("Certification")
transformation.setDescription("certification")
transformation.setLongDescription("certification of the transformation system")
transformation.setType("Merge")
transformation.setPlugin("Standard")
transformation.setGroupSize(2)
transformation.setBody(job.workflow.toXML())
if query:
    transformation.setInputMetaQuery(query)
result = transformation.addTransformation()
"""


@pytest.fixture
def create(carol, unique, job_agent):
    """``create(query)``: the id of a new, active transformation of two files a job; its files may be a query's."""
    made = []

    def make(query=None):
        number = carol.python(CREATE, name=unique, tag=job_agent.tag, query=query)["Value"]
        made.append(number)
        carol.rpc(MANAGER, "setTransformationParameter", number, "Status", "Active")
        carol.rpc(MANAGER, "setTransformationParameter", number, "AgentType", "Automatic")
        return number

    yield make
    for number in made:
        carol.rpc(MANAGER, "setTransformationParameter", number, "Status", "Completed")


@pytest.fixture
def upload(carol, unique):
    """``upload("a/one.dat")``: the LFNs of new files of carol on SE-1, which hold the scenario's token."""

    def put(*names):
        folder = f"/dteam/user/c/carol/cert/{unique}"
        for name in names:
            carol.put(name.replace("/", "-"), f"{unique} {name}")
        lines = [f"{folder}/{name} {name.replace('/', '-')} SE-1" for name in names]
        carol.put("upload.txt", "\n".join(lines) + "\n")
        carol.run("dirac-dms-add-file upload.txt").ok()
        return [f"{folder}/{name}" for name in names]

    return put


@pytest.fixture
def later(mysql, step):
    """``later(number)``: eleven minutes go by for the tasks of a transformation.

    DIRAC lets a task rest for 30 seconds before it is submitted, and for ten minutes before it looks at it again.
    """

    def wait(number):
        times = ", ".join(f"{time} = {time} - INTERVAL 11 MINUTE" for time in ("CreationTime", "LastUpdateTime"))
        statement = f"UPDATE TransformationTasks SET {times} WHERE TransformationID = {number}"
        with step("eleven minutes go by"):
            done = mysql.run(["mariadb", "TransformationDB", "-e", statement])
            assert done.rc == 0, done.err

    return wait


@pytest.fixture
def process(carol, cycle, job_agent, later, wait_for, step):
    """``process(number, jobs)``: agents make and submit the tasks, a pilot runs them; the jobs by task."""

    def tasks(number):
        rows = carol.rpc(MANAGER, "getTransformationTasks", {"TransformationID": number})
        return {int(row["TaskID"]): row for row in rows}

    def run(number, jobs):
        with step("tasks are made of the files"):
            cycle("Transformation/TransformationAgent", Transformation=number)
            assert [row["ExternalStatus"] for row in tasks(number).values()] == ["Created"] * jobs
        later(number)
        with step("tasks become jobs"):
            cycle("Transformation/WorkflowTaskAgent")
            submitted = {task: int(row["ExternalID"]) for task, row in tasks(number).items()}
            assert [row["ExternalStatus"] for row in tasks(number).values()] == ["Submitted"] * jobs
            ids = list(submitted.values())
            wait_for(lambda: statuses(carol, ids) == ["Waiting"] * jobs, limit=40, hint="the jobs to be Waiting")
        with step("the jobs run"):
            job_agent(jobs, limit=120)
            assert statuses(carol, ids) == ["Done"] * jobs
        return submitted

    return run


def statuses(user, jobs):
    """The status of each job."""
    # HTTPS services answer with text for the keys, DISET services with whole numbers.
    found = {int(job): row for job, row in user.rpc(MONITORING, "getJobsStatus", jobs).items()}
    return [found[job]["Status"] for job in jobs]


def files_of(user, number):
    """Status and task of each file of a transformation."""
    rows = user.rpc(MANAGER, "getTransformationFiles", {"TransformationID": number})
    return {row["LFN"]: (row["Status"], row["TaskID"] and int(row["TaskID"])) for row in rows}


@scenario(
    "TS-01a",
    title="files that are added by hand become tasks, jobs and Processed files, each file once",
    owner="transformation",
    replaces="tests/System/transformationSystem.sh",
    needs=("agents", "executors"),
    suites=("full",),
    limit=240,
    about=36,
)
def test_explicit_files(carol, create, upload, process, later, cycle, step):
    lfns = upload("one.dat", "two.dat", "three.dat", "four.dat")
    number = create()
    with step("add the files"):
        carol.put("files.txt", "\n".join(lfns) + "\n")
        assert "Successfully added 4 files" in carol.run(f"dirac-transformation-add-files {number} files.txt").ok().text
        listed = carol.run(f"dirac-transformation-get-files {number}").ok().text.split()
        assert sorted(listed) == sorted(lfns)
        assert files_of(carol, number) == dict.fromkeys(lfns, ("Unused", None))

    jobs = process(number, jobs=2)

    with step("every file was in one job, and is Processed"):
        inputs = {job: carol.rpc(MONITORING, "getInputData", job) for job in jobs.values()}
        taken = [lfn.removeprefix("LFN:") for files in inputs.values() for lfn in files]
        assert sorted(taken) == sorted(lfns)
        found = files_of(carol, number)
        assert {lfn: status for lfn, (status, _task) in found.items()} == dict.fromkeys(lfns, "Processed")
        assert sorted(task for _status, task in found.values()) == sorted([*jobs, *jobs])
        counted = carol.rpc(MANAGER, "getTransformationStats", number)
        assert (counted["Processed"], counted["Total"]) == (4, 4)

    with step("nothing is left to do"):
        cycle("Transformation/TransformationAgent", Transformation=number)
        assert len(carol.rpc(MANAGER, "getTransformationTasks", {"TransformationID": number})) == 2

    later(number)
    with step("the tasks are Done"):
        cycle("Transformation/WorkflowTaskAgent", MonitorTasks="yes", SubmitTasks="")
        counted = carol.rpc(MANAGER, "getTransformationTaskStats", number)
        assert (counted["Done"], counted["TotalCreated"]) == (2, 2)


@scenario(
    "TS-01b",
    title="files that a metadata query finds, before and after it was asked, are processed, and no others",
    owner="transformation",
    replaces="tests/System/transformationSystem.sh -test_filter True",
    needs=("agents", "executors"),
    suites=("full",),
    limit=180,
    about=32,
)
def test_metadata_filter(carol, unique, create, upload, process, metadata_field, step):
    field = metadata_field("campaign", "VARCHAR(64)")
    (before,) = upload("wanted/before.dat")
    upload("other/elsewhere.dat")
    folder = before.rpartition("/")[0]
    catalogue = "DIRAC.Resources.Catalog.FileCatalog:FileCatalog"
    for path, value in ((folder, unique), (folder.replace("/wanted", "/other"), f"{unique}-other")):
        carol.call(catalogue, "setMetadata", path, {field: value})

    with step("ask"):
        number = create({field: unique})
        assert files_of(carol, number) == {before: ("Unused", None)}
    with step("one more comes in"):
        (after,) = upload("wanted/after.dat")
        upload("other/later.dat")
        assert files_of(carol, number) == dict.fromkeys((before, after), ("Unused", None))

    jobs = process(number, jobs=1)
    (task,) = jobs
    assert files_of(carol, number) == dict.fromkeys((before, after), ("Processed", task))
    counted = carol.rpc(MANAGER, "getTransformationStats", number)
    assert (counted["Processed"], counted["Total"]) == (2, 2)
