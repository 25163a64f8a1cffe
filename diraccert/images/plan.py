"""What has to be built for a distribution: image names from digests of inputs, and the stages that are missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from docker.errors import ImageNotFound

from diraccert.images import base, durations, labels, stages
from diraccert.images.daemon import Daemon
from diraccert.images.stages import Roles
from diraccert.model.manifest import Manifest

# Part of every digest: raise it when what the engine itself does to an image changes.
RECIPE = "1"


class Lock(Protocol):
    """What a plan needs of a resolved lock."""

    @property
    def text(self) -> str:
        """The requirements file with hashes."""


@dataclass(frozen=True)
class ImageSet:
    """The images of one distribution: ``tags`` by host; one digest for all, as they share a certificate authority."""

    digest: str
    tags: Mapping[str, str]
    distribution: str = ""


@dataclass(frozen=True)
class Stage:
    """A stage that must be built, and the seconds it is likely to take."""

    name: str
    digest: str
    seconds: float


@dataclass(frozen=True)
class BuildPlan:
    """``stages`` in the order of building, empty when all images are there; the rest is what building needs."""

    stages: tuple[Stage, ...]
    image_set: ImageSet
    base_tag: str
    dirac_tag: str
    roles: Roles
    manifest: Manifest
    lock_text: str
    patches: tuple[Path, ...]

    @property
    def seconds(self) -> float:
        """Seconds that all of it is likely to take."""
        return sum(stage.seconds for stage in self.stages)

    @property
    def tags(self) -> frozenset[str]:
        """Every image that this distribution stands on."""
        return frozenset({self.base_tag, self.dirac_tag, *self.image_set.tags.values()})


def plan(daemon: Daemon, manifest: Manifest, lock: Lock, rooms: Sequence[Path]) -> BuildPlan:
    """What is missing on this daemon for the distribution. BadInput: rooms without roles, or no such patch."""
    roles = stages.read(rooms)
    patches = stages.patches(rooms, (patch.name for patch in manifest.patches))
    base_digest = base.digest()
    dirac_digest = stages.digest(
        RECIPE,
        base_digest,
        roles.digest_of(roles.stages.dirac),
        lock.text,
        manifest.dirac_version,
        manifest.python,
        *(stages.digest_of_files(patch) for patch in patches),
        *(f"{key}={value}" for key, value in sorted(manifest.variables.items())),
    )
    system_digest = stages.digest(
        RECIPE, dirac_digest, roles.digest_of(roles.stages.system), manifest.catalogue, manifest.topology
    )
    image_set = ImageSet(
        system_digest, {host: labels.tag(host, system_digest) for host in roles.stages.system.hosts}, manifest.name
    )
    base_tag, dirac_tag = labels.tag("base", base_digest), labels.tag("dirac", dirac_digest)
    return BuildPlan(
        stages=_missing(daemon, base_tag, dirac_tag, image_set),
        image_set=image_set,
        base_tag=base_tag,
        dirac_tag=dirac_tag,
        roles=roles,
        manifest=manifest,
        lock_text=lock.text,
        patches=patches,
    )


def exists(daemon: Daemon, tag: str) -> bool:
    """Whether the daemon has the image."""
    try:
        daemon.client.images.get(tag)
    except ImageNotFound:
        return False
    return True


def complete(daemon: Daemon, image_set: ImageSet) -> bool:
    """Whether every host of the set has its image. A set that lacks one is not used: it is built again whole."""
    return all(exists(daemon, tag) for tag in image_set.tags.values())


def _missing(daemon: Daemon, base_tag: str, dirac_tag: str, image_set: ImageSet) -> tuple[Stage, ...]:
    """A stage is needed only by what comes after it: with the system's images there, nothing is built."""
    if complete(daemon, image_set):
        return ()
    found = [Stage("system", image_set.digest, durations.expected("system"))]
    has_base = exists(daemon, base_tag)
    if not exists(daemon, dirac_tag):
        found.insert(0, Stage("dirac", dirac_tag.rpartition(":")[2], durations.expected("dirac")))
    if not has_base:
        found.insert(0, Stage("base", base_tag.rpartition(":")[2], durations.expected("base")))
    return tuple(found)
