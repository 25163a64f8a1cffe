"""What has to be built for a distribution: image names from digests of inputs, and the stages that are missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from diraccert.images import base, labels, stages
from diraccert.images.build_plan import BuildPlan, ImageSet, debian_of
from diraccert.images.daemon import Daemon
from diraccert.images.missing import complete, missing
from diraccert.images.stages import Roles, StageOfRoles
from diraccert.model.manifest import Debian, Manifest

# Part of every digest: raise it when what the engine itself does to an image changes.
RECIPE = "1"


class Lock(Protocol):
    """What a plan needs of a resolved lock."""

    @property
    def text(self) -> str:
        """The requirements file with hashes."""

    @property
    def index(self) -> str:
        """The part of it that comes from the index; all of it unless packages come from source."""


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
        *(below[of, debian_of(host, manifest)] for host, of in sorted(roles.stages.system.blank.items()) if of),
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


def _below(roles: Roles, manifest: Manifest) -> dict[tuple[str, Debian], str]:
    """Tags of what this distribution shares with others, by stage and Debian."""
    needed = [(roles.stages.dirac.of, manifest.debian)]
    needed += [(of, debian_of(host, manifest)) for host, of in roles.stages.system.blank.items()]
    return {
        (name, suite): labels.tag(
            name, stages.digest(RECIPE, base.digest(suite), roles.digest_of(roles.stages.below[name]))
        )
        for name, suite in needed
        if name
    }


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
