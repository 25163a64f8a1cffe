"""What of ours is on a daemon: instances and their state, and what builds have there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from diraccert.images import labels
from diraccert.images.daemon import Daemon


class State(StrEnum):
    """``running``: every host runs; ``partly``: some do; ``expired``: none does, as nobody used it."""

    RUNNING = "running"
    PARTLY = "partly"
    EXPIRED = "expired"


@dataclass(frozen=True)
class InstanceStatus:
    """One instance: ``hosts`` says how Docker names the state of each container; ``started`` is in UTC."""

    name: str
    state: State
    distribution: str
    digest: str
    started: datetime
    hosts: Mapping[str, str]

    def age(self, now: datetime) -> float:
        """Seconds since it was started."""
        return (now - self.started).total_seconds()


@dataclass(frozen=True)
class BuildStatus:
    """A container of a build that goes on, or that a killed build has left."""

    container: str
    state: str
    started: datetime


@dataclass(frozen=True)
class Status:
    """All of it. ``networks`` are those of ours whose containers are all gone."""

    instances: tuple[InstanceStatus, ...]
    builds: tuple[BuildStatus, ...]
    networks: tuple[str, ...]


def read(daemon: Daemon) -> Status:
    """Everything that ``down --all`` would remove."""
    found = _containers(daemon, labels.Kind.BUILD)
    builds = tuple(BuildStatus(_name(each), each["State"], _created(each)) for each in found)
    standing = instances(daemon)
    return Status(
        standing, builds, _abandoned(daemon, {each.name for each in standing}, {each.container for each in builds})
    )


def instances(daemon: Daemon) -> tuple[InstanceStatus, ...]:
    """The instances, by name."""
    by_name: dict[str, list[dict[str, Any]]] = {}
    for each in _containers(daemon, labels.Kind.INSTANCE):
        by_name.setdefault(each["Labels"].get(labels.INSTANCE, ""), []).append(each)
    return tuple(_status(name, containers) for name, containers in sorted(by_name.items()))


def state_of(states: Mapping[str, str]) -> State:
    """The state of an instance from those of its containers."""
    running = [state == "running" for state in states.values()]
    if all(running):
        return State.RUNNING
    # A container that was created and never started belongs to an `up` that goes on or was killed.
    return State.PARTLY if any(running) or "created" in states.values() else State.EXPIRED


def _status(name: str, containers: list[dict[str, Any]]) -> InstanceStatus:
    hosts = {each["Labels"].get(labels.HOST, _name(each)): str(each["State"]) for each in containers}
    first = containers[0]["Labels"]
    return InstanceStatus(
        name=name,
        state=state_of(hosts),
        distribution=first.get(labels.DISTRIBUTION, ""),
        digest=first.get(labels.DIGEST, ""),
        started=min(map(_created, containers)),
        hosts=dict(sorted(hosts.items())),
    )


def _containers(daemon: Daemon, kind: labels.Kind) -> list[dict[str, Any]]:
    return list(daemon.client.api.containers(all=True, filters={"label": f"{labels.KIND}={kind.value}"}))


def _abandoned(daemon: Daemon, standing: set[str], builds: set[str]) -> tuple[str, ...]:
    names = []
    for network in daemon.client.networks.list(filters={"label": labels.KIND}):
        name = str(network.name)
        marks = network.attrs.get("Labels") or {}
        if marks.get(labels.INSTANCE) not in standing and not any(each.startswith(name) for each in builds):
            names.append(name)
    return tuple(sorted(names))


def _name(container: Mapping[str, Any]) -> str:
    return str(container["Names"][0]).lstrip("/")


def _created(container: Mapping[str, Any]) -> datetime:
    return datetime.fromtimestamp(int(container["Created"]), tz=UTC)
