"""The Docker daemon as a value, and how it is reached.

The daemon may be on another machine: nothing of this machine's folders is ever mounted into a container.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker
import requests
from docker.errors import DockerException

from diraccert.model.errors import InfrastructureError

GIGABYTE = 10**9
"""Disk sizes are decimal, as ``df -H`` says them."""

# Commits of two gigabytes on a busy machine take minutes, and the SDK's limit is one for all calls.
CALL_LIMIT = 900
CONNECT_LIMIT = 10
EXAMPLES = "write for example unix:///var/run/docker.sock, tcp://host:2375 or ssh://me@host"


@dataclass(frozen=True)
class Daemon:
    """A daemon that answered. ``client`` is safe to call from several threads."""

    client: docker.DockerClient
    url: str

    @property
    def is_local(self) -> bool:
        """Whether it may run on this machine; a socket may also be lent to a container without the daemon's files."""
        return self.url.startswith(("unix://", "http+docker://localhost"))

    def free_bytes(self) -> int | None:
        """Free space below the daemon's data folder, or None when it cannot be told from here."""
        info: dict[str, Any] = self.client.info()
        root = Path(str(info.get("DockerRootDir", "")))
        if self.is_local and root.is_absolute() and root.is_dir():
            return shutil.disk_usage(root).free
        for name, value in info.get("DriverStatus") or []:
            if name == "Data Space Available":
                return _bytes_of(str(value))
        return None

    def require_free(self, gigabytes: float, purpose: str) -> None:
        """Refuse (InfrastructureError) when less than ``gigabytes`` are known to be free."""
        free = self.free_bytes()
        if free is not None and free < gigabytes * GIGABYTE:
            raise InfrastructureError(
                f"{purpose} needs about {gigabytes:g} GB of disk, the Docker daemon at {self.url} has "
                f"{free / GIGABYTE:.1f} GB free",
                "free some with `dirac-cert images prune`, or name another daemon with DOCKER_HOST",
            )


def connect() -> Daemon:
    """The daemon that DOCKER_HOST names (with its TLS variables), else the one of this machine.

    Raises InfrastructureError (exit code 2) with the way out: no right to use it, or no daemon.
    """
    url = os.environ.get("DOCKER_HOST") or _default_url()
    try:
        client = docker.from_env(timeout=CONNECT_LIMIT, environment={**os.environ, "DOCKER_HOST": url})
        client.ping()
    except ValueError as error:  # what no URL can be, such as a port of seven digits
        raise InfrastructureError(f"DOCKER_HOST is no address of a daemon: {url}: {error}", EXAMPLES) from error
    except (DockerException, requests.RequestException, OSError) as error:
        raise refusal(error, url) from error
    client.api.timeout = CALL_LIMIT
    return Daemon(client, url)


def refusal(error: BaseException, url: str) -> InfrastructureError:
    """Why a daemon did not answer, as a person needs to hear it."""
    if any(isinstance(each, PermissionError) for each in _chain(error)):
        return InfrastructureError(
            f"no right to use the Docker daemon at {url}",
            "join the group: `sudo usermod -aG docker $USER`, then log in again",
        )
    return InfrastructureError(
        f"no Docker daemon answers at {url}",
        "`ci/bootstrap` installs and starts one; another is named with DOCKER_HOST",
    )


def went_away(error: Exception) -> InfrastructureError:
    """What a person hears when a call to the daemon failed in the middle of work."""
    if isinstance(error, docker.errors.APIError):
        what = str(error.explanation or error).strip().splitlines()[0]
        way_out = "`dirac-cert status` shows what stands, `dirac-cert down --all` removes it"
        if "no space left" in what:
            way_out = "free some disk, e.g. with `dirac-cert images prune`"
        return InfrastructureError(f"the Docker daemon refused: {what}", way_out)
    return InfrastructureError(
        "the Docker daemon went away",
        "start it again (`ci/bootstrap`), then `dirac-cert down --all` removes what was left",
    )


def _default_url() -> str:
    """The socket of this machine; Docker Desktop may have it only in the home folder."""
    system, own = Path("/var/run/docker.sock"), Path.home() / ".docker/run/docker.sock"
    return f"unix://{own if own.exists() and not system.exists() else system}"


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and all it was made of: the SDK and its HTTP library wrap the cause as an argument or as context."""
    seen: set[int] = set()
    waiting: list[BaseException] = [error]
    while waiting:
        each = waiting.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        inner = [each.__cause__, each.__context__, getattr(each, "reason", None), *each.args]
        waiting.extend(one for one in inner if isinstance(one, BaseException))


def _bytes_of(text: str) -> int | None:
    """``12.5GB`` as a number; None for what is no such text."""
    units = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
    for unit in sorted(units, key=len, reverse=True):
        if text.endswith(unit):
            try:
                return int(float(text.removesuffix(unit)) * units[unit])
            except ValueError:
                return None
    return None
