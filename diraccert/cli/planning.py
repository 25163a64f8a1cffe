"""From what a person names to images: read the manifest, resolve the lock, plan and build; shared by commands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from diraccert import rooms as built_in
from diraccert.cli.progress import Shown, Step
from diraccert.model.manifest import Manifest

if TYPE_CHECKING:
    from diraccert.distributions.lock import Lock
    from diraccert.images.daemon import Daemon
    from diraccert.images.plan import BuildPlan, ImageSet

LOCK_SECONDS = 5.0

Dist = Annotated[
    str, typer.Argument(metavar="DIST", help="A version (8.0.86), requirements (DIRAC==8.0.86,...) or a manifest file.")
]
RoomsOption = Annotated[
    list[Path] | None,
    typer.Option("--rooms", metavar="DIR", help="A folder whose rooms (roles, scenarios, ci ...) come before ours."),
]


@dataclass(frozen=True)
class Planned:
    """A distribution and what must be built for it."""

    manifest: Manifest
    lock: Lock
    build: BuildPlan

    @property
    def steps(self) -> list[Step]:
        """What building does, with the seconds it is likely to take."""
        return [(f"image {stage.name}", stage.seconds) for stage in self.build.stages]


def rooms(extra: Sequence[Path] | None) -> tuple[Path, ...]:
    """The folders in which rooms are looked for: what the person named first, then our own."""
    return (*(extra or ()), built_in.builtin())


def plan(daemon: Daemon, dist: str, extra: Sequence[Path] | None, progress: Shown) -> Planned:
    """Read and resolve the distribution ``dist`` and find out what is missing for it on this daemon."""
    from diraccert.distributions import lock, manifest
    from diraccert.images import cache
    from diraccert.images import plan as planning

    where = rooms(extra)
    read = manifest.read(dist, where)
    progress.phase("lock", LOCK_SECONDS)
    resolved = lock.resolve(read, cache.folder("distributions"))
    if resolved.note:
        progress.say(resolved.note)
    return Planned(read, resolved, planning.plan(daemon, read, resolved, where))


def build(daemon: Daemon, planned: Planned, progress: Shown) -> ImageSet:
    """Build what is missing and answer the images."""
    from diraccert.images import build as building

    return building.build(daemon, planned.build, progress)
