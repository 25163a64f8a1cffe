"""WMS-01: a user's job runs to its end, and its output comes back."""

from diraccert.certification.scenario import scenario

JDL = """
JobName = "{name}";
Executable = "/bin/echo";
Arguments = "hello from {name}";
StdOutput = "std.out";
StdError = "std.err";
OutputSandbox = {{"std.out", "std.err"}};
Tags = {{"{name}"}};
"""

#: What the states of a job that runs to its end must be, in this order; Completing came with release 7.2.
PATH = ["Received", "Checking", "Waiting", "Matched", "Running", "Completing", "Done"]


@scenario(
    "WMS-01",
    title="a job runs to Done through every state in order, and its output comes back unchanged",
    owner="wms",
    replaces="tests/Jenkins/dirac-test-job.py, tests/System/unitTestUserJobs.py (which only submits)",
    limit=150,
    about=15,
)
def test_hello_world(alice, jobs, job_agent, unique, step):
    alice.put("hello.jdl", JDL.format(name=unique))
    submitted = alice.run("dirac-wms-job-submit hello.jdl").ok()
    job = jobs.known(alice, int(submitted.out.split()[-1]))

    with step("the optimizers prepare the job"):
        job.reach("Waiting")
    with step("a pilot takes the job"):
        job_agent()
    assert job.states == {"Status": "Done", "MinorStatus": "Execution Complete", "ApplicationStatus": "Unknown"}

    records = job.records()
    assert job.path() == PATH
    assert [record.time for record in records] == sorted(record.time for record in records)
    sources = {record.status: record.source for record in reversed(records)}
    assert sources["Received"] == "JobManager"
    assert sources["Matched"] == "Matcher"

    parameters = job.parameters()
    # a text in MySQL, a number in OpenSearch
    assert str(parameters["JobWrapperPID"]).isdigit()
    assert job.attribute("Site") == "DIRAC.Cert.org"
    assert job.attribute("Owner") == "alice"

    alice.run(f"dirac-wms-job-get-output {job.id}").ok()
    assert alice.read(f"{job.id}/std.out") == f"hello from {unique}\n".encode()
