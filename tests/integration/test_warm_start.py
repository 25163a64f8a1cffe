"""Components that are forks of a warm parent behave under runit as those that start by themselves."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest

from diraccert.cli.main import main
from diraccert.images.daemon import connect
from diraccert.instances.host import Host
from diraccert.instances.instance import Instance
from diraccert.instances.up import find
from diraccert.instances.waiting import wait_for

pytestmark = [
    pytest.mark.docker,
    pytest.mark.instance,
    pytest.mark.network,
    pytest.mark.timeout(1500),
    pytest.mark.xdist_group("instance"),
]

COMPONENT = "Framework/Notification"
FOLDER = "/opt/dirac/startup/Framework_Notification"
HANDLER = "/opt/dirac/venv/lib/python3.11/site-packages/DIRAC/FrameworkSystem/Service/NotificationHandler.py"
COMMAND = f"/opt/dirac/venv/bin/python /opt/dirac/venv/bin/dirac-service {COMPONENT} --cfg"


@pytest.fixture(scope="module")
def instance() -> Iterator[Instance]:
    name = f"warm-{secrets.token_hex(3)}"
    assert main(["up", "8.0.86", "--name", name]) == 0
    yield find(connect(), name)
    assert main(["down", name]) == 0


@pytest.fixture
def server(instance: Instance) -> Host:
    return instance.host("server")


def launcher(server: Host) -> int:
    """The process that runit knows."""
    return int(server.must(["cat", f"{FOLDER}/supervise/pid"]) or 0)


def component(server: Host) -> int:
    """The one process that bears the component's command as in production; 0 when there is none."""
    found = server.run(["pgrep", "-f", f"^{COMMAND}"]).out.split()
    assert len(found) <= 1
    return int(found[0]) if found else 0


def parent(server: Host, process: int) -> str:
    """What started this process."""
    number = server.must(["ps", "-o", "ppid=", "-p", str(process)]).strip()
    return server.must(["ps", "-o", "args=", "-p", number])


def restarted(server: Host, before: int) -> int:
    return wait_for(
        lambda: (now := component(server)) not in (0, before) and now, 30, f"{COMPONENT} to start again"
    )  # fmt: skip


def log(server: Host) -> str:
    return server.must(["cat", f"{FOLDER}/log/current"])


def test_every_service_is_a_fork_with_its_own_name(instance: Instance, server: Host) -> None:
    shown = server.must(["ps", "-eo", "pid=,ppid=,args="]).splitlines()
    rows = [line.split(maxsplit=2) for line in shown]
    parents = {pid for pid, _, words in rows if "warm_start/parent.py" in words}
    services = [ppid for _, ppid, words in rows if words.startswith("/opt/dirac/venv/bin/python /opt/dirac/venv/bin/")]
    assert len(parents) == 2
    assert len(services) > 15
    assert {*services} == parents


def test_the_launcher_stands_for_the_component_and_costs_next_to_nothing(server: Host) -> None:
    assert launcher(server) != component(server)
    assert f"(pid {launcher(server)})" in server.must(["sv", "status", FOLDER])
    assert int(server.must(["ps", "-o", "rss=", "-p", str(launcher(server))])) < 3000


def test_a_restart_ends_the_component_before_the_next_begins(server: Host) -> None:
    before = component(server)
    server.must(["runsvctrl", "t", FOLDER])
    restarted(server, before)
    assert server.run(["test", "-e", f"/proc/{before}"]).rc == 1


def test_a_killed_launcher_takes_its_component_with_it(server: Host) -> None:
    before = component(server)
    server.must(["kill", "-KILL", str(launcher(server))])
    restarted(server, before)
    assert server.run(["test", "-e", f"/proc/{before}"]).rc == 1


def test_a_killed_component_is_started_again(server: Host) -> None:
    before = component(server)
    server.must(["kill", "-KILL", str(before)])
    restarted(server, before)


def test_a_changed_file_is_what_the_next_component_runs_and_the_others_go_on(server: Host) -> None:
    before, others = component(server), server.must(["pgrep", "-f", "bin/dirac-service Framework/SystemAdministrator"])
    mark = f"changed-{secrets.token_hex(4)}"
    server.must(["cp", "-p", HANDLER, "/root/handler"])
    try:
        server.must(["sed", "-i", f'/def initializeHandler/a \\        print("{mark}", flush=True)', HANDLER])
        server.must(["sv", "restart", FOLDER])
        now = restarted(server, before)
        wait_for(lambda: mark in log(server), 30, "the changed handler to run", last_seen=lambda: log(server)[-300:])
        assert "warm_start/parent.py" in parent(server, now)
    finally:
        server.must(["cp", "-p", "/root/handler", HANDLER])
    assert server.must(["pgrep", "-f", "bin/dirac-service Framework/SystemAdministrator"]) == others
    server.must(["sv", "restart", FOLDER])
    restarted(server, now)


def test_a_component_that_is_told_to_starts_cold(server: Host) -> None:
    before = component(server)
    server.must(["sed", "-i.warm", "2iexport DIRAC_CERT_WARM_START=no", f"{FOLDER}/run"])
    try:
        server.must(["sv", "restart", FOLDER])
        now = restarted(server, before)
        wait_for(lambda: launcher(server) == now, 30, "the component itself under runit")
    finally:
        server.must(["mv", f"{FOLDER}/run.warm", f"{FOLDER}/run"])
    server.must(["sv", "restart", FOLDER])
    restarted(server, now)


def test_without_a_parent_components_start_cold(instance: Instance, server: Host) -> None:
    supervised = "/opt/dirac-cert/warm_start/component"
    server.must(["sv", "down", supervised])
    try:
        instance.wait_ready()
        now = wait_for(lambda: component(server), 30, f"{COMPONENT} without a parent")
        assert launcher(server) == now
    finally:
        server.must(["sv", "up", supervised])
        instance.reset()
