"""DX-07: DiracX, or what it stands on, goes away under running jobs and comes back: none is lost, none runs twice."""

import time

from diraccert.certification.scenario import scenario

from .outages import components, kept, none_twice, statuses

JOBS = 20
#: An outage that every running job meets, in seconds: longer than two of its signs of life are apart.
OUTAGE = 15
#: How many jobs end in an outage.
ENDING = 4
EXECUTING = "RequestManagement/RequestExecutingAgent"


@scenario(
    "DX-07",
    title=f"{JOBS} jobs run on while DiracX, OpenSearch, S3 and redis go away in turn; each ends Done and has run once",
    owner="diracx",
    needs=("diracx", "opensearch"),
    suites=("full",),
    limit=900,
    about=300,
    exclusive=True,
)
def test_jobs_run_on(alice, crowd, down, search, server, signs_of_life, step, unique, wait_for, worker):
    before = components(server)
    with crowd(JOBS) as (made, let_go, _):
        ids = [job.id for job in made]
        everybody = dict.fromkeys(ids, "Running")

        def all_are_heard(since, hint):
            wait_for(lambda: signs_of_life(ids, since) == JOBS, 60, f"a sign of life of all jobs {hint}")

        wait_for(lambda: statuses(alice, made) == everybody, 60, f"{JOBS} jobs to be Running")
        all_are_heard(signs_of_life(ids), "before anything goes away")
        for part, away in (("DiracX", down("DiracX_Server")), ("OpenSearch", search.down())):
            with step(f"without {part} their states stay, and the jobs are heard of again when it is back"):
                with away:
                    end = time.monotonic() + OUTAGE
                    wait_for(lambda end=end: time.monotonic() > end, 2 * OUTAGE, f"{OUTAGE} s without {part} to pass")
                    assert statuses(alice, made) == everybody
                all_are_heard(signs_of_life(ids), f"after {part} is back")
        for part, away in (("S3", down("SeaweedFS_S3")), ("redis", down("Redis_Redis"))):
            with step(f"without {part} nothing happens to running jobs"), away:
                all_are_heard(signs_of_life(ids), f"without {part}")
        assert statuses(alice, made) == everybody
        let_go()
    with step("all of them are Done, each has run once, and its output is there"):
        assert statuses(alice, made) == dict.fromkeys(ids, "Done")
        none_twice(made, worker, unique)
        assert {job.output() for job in made} == {f"/tmp/{unique}\n".encode()}
    with step("nothing of DIRAC was restarted"):
        assert components(server) == before


@scenario(
    "DX-07b",
    title="jobs that end while DiracX is away are Done when it is back, have run once, and no output is lost",
    owner="diracx",
    needs=("diracx",),
    suites=("full",),
    limit=600,
    about=150,
    exclusive=True,
)
def test_end_without_server(alice, crowd, cycle, down, step, unique, wait_for, worker):
    # where the sandbox cannot be kept, the wrapper writes it to a storage element
    with crowd(ENDING, OutputSE="SE-1") as (made, let_go, agent), down("DiracX_Server"):
        with step("the jobs end"):
            let_go()
            agent.result()
        assert set(statuses(alice, made).values()) == {"Running"}, "nobody could be told"
    none_twice(made, worker, unique)
    with step("no output is lost"):
        assert {job.id: kept(alice, job) for job in made} == {job.id: f"/tmp/{unique}\n".encode() for job in made}
    with step("what they could not say is said for them"):

        def told():
            cycle(EXECUTING)
            return "Running" not in statuses(alice, made).values()

        wait_for(told, limit=120, hint="the jobs to be more than Running")
        assert statuses(alice, made) == {job.id: "Done" for job in made}


@scenario(
    "DX-07c",
    title="jobs that end while S3 is away are Done, have run once, and no output is lost",
    owner="diracx",
    needs=("diracx",),
    suites=("full",),
    limit=600,
    about=120,
    exclusive=True,
)
def test_end_without_storage(alice, crowd, down, step, unique, worker):
    with crowd(ENDING, OutputSE="SE-1") as (made, let_go, agent), down("SeaweedFS_S3"), step("the jobs end"):
        let_go()
        agent.result()
    assert statuses(alice, made) == {job.id: "Done" for job in made}
    none_twice(made, worker, unique)
    with step("no output is lost"):
        assert {job.id: kept(alice, job) for job in made} == {job.id: f"/tmp/{unique}\n".encode() for job in made}
