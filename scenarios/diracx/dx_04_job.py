"""DX-04: a job of DIRAC whose states, heart beats, parameters and sandboxes go through DiracX."""

import hashlib
import json

from diraccert.certification.scenario import scenario

LOG = "/opt/dirac/runit/DiracX/Server/log/current"
PING = "dirac-framework-ping-service WorkloadManagement JobStateUpdate"
#: What the job's wrapper tells DiracX on its way (FutureClient/JobStateUpdateClient.py).
CALLS = ("PATCH /api/jobs/status", "PATCH /api/jobs/heartbeat", "PATCH /api/jobs/metadata")
PATH = ["Received", "Checking", "Waiting", "Matched", "Running", "Completing", "Done"]
FETCH = """
import requests
answer = requests.get(url, timeout=30)
result = answer.content if answer.ok else answer.status_code
"""
#: The documents of a job in OpenSearch, asked where it runs.
SEARCH = """
import json, sys, urllib.request
query = {"query": {"term": {"JobID": int(sys.argv[1])}}}
urllib.request.urlopen(urllib.request.Request("http://127.0.0.1:9200/_refresh", method="POST")).close()
request = urllib.request.Request("http://127.0.0.1:9200/*job*/_search", json.dumps(query).encode(),
                                 {"Content-Type": "application/json"})
print(json.dumps([hit["_source"] for hit in json.load(urllib.request.urlopen(request))["hits"]["hits"]]))
"""


def calls_from(diracx, address):
    """How often that address has called each, as DiracX's log says."""
    lines = diracx.run(["bash", "-c", f"cat {LOG} $(dirname {LOG})/@* 2>/dev/null"]).out.splitlines()
    return {call: sum(call in line and f"{address}:" in line and " 20" in line for line in lines) for call in CALLS}


@scenario(
    "DX-04",
    title="a job of DIRAC runs to Done with its states, heart beats, parameters and sandboxes going through DiracX",
    owner="diracx",
    replaces="diracx's own tests of the legacy adaptors, which run no job",
    needs=("diracx", "opensearch"),
    limit=180,
    about=45,
)
def test_job(alice, ask, diracx, job_agent, jobs, opensearch, step, token_of, unique, worker):
    token = token_of(alice)["access_token"]
    address = worker.run(["hostname", "-i"]).out.split()[0]
    before = calls_from(diracx, address)
    given = f"input of {unique}\n"
    script = alice.put("run.sh", "#!/bin/bash\ncat in.txt\nsleep 25\necho done\n")
    content = alice.put("in.txt", given)
    job = jobs.submit(alice, Executable="run.sh", InputSandbox=[script, content])
    job.reach("Waiting")
    with step("a pilot takes the job"):
        job_agent()
    assert job.states["Status"] == "Done"
    assert job.path() == PATH

    with step("its wrapper told DiracX"):
        after = calls_from(diracx, address)
        silent = [call for call in CALLS if after[call] <= before[call]]
        assert silent == []
    with step("DiracX and DIRAC say the same of it"):
        query = {"parameters": ["Status", "MinorStatus", "ApplicationStatus", "Owner", "Site"],
                 "search": [{"parameter": "JobID", "operator": "eq", "value": job.id}]}  # fmt: skip
        [seen] = ask(alice, "POST", "/api/jobs/search", token=token, json=query).json
        assert {name: seen[name] for name in ("Status", "MinorStatus", "ApplicationStatus")} == job.states
        assert (seen["Owner"], seen["Site"]) == ("alice", "DIRAC.Cert.org")
    with step("its parameters are in OpenSearch, and DIRAC reads them from there"):
        found = opensearch.run(["python3", "-I", "-c", SEARCH, str(job.id)])
        assert found.rc == 0, found.err
        [document] = json.loads(found.out)
        parameters = job.parameters()
        assert str(parameters["JobWrapperPID"]) == str(document["JobWrapperPID"])
        assert parameters["Pilot_Reference"] == document["Pilot_Reference"]
        assert str(document["JobWrapperPID"]) in alice.run(f"dirac-wms-job-parameters {job.id}").ok().out
    with step("its sandboxes are in S3, under the checksum of their bytes"):
        sandboxes = ask(alice, "GET", f"/api/jobs/{job.id}/sandbox", token=token).json
        for kind in ("Input", "Output"):
            [pfn] = sandboxes[kind]
            assert "/S3/sandboxes/dteam/dteam_user/alice/sha256:" in pfn
            told = ask(alice, "GET", "/api/jobs/sandbox", token=token, params={"pfn": pfn})
            assert told.status == 200
            data = alice.python(FETCH, url=told.json["url"])
            assert hashlib.sha256(data).hexdigest() == pfn.rpartition("sha256:")[2].partition(".")[0]
    with step("and come back to their owner"):
        assert job.output().decode() == f"{given}done\n"


@scenario(
    "DX-04a",
    title="a service whose calls go to DiracX is pinged by DIRAC's own command, or the command says why not",
    owner="diracx",
    needs=("diracx",),
    suites=("full",),
    limit=60,
    about=4,
)
def test_ping(alice):
    done = alice.run(PING)
    assert "RecursionError" not in done.text
    assert "Traceback" not in done.text
    assert done.text.strip()
