"""The base images: minimal Debians that Ansible can play on, pulled when a registry answers, else made here."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import docker
import requests
from docker.errors import DockerException, ImageNotFound
from docker.models.containers import Container

from diraccert.images import cache, labels, stages
from diraccert.images.daemon import Daemon
from diraccert.model.errors import InfrastructureError
from diraccert.model.manifest import Debian
from diraccert.model.progress import Progress

PULLED = "debian:{suite}-slim"
# python3 so that Ansible can play, python3-apt so that it need not install it in every play.
PACKAGES = ("ca-certificates", "python3", "python3-apt")
PULL_TRY_LIMIT = 5
"""Seconds that a registry has to answer before the image is made here."""
INSTALL = (
    "apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -qy install --no-install-recommends "
    f"{' '.join(PACKAGES)} && apt-get clean && rm -rf /var/lib/apt/lists/*"
)
WAITING = ("sleep", "infinity")
_RECIPE = "1"


def digest(suite: Debian = Debian.BOOKWORM) -> str:
    """The digest of the recipe. What Debian has changed since is not in it: `images prune --all` makes a new one."""
    return stages.digest(_RECIPE, suite.value, *PACKAGES)


def blank(
    daemon: Daemon, tag: str, network: str, host: str, marks: dict[str, str], command: Sequence[str] = WAITING
) -> Container:
    """A container, not started, that does nothing but wait for a play (or runs ``command``); the others know it by its
    host name."""
    return daemon.client.containers.create(
        tag,
        list(command),
        name=f"{network}-{host}",
        hostname=host,
        network=network,
        networking_config={network: daemon.client.api.create_endpoint_config(aliases=[host])},
        labels={**marks, labels.HOST: host},
        init=True,
    )


def build(daemon: Daemon, tag: str, progress: Progress, suite: Debian = Debian.BOOKWORM) -> None:
    """Make the base image and give it its tag; InfrastructureError says why it could not be had either way."""
    pulled = PULLED.format(suite=suite)
    if not _is_here(daemon, pulled) and not _registry_answers(daemon, pulled):
        _bootstrap(daemon, tag, progress, suite)
        return
    progress.note(f"pulling {pulled}")
    if not _is_here(daemon, pulled):
        daemon.client.images.pull(pulled)
    progress.note(f"installing {', '.join(PACKAGES)}")
    container = daemon.client.containers.create(
        pulled,
        ["sh", "-c", INSTALL],
        labels={labels.KIND: labels.Kind.BUILD, labels.HOST: "base"},
        environment={"LC_ALL": "C.UTF-8"},
    )
    try:
        container.start()
        if container.wait()["StatusCode"] != 0:
            last = container.logs(tail=3).decode(errors="replace").strip().replace("\n", " / ")
            raise InfrastructureError(f"{pulled} could not install {', '.join(PACKAGES)}: {last}")
        container.commit(tag.rpartition(":")[0], tag.rpartition(":")[2], changes=labels.changes(_labels(tag)))
    finally:
        container.remove(force=True, v=True)


def _is_here(daemon: Daemon, pulled: str) -> bool:
    try:
        daemon.client.images.get(pulled)
    except ImageNotFound:
        return False
    return True


def _registry_answers(daemon: Daemon, pulled: str) -> bool:
    """One quick question, on a client of its own: the daemon by itself tries for a minute."""
    quick = docker.from_env(timeout=PULL_TRY_LIMIT, environment={"DOCKER_HOST": daemon.url})
    try:
        quick.images.get_registry_data(pulled)
    except (DockerException, requests.RequestException):
        return False
    finally:
        quick.close()
    return True


def _bootstrap(daemon: Daemon, tag: str, progress: Progress, suite: Debian) -> None:
    program = shutil.which("mmdebstrap")
    if not program:
        raise InfrastructureError(
            f"no registry gives {PULLED.format(suite=suite)}, and mmdebstrap is not installed to make it here",
            "`ci/bootstrap` installs it; or `docker load` that image",
        )
    with tempfile.TemporaryDirectory(dir=cache.folder(), prefix="base-") as folder:
        archive = Path(folder) / "base.tar"
        progress.note("no registry answers: making Debian here with mmdebstrap")
        made = subprocess.run(_bootstrap_command(program, archive, suite), capture_output=True, text=True, check=False)
        if made.returncode != 0:
            last = " / ".join(made.stderr.strip().splitlines()[-3:])
            raise InfrastructureError(
                f"mmdebstrap could not make Debian {suite}: {last}", "are Debian's packages reachable?"
            )
        progress.note("importing it")
        repository, _, version = tag.rpartition(":")
        with archive.open("rb") as stream:
            # Pieces, not the file: the SDK announces chunks, which only an iterator is sent in.
            pieces = iter(lambda: stream.read(2**20), b"")
            daemon.client.api.import_image_from_stream(
                pieces, repository, version, changes=labels.changes(_labels(tag))
            )


def _bootstrap_command(program: str, archive: Path, suite: Debian) -> list[str]:
    return [
        program,
        "--quiet",
        "--variant=minbase",
        f"--include={','.join(PACKAGES)}",
        # Nothing in a container is worth an fsync, nor a package's documentation.
        "--dpkgopt=force-unsafe-io",
        "--dpkgopt=path-exclude=/usr/share/doc/*",
        "--dpkgopt=path-exclude=/usr/share/man/*",
        suite.value,
        str(archive),
    ]


def _labels(tag: str) -> dict[str, str]:
    return {labels.KIND: labels.Kind.BASE, labels.DIGEST: tag.rpartition(":")[2]}
