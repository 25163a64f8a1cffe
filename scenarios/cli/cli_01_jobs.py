"""CLI-01, jobs by the D-commands, as a user types them one after the other in a shell."""

import csv
import json

from diraccert.certification.scenario import scenario

UPSTREAM = "tests/System/client_shortcommands.sh"
#: Until then a job that no pilot had could be deleted, but not killed (release notes of 8.0.50).
KILLS_WAITING = ">=8.0.50"


@scenario(
    "CLI-01d",
    title="a job is submitted, followed and its output fetched; a parametric one, and one that describes itself",
    owner="cli",
    replaces=UPSTREAM,
    needs=("dcommands",),
    suites=("full",),
    limit=180,
    about=25,
)
def test_jobs(alice, at_shell, jobs, job_agent, unique, step):
    shell = at_shell(alice)
    alice.put("usual.jdl", f"[\n{jobs.description()}]\n")
    with step("submit"):
        (number,) = shell.says(f"dsub -J usual.jdl -N {unique} --JobGroup={unique} /bin/echo {unique}")
        job = jobs.known(alice, int(number))
        job.reach("Waiting")
    with step("follow, in every format"):
        fields = ["JobID", "JobName", "Owner", "Status"]
        row = [number, unique, "alice", "Waiting"]
        asked = "-F " + ",".join(fields[1:])
        assert shell.says(f"dstat {number} {asked}")[-1].split() == row
        assert json.loads(shell(f"dstat -f json {number} {asked}").ok().out)[0] == {
            **dict(zip(fields, row, strict=True)),
            "JobID": int(number),
        }
        head, found = csv.reader(shell.says(f"dstat -f csv -g {unique} {asked}"))
        assert (head[:-1], found[:-1]) == (fields, row)
        assert shell.says(f"dstat -n no-{unique}") == ["No output"]
        assert "Expected integer" in shell.refuses("dstat abc")
        states = [each["Status"] for each in json.loads(shell(f"dlogging -f json {number}").ok().out)]
        assert (states[0], states[-1]) == ("Received", "Waiting")
        assert shell.refuses("dlogging 999999999")
        assert shell.refuses(f"doutput {number}")
    with step("its output"):
        job_agent()
        assert job.status == "Done"
        assert shell.says(f"dstat {number} {asked}") == ["No output"], "it shows what has not ended"
        assert shell.says(f"dstat -a {number} {asked}")[-1].split() == [*row[:-1], "Done"]
        shell(f"doutput -D out {number}").ok()
        assert alice.read(f"out/{number}/std.out").decode().strip() == unique
        assert "already retrieved" in shell.told(f"doutput -D out {number}")
    with step("three of a series, and a script that names itself"):
        (numbers,) = shell.says(f"dsub -J usual.jdl -N {unique}-series --Parametric=1:4 /bin/echo %s")
        assert len(numbers.split(",")) == 3
        alice.put("script.sh", f"#!/bin/sh\n#JDL JobName={unique}-script\necho $1\n")
        (number,) = shell.says("dsub -J usual.jdl script.sh word")
        named = json.loads(shell(f"dstat -a -f json -F JobName {number},{numbers}").ok().out)
        assert sorted(each["JobName"] for each in named) == [f"{unique}-script", *[f"{unique}-series"] * 3]


@scenario(
    "CLI-01e",
    title="a job is killed, and deleted",
    owner="cli",
    replaces=UPSTREAM,
    needs=("dcommands",),
    lines=KILLS_WAITING,
    suites=("full",),
    limit=90,
    about=6,
)
def test_kill(alice, at_shell, jobs):
    shell = at_shell(alice)
    job = jobs.submit(alice, Executable="/bin/true")
    job.reach("Waiting")
    assert shell.says(f"dkill -v {job.id}") == [f"killed job {job.id}"]
    assert job.status == "Killed"
    assert shell.says(f"dstat -S killed -F Status {job.id}")[-1].split() == [str(job.id), "Killed"]
    assert shell.says(f"dkill -D -v {job.id}") == [f"deleted job {job.id}"]
    assert job.status == "Deleted"


@scenario(
    "CLI-01k",
    title="a job's script may come from the standard input; one that is not there is named",
    owner="cli",
    needs=("dcommands",),
    suites=("full",),
    limit=60,
    about=4,
)
def test_script_from_input(alice, at_shell, jobs, unique):
    shell = at_shell(alice)
    alice.put("usual.jdl", f"[\n{jobs.description(JobName=None)}]\n")
    assert '"no-such.sh" not found' in shell.refuses("dsub no-such.sh", real=True)
    done = shell("dsub -J usual.jdl", real=True, stdin=f"#!/bin/sh\necho {unique}\n")
    assert done.rc == 0, done.text.strip().splitlines()[-1]
    assert jobs.known(alice, int(done.out)).attribute("JobName") == "STDIN"
