"""DX-05: a job that is submitted in DiracX is a job of DIRAC."""

import json
import re

from diraccert.certification.scenario import scenario

from .conftest import CREDENTIALS_OF_PROXY, credentials

#: How long the optimizers may take to hear of a job of DiracX: they look by themselves (LoadJobPeriod), in seconds.
HEARD = 320
SUBMITTED = re.compile(r"Inserted (\d+) jobs with ids: ([\d,]+)")


def submitted(user, dirac, text):
    """The ids of the jobs that `dirac jobs submit` of this description made."""
    user.python(CREDENTIALS_OF_PROXY, path=credentials(user))
    user.put("job.jdl", text)
    said = SUBMITTED.search(dirac(user, "jobs submit job.jdl").ok().out)
    ids = [int(each) for each in said[2].split(",")]
    assert len(ids) == int(said[1])
    return ids


@scenario(
    "DX-05",
    title="a job that `dirac jobs submit` took is seen by DIRAC, is prepared by its optimizers and runs to Done",
    owner="diracx",
    needs=("diracx",),
    suites=("full",),
    limit=420,
    about=90,
)
def test_submission(alice, dirac, job_agent, jobs, step, unique):
    [number] = submitted(alice, dirac, "[\n" + jobs.description(Executable="/bin/echo", Arguments=unique) + "]")
    job = jobs.known(alice, number)
    with step("both sides know it"):
        assert job.attribute("Owner") == "alice"
        assert job.attribute("JobName") == job_agent.tag
        seen = dirac(alice, f"jobs search --condition 'JobID eq {number}' --parameter JobID --parameter Owner")
        assert json.loads(seen.ok().out) == [{"JobID": number, "Owner": "alice"}]
    with step("the optimizers hear of it"):
        job.reach("Waiting", limit=HEARD)
    with step("a pilot takes it"):
        job_agent()
    assert job.states["Status"] == "Done", job.states
    assert job.output() == f"{unique}\n".encode()


@scenario(
    "DX-05a",
    title="a parametric job that DiracX took becomes one waiting job for each value",
    owner="diracx",
    needs=("diracx",),
    suites=("full",),
    limit=420,
    about=90,
)
def test_parametric(bob, dirac, jobs, step, wait_for):
    text = jobs.description(Executable="/bin/echo", Arguments="%s", Parameters=3, ParameterStart=0, ParameterStep=1)
    numbers = submitted(bob, dirac, f"[\n{text}]")
    assert len(numbers) == 3
    made = [jobs.known(bob, number) for number in numbers]
    with step("none is left half submitted"):
        wait_for(
            lambda: "Submitting" not in {job.status for job in made},
            limit=30,
            hint=f"jobs {numbers} to be submitted",
        )
    with step("the optimizers hear of them"):
        wait_for(
            lambda: {job.status for job in made} == {"Waiting"},
            limit=HEARD,
            hint=f"jobs {numbers} to be Waiting",
        )
