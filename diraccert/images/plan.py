"""What has to be built for a distribution: image names from digests of inputs, and the stages that are missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from diraccert.images import base, labels, stages
from diraccert.images.daemon import Daemon
from diraccert.images.missing import Stage, complete, missing
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
class BuildPlan:
    """``stages`` in the order of building, empty when all images are there; the rest is what building needs.

    ``bases`` are the images of the Debians that hosts are made of, ``below`` those that releases share, by the stage
    that makes each and the Debian. ``wheels`` are the files of what comes from source.
    Images in which something of these did not start or was refused are those of ``flawed_set``, for these wheels alone:
    other code of the same shape may do better. ``beside`` are the tags by host of each part that the topology has
    beside the system; where a part joins the system, they are what its hosts are made of there.
    """

    stages: tuple[Stage, ...]
    image_set: ImageSet
    bases: Mapping[Debian, str]
    below: Mapping[tuple[str, Debian], str]
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
        """The Debian of hosts with DIRAC, and of those that ask for no other, without anything."""
        return self.bases[self.manifest.debian]

    @property
    def below_dirac(self) -> str:
        """The image that stage dirac is made of."""
        return _made_of(self.roles.stages.dirac.of, self.manifest.debian, self.bases, self.below)

    @property
    def sources(self) -> dict[str, str]:
        """The hosts that stage system makes, and the image that it makes each of."""
        system = self.roles.stages.system
        blank = {
            host: _made_of(of, _debian(host, self.manifest), self.bases, self.below)
            for host, of in system.blank.items()
        }
        return {
            **{host: blank.get(host, self.dirac_tag) for host in system.hosts},
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
        return frozenset(
            {*self.bases.values(), *self.below.values(), self.dirac_tag, *self.image_set.tags.values(), *flawed}
        )


def plan(
    daemon: Daemon, manifest: Manifest, lock: Lock, rooms: Sequence[Path], wheels: Sequence[Path] = ()
) -> BuildPlan:
    """What is missing on this daemon for the distribution; ``wheels`` are the files of its sources.

    BadInput: rooms without roles, no such patch, a topology that no role makes, or a Python that no Debian has.
    """
    roles = stages.read(rooms)
    patches = stages.patches(rooms, (patch.name for patch in manifest.patches))
    dirac_of, below = roles.stages.dirac.of, _below(roles, manifest)
    dirac_digest = stages.digest(
        RECIPE,
        below[dirac_of, manifest.debian] if dirac_of else base.digest(manifest.debian),
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
        *(below[of, _debian(host, manifest)] for host, of in sorted(roles.stages.system.blank.items()) if of),
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
    whole = BuildPlan(
        stages=(),
        image_set=image_set,
        bases=bases,
        below=below,
        dirac_tag=dirac_tag,
        roles=roles,
        manifest=manifest,
        lock_text=lock.text,
        patches=patches,
        wheels=tuple(wheels),
        flawed_set=flawed_set,
        beside=beside,
    )
    return replace(whole, stages=missing(daemon, whole, parts))


def _debian(host: str, manifest: Manifest) -> Debian:
    """The Debian of a host without DIRAC."""
    return manifest.database if host == DATABASE else manifest.debian


def _below(roles: Roles, manifest: Manifest) -> dict[tuple[str, Debian], str]:
    """Tags of what this distribution shares with others, by stage and Debian."""
    needed = [(roles.stages.dirac.of, manifest.debian)]
    needed += [(of, _debian(host, manifest)) for host, of in roles.stages.system.blank.items()]
    return {
        (name, suite): labels.tag(
            name, stages.digest(RECIPE, base.digest(suite), roles.digest_of(roles.stages.below[name]))
        )
        for name, suite in needed
        if name
    }


def _made_of(name: str, suite: Debian, bases: Mapping[Debian, str], below: Mapping[tuple[str, Debian], str]) -> str:
    return below[name, suite] if name else bases[suite]


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
