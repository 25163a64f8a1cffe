"""Blank Debian machines: containers that hold nothing but git and a clone of what is committed here."""

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

from docker.errors import DockerException
from docker.models.containers import Container

from diraccert.images import labels
from diraccert.images.daemon import Daemon

TOP = Path(__file__).resolve().parents[2]
BLANK = "dirac-cert/blank"
SUITE = "bookworm"
CERTIFICATES = "/etc/company/ca-bundle.crt"
SOCKET = "/var/run/docker.sock"

Run = Callable[[str], str]


def _archive(name: str, data: bytes) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        entry = tarfile.TarInfo(name)
        entry.size = len(data)
        tar.addfile(entry, io.BytesIO(data))
    return stream.getvalue()


def image(daemon: Daemon, folder: Path) -> str:
    """A minimal Debian with git, and so without Python; kept, as making it takes half a minute."""
    tag = f"{BLANK}:{SUITE}"
    if daemon.client.images.list(tag):
        return tag
    try:
        daemon.client.images.pull("debian", f"{SUITE}-slim")
    except DockerException:
        tar = folder / "blank.tar"
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
def machine(daemon: Daemon, tmp_path: Path, **options: Any) -> Iterator[Run]:
    """A new container with the checkout; what it gives runs a command there, and asserts that it succeeds."""
    container = daemon.client.containers.create(
        image(daemon, tmp_path), ["sleep", "infinity"], init=True, labels={labels.KIND: labels.Kind.BUILD}, **options
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


@contextmanager
def with_socket(daemon: Daemon, tmp_path: Path) -> Iterator[Run]:
    """A blank machine that has the socket of this daemon."""
    # A daemon on another machine has its socket where every daemon has it.
    source = daemon.url.removeprefix("unix://") if daemon.url.startswith("unix://") else SOCKET
    with machine(daemon, tmp_path, volumes={source: {"bind": SOCKET, "mode": "rw"}}) as run:
        yield run
