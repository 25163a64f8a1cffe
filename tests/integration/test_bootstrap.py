"""The set-up in blank Debian containers: what it announces is what it changes, with a daemon there and without."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from diraccert.images.daemon import Daemon, connect
from tests.integration import blank_machines
from tests.integration.blank_machines import Run

pytestmark = [pytest.mark.docker, pytest.mark.network, pytest.mark.xdist_group("bootstrap")]


@pytest.fixture(scope="module")
def daemon() -> Daemon:
    return connect()


@pytest.fixture
def blank(daemon: Daemon, tmp_path: Path) -> Iterator[Run]:
    """A blank Debian that has the socket of this daemon."""
    with blank_machines.with_socket(daemon, tmp_path) as run:
        yield run


@pytest.fixture
def lonely(daemon: Daemon, tmp_path: Path) -> Iterator[Run]:
    """A blank Debian without a daemon, and with the rights to start one."""
    # No more rights than a daemon needs, as --privileged is refused where this daemon itself runs with less. A volume,
    # as the storage driver of one daemon does not work upon another's.
    rights = {"cap_add": ["SYS_ADMIN", "NET_ADMIN"], "security_opt": ["seccomp=unconfined", "apparmor=unconfined"]}
    with blank_machines.machine(daemon, tmp_path, volumes=["/var/lib/docker"], **rights) as run:
        yield run


def test_bootstrap_changes_what_it_announced_and_then_nothing(blank: Run) -> None:
    first = blank("ci/bootstrap --yes")
    announced, _, done = first.partition("ci/bootstrap: apt-get update: done")
    assert "apt-get install python3 python3-venv" in announced
    assert "make .venv with" in announced
    # The daemon whose socket was given answers: none is installed, none is started.
    assert "docker.io" not in first
    assert "start the Docker daemon" not in first
    assert "ci/bootstrap: ready in" in done
    before = blank("sh -c 'dpkg -l; ls -l --time-style=full-iso .venv .venv/bin .venv/lib/python3*/site-packages'")
    assert blank("ci/bootstrap --yes") == "ci/bootstrap: nothing to change\n"
    after = blank("sh -c 'dpkg -l; ls -l --time-style=full-iso .venv .venv/bin .venv/lib/python3*/site-packages'")
    assert after == before


def test_a_machine_without_a_daemon_gets_one_that_outlives_the_command(lonely: Run) -> None:
    said = lonely("ci/bootstrap --yes")
    assert "docker.io" in said
    assert "ci/bootstrap: starting the Docker daemon: done in" in said
    assert lonely("docker version --format {{.Server.Os}}") == "linux\n"
    assert lonely("ci/bootstrap") == "ci/bootstrap: nothing to change\n"
    # As after a crash: the daemon is gone, and its file names a process that is another now.
    lonely(
        "sh -c 'kill $(cat /var/run/docker.pid); while docker version; do sleep 0.1; done; echo 1 >/var/run/docker.pid'"
    )
    again = lonely("ci/bootstrap --yes")
    assert "apt-get install" not in again
    assert "make .venv" not in again
    assert "starting the Docker daemon: done in" in again
    assert lonely("docker version --format {{.Server.Os}}") == "linux\n"
