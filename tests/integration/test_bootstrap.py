"""The first command of a newcomer, in a blank Debian container that holds nothing but git and the daemon's socket."""

from __future__ import annotations

import io
import os
import shlex
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from docker.errors import DockerException
from docker.models.containers import Container

from diraccert.images import labels
from diraccert.images.daemon import Daemon, connect

TOP = Path(__file__).resolve().parents[2]
BLANK = "dirac-cert/blank"
SUITE = "bookworm"
CERTIFICATES = "/etc/company/ca-bundle.crt"
SOCKET = "/var/run/docker.sock"

pytestmark = [pytest.mark.docker, pytest.mark.network, pytest.mark.xdist_group("bootstrap")]

Run = Callable[[str], str]


def _archive(name: str, data: bytes) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        entry = tarfile.TarInfo(name)
        entry.size = len(data)
        tar.addfile(entry, io.BytesIO(data))
    return stream.getvalue()


@pytest.fixture(scope="module")
def daemon() -> Daemon:
    return connect()


@pytest.fixture(scope="module")
def blank_image(daemon: Daemon, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A minimal Debian with git, and so without Python; kept, as making it takes half a minute."""
    tag = f"{BLANK}:{SUITE}"
    if daemon.client.images.list(tag):
        return tag
    try:
        daemon.client.images.pull("debian", f"{SUITE}-slim")
    except DockerException:
        tar = tmp_path_factory.mktemp("blank") / "blank.tar"
        made = subprocess.run(
            ["mmdebstrap", "-q", "--variant=minbase", "--include=git", "--dpkgopt=force-unsafe-io", SUITE, str(tar)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert made.returncode == 0, made.stderr
        daemon.client.api.import_image(str(tar), BLANK, SUITE, changes=labels.changes({labels.KIND: labels.Kind.BASE}))
    else:
        container = daemon.client.containers.run(
            f"debian:{SUITE}-slim",
            ["sh", "-c", "apt-get update && apt-get install -y --no-install-recommends git"],
            detach=True,
            labels={labels.KIND: labels.Kind.BUILD},
        )
        assert container.wait()["StatusCode"] == 0, container.logs(tail=5)
        container.commit(BLANK, SUITE, changes=labels.changes({labels.KIND: labels.Kind.BASE}))
        container.remove()
    return tag


def _put_checkout(container: Container, tmp_path: Path) -> None:
    """Clone what is committed here into the container, through its archive."""
    bundle = tmp_path / "checkout.bundle"
    subprocess.run(["git", "-C", str(TOP), "bundle", "create", "-q", str(bundle), "HEAD"], check=True)
    assert container.put_archive("/", _archive("checkout.bundle", bundle.read_bytes()))
    code, said = container.exec_run("git clone -q /checkout.bundle /checkout")
    assert code == 0, said


def _put_certificates(container: Container) -> dict[str, str]:
    """Give it the bundle that this machine was told to use, if any, as a person behind a company's proxy would."""
    ours = os.environ.get("SSL_CERT_FILE") or os.environ.get("REQUESTS_CA_BUNDLE")
    if not ours:
        return {}
    container.exec_run(["mkdir", "-p", str(Path(CERTIFICATES).parent)])
    assert container.put_archive("/", _archive(CERTIFICATES.lstrip("/"), Path(ours).read_bytes()))
    return {"SSL_CERT_FILE": CERTIFICATES}


@contextmanager
def _machine(daemon: Daemon, image: str, tmp_path: Path, **options: Any) -> Iterator[Run]:
    """A new container with the checkout; what it gives runs a command there, and asserts that it succeeds."""
    container = daemon.client.containers.create(
        image, ["sleep", "infinity"], init=True, labels={labels.KIND: labels.Kind.BUILD}, **options
    )
    try:
        container.start()
        environment = _put_certificates(container)
        _put_checkout(container, tmp_path)

        def run(command: str) -> str:
            code, output = container.exec_run(shlex.split(command), environment=environment, workdir="/checkout")
            said: str = output.decode(errors="replace")
            assert code == 0, f"{command}: exit {code}\n{said}"
            return said

        yield run
    finally:
        container.remove(force=True, v=True)


@pytest.fixture
def blank(daemon: Daemon, blank_image: str, tmp_path: Path) -> Iterator[Run]:
    """A blank Debian that has the socket of this daemon."""
    # A daemon on another machine has its socket where every daemon has it.
    source = daemon.url.removeprefix("unix://") if daemon.url.startswith("unix://") else SOCKET
    with _machine(daemon, blank_image, tmp_path, volumes={source: {"bind": SOCKET, "mode": "rw"}}) as run:
        yield run


@pytest.fixture
def lonely(daemon: Daemon, blank_image: str, tmp_path: Path) -> Iterator[Run]:
    """A blank Debian without a daemon, and with the rights to start one."""
    # No more rights than a daemon needs, as --privileged is refused where this daemon itself runs with less. A volume,
    # as the storage driver of one daemon does not work upon another's.
    rights = {"cap_add": ["SYS_ADMIN", "NET_ADMIN"], "security_opt": ["seccomp=unconfined", "apparmor=unconfined"]}
    with _machine(daemon, blank_image, tmp_path, volumes=["/var/lib/docker"], **rights) as run:
        yield run


@pytest.mark.parametrize("commands", [("ci/bootstrap", ".venv/bin/dirac-cert --help")], ids=["help"])
def test_a_newcomers_first_command_succeeds_in_a_blank_container(blank: Run, commands: tuple[str, ...]) -> None:
    for command in commands:
        last = blank(command)
    assert "dirac-cert" in last


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
