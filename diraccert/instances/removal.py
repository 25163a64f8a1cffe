"""Removing what carries our labels, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

from docker.errors import APIError, NotFound
from docker.models.containers import Container

from diraccert.images import labels
from diraccert.images.daemon import Daemon

_KINDS = (labels.Kind.INSTANCE, labels.Kind.BUILD)
_THREADS = 8


@dataclass(frozen=True)
class Removed:
    """How many things were removed."""

    containers: int = 0
    networks: int = 0
    volumes: int = 0

    def __bool__(self) -> bool:
        return bool(self.containers or self.networks or self.volumes)


def remove(daemon: Daemon, *filters: str) -> Removed:
    """Remove the containers, networks and volumes with one of these labels (``key=value``); never images."""
    client = daemon.client
    containers = {
        each.id: each
        for one in filters
        for each in client.containers.list(all=True, sparse=True, filters={"label": one})
    }
    with ThreadPoolExecutor(_THREADS) as pool:
        list(pool.map(_remove_container, containers.values()))
    networks = {each.id: each for one in filters for each in client.networks.list(filters={"label": one})}
    volumes = {each.id: each for one in filters for each in client.volumes.list(filters={"label": one})}
    for network in networks.values():
        with suppress(NotFound):
            network.remove()
    for volume in volumes.values():
        with suppress(NotFound):
            volume.remove()
    return Removed(len(containers), len(networks), len(volumes))


def everything(daemon: Daemon) -> Removed:
    """Remove all instances, and what killed builds left."""
    return remove(daemon, *(f"{labels.KIND}={kind.value}" for kind in _KINDS))


def of_ids(daemon: Daemon, containers: Iterable[str], networks: Iterable[str]) -> None:
    """Remove exactly these containers and networks."""
    found = []
    for container in containers:
        with suppress(NotFound):
            found.append(daemon.client.containers.get(container))
    with ThreadPoolExecutor(_THREADS) as pool:
        list(pool.map(_remove_container, found))
    for network in networks:
        with suppress(NotFound):
            daemon.client.networks.get(network).remove()


def _remove_container(container: Container) -> None:
    try:
        container.remove(force=True, v=True)
    except NotFound:
        return
    except APIError as error:
        # 409: another command is removing it at this moment
        if error.status_code != 409:
            raise
