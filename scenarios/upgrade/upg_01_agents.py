"""UPG-01: after a clean installation every agent of the release starts and gets through one cycle.

Agents that need what this topology does not have are in EXPECTED: for them it is asserted that they say so and get
through the cycle. One that does not say so is a failure too: the list, or the agent, is wrong.
"""

import re

from diraccert.certification.scenario import scenario

#: Agent to what its log says when what it needs is not there, and what that is.
EXPECTED = {
    "Configuration/GOCDB2CSAgent": (r"Could not fetch latency endpoints from GOCDB", "the GOCDB"),
    "ResourceStatus/CacheFeederAgent": (r"Failed to execute command, with exception: Downtime", "the GOCDB"),
}
#: Options that an agent gets for this cycle.
OPTIONS = {
    # The defaults that the release documents: its template overrides them with nothing (UPG-01g).
    "Transformation/DataRecoveryAgent": {"TransformationsNoInput": "MCSimulation", "TransformationsWithInput": "Merge"},
    # At a site without a computing element no pilot is sent to fetch the jobs of other scenarios.
    "WorkloadManagement/SiteDirector": {"Site": "DIRAC.Spare.org"},
}
#: What a cycle that went wrong leaves in the log; an agent that misses something may show its traceback.
FAILURES = ("Traceback", "Cycle had an error", "Agent exception")
#: Systems whose agents have a part of their own; all others share the last one.
PARTS = ("ResourceStatus", "Transformation", "WorkloadManagement")


def agents_of(system, wanted):
    """The agents of the systems that ``wanted`` says yes to."""
    found = [agent for agent in system["agents"] if wanted(agent.partition("/")[0])]
    assert found
    return found


def wrong_with(agent, done):
    """What is wrong with a cycle of an agent, "" when nothing is."""
    text = done.text
    if agent in EXPECTED:
        said, need = EXPECTED[agent]
        if not re.search(said, text):
            return f"does not say that {need} is missing: {text[-300:]}"
    for sign in ("Cycle had an error", "Agent exception") if agent in EXPECTED else FAILURES:
        if sign in text:
            return text[text.index(sign) :][:400]
    return "" if done.rc == 0 else f"exit code {done.rc}: {text[-300:]}"


def cycle_each(system, cycle, wanted):
    """One cycle of each agent in turn; all that go wrong are told at once."""
    wrong = {}
    for agent in agents_of(system, wanted):
        found = wrong_with(agent, cycle(agent, check=False, **OPTIONS.get(agent, {})))
        if found:
            wrong[agent] = found
    assert wrong == {}


@scenario(
    "UPG-01c",
    title="every agent of the resource status gets through a cycle",
    owner="upgrade",
    replaces="tests/CI/install_server.sh",
    suites=("full",),
    limit=240,
    about=30,
)
def test_resource_status(system, cycle):
    cycle_each(system, cycle, lambda name: name == "ResourceStatus")


@scenario(
    "UPG-01d",
    title="every agent of the transformation system gets through a cycle",
    owner="upgrade",
    replaces="tests/CI/install_server.sh",
    suites=("full",),
    limit=300,
    about=35,
)
def test_transformation(system, cycle):
    cycle_each(system, cycle, lambda name: name == "Transformation")


@scenario(
    "UPG-01e",
    title="every agent of the workload management gets through a cycle",
    owner="upgrade",
    replaces="tests/CI/install_server.sh",
    suites=("full",),
    limit=240,
    about=15,
)
def test_workload_management(system, cycle):
    cycle_each(system, cycle, lambda name: name == "WorkloadManagement")


@scenario(
    "UPG-01f",
    title="every agent of the other systems gets through a cycle",
    owner="upgrade",
    replaces="tests/CI/install_server.sh",
    suites=("full",),
    limit=300,
    about=40,
)
def test_other_systems(system, cycle):
    cycle_each(system, cycle, lambda name: name not in PARTS)


@scenario(
    "UPG-01g",
    title="the DataRecoveryAgent gets through a cycle with the options of the release's template",
    owner="upgrade",
    suites=("full",),
    limit=60,
    about=3,
)
def test_data_recovery_as_installed(cycle):
    done = cycle("Transformation/DataRecoveryAgent", check=False)
    assert "Cycle had an error" not in done.text
