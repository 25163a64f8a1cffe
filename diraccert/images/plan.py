"""What has to be built for a distribution: image names from digests of inputs, and the stages that are missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from docker.errors import ImageNotFound

from diraccert.images import base, durations, labels, stages
from diraccert.images.daemon import Daemon
from diraccert.images.stages import Roles, StageOfRoles
from diraccert.model.manifest import Debian, Manifest

# Part of every digest: raise it when what the engine itself does to an image changes.
RECIPE = "1"
DATABASE = "mysql"
"""The host whose Debian a manifest chooses (``database``)."""


class Lock(Protocol):
    """What a plan needs of a resolved lock."""

    @property
    def text(self) -> str:
        """The requirements file with hashes."""

    @property
    def index(self) -> str:
        """The part of it that comes from the index; all of it unless packages come from source."""


@dataclass(frozen=True)
class ImageSet:
    """The images of one distribution: ``tags`` by host; one digest for all, as they share a certificate authority.

    ``fitted`` are the hosts that have the packages of the distribution. Those that come from source are not part of
    the digest: it is their shape that is, and an instance takes the files when it is stood up.
    """

    digest: str
    tags: Mapping[str, str]
    distribution: str = ""
    fitted: tuple[str, ...] = ()


@dataclass(frozen=True)
class Stage:
    """A stage that must be built, and the seconds it is likely to take; ``suite`` is the Debian of a base."""

    name: str
    digest: str
    seconds: float
    suite: Debian = Debian.BOOKWORM


@dataclass(frozen=True)
class BuildPlan:
    """``stages`` in the order of building, empty when all images are there; the rest is what building needs.

    ``bases`` are the images of the Debians that hosts are made of. ``wheels`` are the files of what comes from source.
    Images in which something of these did not start or was refused are those of ``flawed_set``, for these wheels alone:
    other code of the same shape may do better. ``beside`` are the tags by host of each part that the topology has
    beside the system; where a part joins the system, they are what its hosts are made of there.
    """

    stages: tuple[Stage, ...]
    image_set: ImageSet
    bases: Mapping[Debian, str]
    dirac_tag: str
    roles: Roles
    manifest: Manifest
    lock_text: str
    patches: tuple[Path, ...]
    wheels: tuple[Path, ...] = ()
    flawed_set: ImageSet | None = None
    beside: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        """Seconds that all of it is likely to take."""
        return sum(stage.seconds for stage in self.stages)

    @property
    def base_tag(self) -> str:
        """The image that hosts with DIRAC are made of, and those that ask for no other Debian."""
        return self.bases[self.manifest.debian]

    @property
    def sources(self) -> dict[str, str]:
        """The hosts that stage system makes, and the image that it makes each of."""
        system = self.roles.stages.system
        blank = {DATABASE: self.bases[self.manifest.database]}
        return {
            **{
                host: blank.get(host, self.base_tag) if host in system.blank else self.dirac_tag
                for host in system.hosts
            },
            **{
                host: tag
                for part, tags in self.beside.items()
                for host, tag in tags.items()
                if self.roles.stages.beside[part].joins
            },
        }

    @property
    def tags(self) -> frozenset[str]:
        """Every image that this distribution stands on."""
        flawed = self.flawed_set.tags.values() if self.flawed_set else ()
        return frozenset({*self.bases.values(), self.dirac_tag, *self.image_set.tags.values(), *flawed})


def plan(
    daemon: Daemon, manifest: Manifest, lock: Lock, rooms: Sequence[Path], wheels: Sequence[Path] = ()
) -> BuildPlan:
    """What is missing on this daemon for the distribution; ``wheels`` are the files of its sources.

    BadInput: rooms without roles, no such patch, a topology that no role makes, or a Python that no Debian has.
    """
    roles = stages.read(rooms)
    patches = stages.patches(rooms, (patch.name for patch in manifest.patches))
    base_digest = base.digest(manifest.debian)
    dirac_digest = stages.digest(
        RECIPE,
        base_digest,
        roles.digest_of(roles.stages.dirac),
        *_packages(manifest, lock),
        manifest.python,
        *(stages.digest_of_files(patch) for patch in patches),
        *(f"{key}={value}" for key, value in sorted(manifest.variables.items())),
    )
    parts = roles.beside(manifest.beside)
    beside = _beside(parts, roles, manifest)
    system_digest = stages.digest(
        RECIPE,
        dirac_digest,
        base.digest(manifest.database),
        roles.digest_of(roles.stages.system),
        *(roles.digest_of(stage.joined) for stage in parts.values() if stage.joins),
        manifest.catalogue,
        manifest.topology,
        # what an instance is known by is that of all its hosts
        *(tag for tags in beside.values() for tag in tags.values()),
    )
    image_set = _set(system_digest, roles, manifest, beside)
    flawed_set = None
    built_with = sorted(source.sha256 for source in manifest.sources if source.shape)
    if built_with:
        flawed_set = _set(stages.digest(system_digest, *built_with), roles, manifest, beside)
        if complete(daemon, flawed_set) and not complete(daemon, image_set):
            image_set = flawed_set
    suites = dict.fromkeys((manifest.debian, manifest.database, *(stage.suite for stage in parts.values())))
    bases = {suite: labels.tag("base", base.digest(suite)) for suite in suites}
    dirac_tag = labels.tag("dirac", dirac_digest)
    return BuildPlan(
        stages=_missing(daemon, manifest, bases, dirac_tag, image_set, beside, parts),
        image_set=image_set,
        bases=bases,
        dirac_tag=dirac_tag,
        roles=roles,
        manifest=manifest,
        lock_text=lock.text,
        patches=patches,
        wheels=tuple(wheels),
        flawed_set=flawed_set,
        beside=beside,
    )


def _packages(manifest: Manifest, lock: Lock) -> tuple[str, ...]:
    """What of the packages images hold: all of them, but of those that come from source the shape only."""
    shapes = [f"{source.name} {source.shape}" for source in manifest.sources if source.shape]
    if not shapes:
        return lock.text, manifest.dirac_version
    from_index = [] if any(shape.startswith("DIRAC ") for shape in shapes) else [manifest.dirac_version]
    return lock.index, *from_index, *sorted(shapes)


def _beside(parts: Mapping[str, StageOfRoles], roles: Roles, manifest: Manifest) -> dict[str, dict[str, str]]:
    """Tags of what stands beside the system, by part and host: of the base image and roles, and nothing of DIRAC.

    Of the manifest's variables a part gets those that bear its name, as its role's own do.
    """
    found = {}
    for part, stage in parts.items():
        own = (f"{key}={value}" for key, value in sorted(manifest.variables.items()) if key.startswith(f"{part}_"))
        digest = stages.digest(RECIPE, base.digest(stage.suite), roles.digest_of(stage), *own)
        found[part] = {host: labels.tag(host, digest) for host in stage.hosts}
    return found


def _set(digest: str, roles: Roles, manifest: Manifest, beside: Mapping[str, Mapping[str, str]]) -> ImageSet:
    system = roles.stages.system
    return ImageSet(
        digest=digest,
        tags={
            **{host: labels.tag(host, digest) for host in system.hosts},
            **{
                host: labels.tag(host, digest) if roles.stages.beside[part].joins else tag
                for part, tags in beside.items()
                for host, tag in tags.items()
            },
        },
        distribution=series(manifest),
        fitted=tuple(host for host in system.hosts if host not in system.blank),
    )


def series(manifest: Manifest) -> str:
    """What images and instances are named after: the distribution; of sources, which change, packages and line."""
    if not manifest.sources:
        return manifest.name
    return f"source of {', '.join(source.name for source in manifest.sources)} {manifest.line}"


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


def _missing(
    daemon: Daemon,
    manifest: Manifest,
    bases: Mapping[Debian, str],
    dirac_tag: str,
    image_set: ImageSet,
    beside: Mapping[str, Mapping[str, str]],
    parts: Mapping[str, StageOfRoles],
) -> tuple[Stage, ...]:
    """A stage is needed only by what comes after it: with the system's images there, neither its packages' nor the
    base is."""
    system = [tag for tag in image_set.tags.values() if tag.endswith(f":{image_set.digest}")]
    whole = all(exists(daemon, tag) for tag in system)
    found = [
        _stage(part, next(iter(tags.values())), parts[part].suite)
        for part, tags in beside.items()
        if not all(exists(daemon, tag) for tag in tags.values()) and not (whole and parts[part].joins)
    ]
    suites = {stage.suite for stage in found}
    if not whole:
        if not exists(daemon, dirac_tag):
            found.append(_stage("dirac", dirac_tag))
        found.append(_stage("system", f"system:{image_set.digest}"))
        suites |= {manifest.debian, manifest.database}
    lacking = [
        _stage("base", tag, suite) for suite, tag in bases.items() if suite in suites and not exists(daemon, tag)
    ]
    return (*lacking, *found)


def _stage(name: str, tag: str, suite: Debian = Debian.BOOKWORM) -> Stage:
    return Stage(name, tag.rpartition(":")[2], durations.expected(name), suite)
