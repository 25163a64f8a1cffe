"""WMS-02: what a payload does wrong is told truly: its exit code, bytes that are no UTF-8, far too much output."""

import hashlib

from diraccert.certification.scenario import scenario

LINE = "every line of this output is like the others, and there are many of them"
MUCH = "yes '{line}' | head -n {lines}\n"

#: 5 MiB of lines; the job wrapper takes 10 MiB of output unless it is configured otherwise.


@scenario(
    "WMS-02",
    title="a payload that exits with 7 makes the job Failed with that code, and its output is still there",
    owner="wms",
    replaces="-",
    limit=150,
    about=14,
)
def test_exit_code(alice, jobs, job_agent, unique):
    alice.put("fail.sh", f"#!/bin/sh\necho out of {unique}\necho trouble of {unique} >&2\nexit 7\n")
    job = jobs.submit(alice, Executable="fail.sh", InputSandbox=["fail.sh"])
    job.reach("Waiting")
    job_agent()
    assert job.states == {
        "Status": "Failed",
        "MinorStatus": "Application Finished With Errors",
        "ApplicationStatus": "Unknown",
    }
    assert "Done" not in job.path()
    assert job.output("std.out") == f"out of {unique}\n".encode()
    assert job.output("std.err") == f"trouble of {unique}\n".encode()


@scenario(
    "WMS-02b",
    title="output that is no UTF-8 does not stop a job, and files come back byte for byte",
    owner="wms",
    replaces="-",
    limit=150,
    about=14,
)
def test_no_utf8(alice, jobs, job_agent, unique):
    alice.put(
        "latin.sh",
        f"#!/bin/sh\nprintf 'before {unique}\\n'\nprintf 'caf\\351 \\377\\376\\n'\nprintf 'after {unique}\\n'\n"
        "printf 'caf\\351\\000\\377' >raw.bin\n",
    )
    job = jobs.submit(
        alice, Executable="latin.sh", InputSandbox=["latin.sh"], OutputSandbox=["std.out", "std.err", "raw.bin"]
    )
    job.reach("Waiting")
    job_agent()
    assert job.states["Status"] == "Done"
    printed = job.output("std.out").decode(errors="replace").splitlines()
    assert (printed[0], printed[-1]) == (f"before {unique}", f"after {unique}")
    assert printed[1].startswith("caf")
    assert job.output("raw.bin") == b"caf\xe9\x00\xff"


@scenario(
    "WMS-02c",
    title="1 MiB of output comes back whole",
    owner="wms",
    replaces="-",
    limit=120,
    about=16,
)
def test_much_output(alice, jobs, job_agent):
    lines = 1024**2 // len(LINE)
    alice.put("much.sh", "#!/bin/sh\n" + MUCH.format(line=LINE, lines=lines))
    job = jobs.submit(alice, Executable="much.sh", InputSandbox=["much.sh"])
    job.reach("Waiting")
    job_agent(limit=110)
    assert job.states["Status"] == "Done"
    whole, got = f"{LINE}\n".encode() * lines, job.output("std.out")
    assert len(got) == len(whole)
    assert hashlib.sha256(got).hexdigest() == hashlib.sha256(whole).hexdigest()


@scenario(
    "WMS-02d",
    title="a payload that floods its output is ended, and the job is Failed, not left hanging",
    owner="wms",
    replaces="-",
    limit=150,
    about=14,
)
def test_flood(alice, jobs, job_agent, worker, unique):
    # the job wrapper takes 10 MiB of output unless it is configured otherwise
    alice.put("flood.sh", "#!/bin/sh\n" + MUCH.format(line=LINE, lines=10**9))
    job = jobs.submit(alice, Executable="flood.sh", Arguments=unique, InputSandbox=["flood.sh"])
    job.reach("Waiting")
    job_agent(limit=120)
    assert job.states["Status"] == "Failed"
    assert "Application thread failed" in [record.minor for record in job.records()]
    assert worker.run(["pgrep", "-f", f"flood.sh {unique}"]).out == ""
