"""Standing an instance up from its images, and finding one that stands."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from docker.errors import APIError
from docker.models.containers import Container
from docker.types import Ulimit

from diraccert.images import labels
from diraccert.images.build_plan import ImageSet
from diraccert.images.daemon import Daemon
from diraccert.instances import fitting as fittings
from diraccert.instances import removal, status
from diraccert.instances.fitting import Fitting
from diraccert.instances.host import Host
from diraccert.instances.instance import READY_LIMIT, Instance
from diraccert.model.errors import BadInput, InfrastructureError
from diraccert.model.progress import Progress

IDLE_SECONDS = 7200
"""After so many seconds in which nobody used it an instance ends, unless DIRAC_CERT_IDLE says otherwise (0: never)."""
UP_SECONDS = 10.0
# Database files live in memory: they are lost with the instance anyway, and a reset is a copy.
TMPFS = {
    "mysql": {"/var/lib/mysql": "size=1g,mode=0755"},
    "opensearch": {"/var/lib/opensearch": "size=1g,mode=0755"},
}
# Debian's Docker gives a thousand million, and programs that close all of them at their start take minutes. No more
# than this: a daemon that was started by hand under a shell's limit refuses what is above its own.
_FILES = Ulimit(name="nofile", soft=16384, hard=16384)
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?")


def default_name(image_set: ImageSet) -> str:
    """The name of the warm instance of these images, such as ``8-0-86-1a2b``."""
    slug = re.sub(r"[^a-z0-9]+", "-", image_set.distribution.lower()).strip("-")[:32].strip("-")
    return f"{slug or 'dirac'}-{image_set.digest[:4]}"


def claim(daemon: Daemon, name: str) -> None:
    """See that the name can be used: BadInput when it is no name or in use. An expired instance of it is removed.

    Before a build this tells a person at once; another command may still take the name before ``up`` does.
    """
    if not _NAME.fullmatch(name):
        raise BadInput(f"{name!r} cannot name an instance", "use at most 40 lower-case letters, digits and dashes")
    found = next((each for each in status.instances(daemon) if each.name == name), None)
    if found and found.state is status.State.EXPIRED:
        removal.remove(daemon, f"{labels.INSTANCE}={name}")
    elif found:
        raise _in_use(name)


def up(
    daemon: Daemon,
    image_set: ImageSet,
    name: str,
    progress: Progress,
    *,
    fitting: Fitting | None = None,
    await_ready: Callable[[Instance], None] | None = None,
    ready_limit: float = READY_LIMIT,
) -> Instance:
    """Start a container per host on an internal network of its own, all at once, and wait until all answers.

    ``fitting`` are packages that hosts take before they start anything; ``await_ready`` waits in place of
    `Instance.wait_ready`. BadInput when the name is no name or in use (an expired instance of that name is replaced).
    Whatever goes wrong later, Ctrl-C included, removes what was started before it is told.
    """
    claim(daemon, name)
    progress.phase("instance up", UP_SECONDS)
    network: str | None = None
    try:
        network = str(
            daemon.client.networks.create(f"dirac-cert-{name}", internal=True, labels=_marks(image_set, name)).id
        )
        _start(daemon, image_set, name, network, fitting)
        instance = find(daemon, name)
        if await_ready:
            await_ready(instance)
        else:
            instance.wait_ready(progress, ready_limit)
        if fitting:
            fittings.check(instance, fitting)
    except BaseException:
        if network is not None:
            _undo(daemon, network)
        raise
    return instance


def find(daemon: Daemon, name: str) -> Instance:
    """The standing instance of this name, with the hosts that run. BadInput when there is none, or it has expired."""
    known = status.instances(daemon)
    found = next((each for each in known if each.name == name), None)
    if found is None:
        names = ", ".join(each.name for each in known) or "none"
        raise BadInput(
            f"there is no instance {name}", f"standing: {names}; `dirac-cert up DIST --name {name}` makes one"
        )
    if found.state is status.State.EXPIRED:
        raise BadInput(
            f"instance {name} has expired", f"`dirac-cert up {found.distribution} --name {name}` replaces it"
        )
    hosts = {
        host: Host(daemon, host, f"dirac-cert-{name}-{host}")
        for host, state in found.hosts.items()
        if state == "running"
    }
    return Instance(daemon, name, found.digest, found.distribution, hosts)


def _in_use(name: str) -> BadInput:
    return BadInput(
        f"the instance name {name} is in use", f"`dirac-cert down {name}` first, or give another one with --name"
    )


def _marks(image_set: ImageSet, name: str) -> dict[str, str]:
    return {
        labels.KIND: labels.Kind.INSTANCE.value,
        labels.INSTANCE: name,
        labels.DIGEST: image_set.digest,
        labels.DISTRIBUTION: image_set.distribution,
    }


def _start(daemon: Daemon, image_set: ImageSet, name: str, network: str, fitting: Fitting | None) -> None:
    parcel = fitting.parcel() if fitting else b""

    def create(host: str, limits: list[Ulimit]) -> Container:
        container = _create(daemon, image_set, name, network, host, limits)
        if fitting and host in fitting.hosts:
            fittings.put(container, parcel)
        return container

    def start(host: str) -> None:
        container = create(host, [_FILES])
        try:
            container.start()
        except APIError as error:
            if "rlimit" not in str(error.explanation):
                raise
            container.remove(force=True, v=True)
            create(host, []).start()

    with ThreadPoolExecutor(max(1, len(image_set.tags))) as pool:
        started = {host: pool.submit(start, host) for host in image_set.tags}
    for host, each in started.items():
        error = each.exception()
        if isinstance(error, APIError) and error.status_code == 409:
            raise _in_use(name) from error
        if isinstance(error, APIError):
            raise InfrastructureError(f"{host} of instance {name} did not start: {error.explanation}") from error
        each.result()


def _create(daemon: Daemon, image_set: ImageSet, name: str, network: str, host: str, limits: list[Ulimit]) -> Container:
    settings: dict[str, Any] = {
        "name": f"dirac-cert-{name}-{host}",
        "hostname": host,
        "network": network,
        "networking_config": {network: daemon.client.api.create_endpoint_config(aliases=[host])},
        "labels": {**_marks(image_set, name), labels.HOST: host},
        "environment": {"DIRAC_CERT_IDLE": os.environ.get("DIRAC_CERT_IDLE", str(IDLE_SECONDS))},
        "init": True,
        "tmpfs": TMPFS.get(host, {}),
        "ulimits": limits,
    }
    return daemon.client.containers.create(image_set.tags[host], **settings)


def _undo(daemon: Daemon, network: str) -> None:
    """Only what was started on this network: a container of the same name may be another command's."""
    containers = daemon.client.containers.list(all=True, sparse=True, filters={"network": network})
    removal.of_ids(daemon, [str(each.id) for each in containers], [network])
