"""WMS-03: one JobAgent runs several jobs, one after another and side by side, and mixes none of them up."""

from diraccert.certification.scenario import scenario

PROCESSORS = 4

#: Two jobs that wait for one another: they end well only when they run at the same time.
MEETING = """#!/bin/sh
echo $1 >/tmp/$3.$1
for _ in $(seq 300); do
  [ -e /tmp/$3.$2 ] && { echo "$1 met $(cat /tmp/$3.$2)"; exit 0; }
  sleep 0.1
done
echo "$1 was alone"
exit 1
"""

TELL = '#!/bin/sh\necho "$1 has $DIRAC_PROCESSORS processors, whole node: $DIRAC_WHOLENODE"\n'


@scenario(
    "WMS-03",
    title="jobs that run one after another in one JobAgent each have their own status and output",
    owner="wms",
    replaces="tests/System/unitTestUserJobs.py",
    suites=("full",),
    limit=150,
    about=35,
)
def test_one_after_another(alice, jobs, job_agent, unique):
    alice.put("tell.sh", "#!/bin/sh\necho $1\nexit $2\n")
    ends = {"first": 0, "second": 3, "third": 0}
    made = {
        name: jobs.submit(alice, Executable="tell.sh", Arguments=f"{unique}-{name} {code}", InputSandbox=["tell.sh"])
        for name, code in ends.items()
    }
    for job in made.values():
        job.reach("Waiting")
    job_agent(jobs=3, limit=120)
    assert {name: job.status for name, job in made.items()} == {"first": "Done", "second": "Failed", "third": "Done"}
    for name, job in made.items():
        assert job.output() == f"{unique}-{name}\n".encode()


@scenario(
    "WMS-03b",
    title="two jobs run at the same time in one JobAgent with four processors",
    owner="wms",
    replaces="tests/System/unitTestUserJobs.py",
    limit=120,
    about=20,
)
def test_side_by_side(alice, jobs, job_agent, unique):
    alice.put("meet.sh", MEETING)
    left, right = (
        jobs.submit(alice, Executable="meet.sh", Arguments=f"{me} {other} {unique}", InputSandbox=["meet.sh"])
        for me, other in (("left", "right"), ("right", "left"))
    )
    for job in (left, right):
        job.reach("Waiting")
    job_agent(jobs=2, inner="Pool/InProcess", **{"/Resources/Computing/CEDefaults/NumberOfProcessors": PROCESSORS})
    assert [job.status for job in (left, right)] == ["Done", "Done"]
    assert [job.output() for job in (left, right)] == [b"left met right\n", b"right met left\n"]
