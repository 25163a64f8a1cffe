"""UPG-01: after a clean installation every agent of the release starts and gets through one cycle.

Agents that need what this topology does not have are in EXPECTED: for them it is asserted that they fail for that
reason, and for no other. An agent that gets through although it is listed there is a failure too: the list is wrong.
"""

import json
import re

from diraccert.certification.scenario import scenario

#: Agent to what its log says when what it needs is not there, and what that is.
EXPECTED: dict[str, tuple[str, str]] = {}
#: Options with which an agent does its work without disturbing other scenarios.
OPTIONS: dict[str, dict[str, object]] = {}
#: Systems whose agents have a part of their own; all others share the last one.
PARTS = ("ResourceStatus", "Transformation", "WorkloadManagement")


def agents_of(server, wanted):
    """The agents of the systems that ``wanted`` says yes to."""
    agents = json.loads(server.read("/opt/dirac-cert/system.json"))["agents"]
    found = [agent for agent in agents if wanted(agent.partition("/")[0])]
    assert found
    return found


def wrong_with(agent, done):
    """What is wrong with a cycle of an agent, "" when nothing is."""
    text = done.text
    if agent in EXPECTED:
        said, need = EXPECTED[agent]
        return "" if re.search(said, text) else f"does not say that {need} is missing: {text[-300:]}"
    for sign in ("Traceback", "Cycle had an error", "Agent exception"):
        if sign in text:
            return text[text.index(sign) :][:400]
    return "" if done.rc == 0 else f"exit code {done.rc}: {text[-300:]}"


def cycle_each(server, cycle, wanted):
    """One cycle of each agent in turn; all that go wrong are told at once."""
    wrong = {}
    for agent in agents_of(server, wanted):
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
    limit=180,
    about=25,
)
def test_resource_status(server, cycle):
    cycle_each(server, cycle, lambda system: system == "ResourceStatus")


@scenario(
    "UPG-01d",
    title="every agent of the transformation system gets through a cycle",
    owner="upgrade",
    replaces="tests/CI/install_server.sh",
    suites=("full",),
    limit=240,
    about=30,
)
def test_transformation(server, cycle):
    cycle_each(server, cycle, lambda system: system == "Transformation")


@scenario(
    "UPG-01e",
    title="every agent of the workload management gets through a cycle",
    owner="upgrade",
    replaces="tests/CI/install_server.sh",
    suites=("full",),
    limit=240,
    about=30,
)
def test_workload_management(server, cycle):
    cycle_each(server, cycle, lambda system: system == "WorkloadManagement")


@scenario(
    "UPG-01f",
    title="every agent of the other systems gets through a cycle",
    owner="upgrade",
    replaces="tests/CI/install_server.sh",
    suites=("full",),
    limit=240,
    about=40,
)
def test_other_systems(server, cycle):
    cycle_each(server, cycle, lambda system: system not in PARTS)
