"""From what a person names to images: read the manifest, resolve the lock, plan and build; shared by commands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from diraccert import rooms as built_in
from diraccert.cli.progress import Shown, Step
from diraccert.model.errors import BadInput
from diraccert.model.manifest import Manifest
from diraccert.model.run import Dependencies

if TYPE_CHECKING:
    from diraccert.distributions.lock import Lock
    from diraccert.images.build_plan import BuildPlan, ImageSet
    from diraccert.images.daemon import Daemon


def not_empty(context: typer.Context, parameter: typer.CallbackParam, value: str) -> str:
    """A text that was given: that of a variable which is not set says nothing, and must not stand for the default."""
    given = context.get_parameter_source(str(parameter.name))
    if given is not None and given.name == "COMMANDLINE" and not value.strip():
        raise typer.BadParameter(EMPTY)
    return value


def path(text: str) -> Path:
    """A path that was given; an empty one is not the folder in which this was called."""
    if not text.strip():
        raise typer.BadParameter(EMPTY)
    return Path(text)


EMPTY = "it is empty; leave the option away, or look at the variable that was to fill it"
LOCK_SECONDS = 5.0
BUILD_SECONDS = 4.0

Dist = Annotated[
    str, typer.Argument(metavar="DIST", help="A version (8.0.86), requirements (DIRAC==8.0.86,...) or a manifest file.")
]
SourceOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--source",
        metavar="PATH",
        parser=path,
        help="A git checkout or a wheel that replaces a package (repeatable): DIRAC, Pilot ...",
    ),
]
DistOrSource = Annotated[
    str,
    typer.Argument(metavar="DIST", help="As for `images build`; may be left out with --source.", show_default=False),
]
DependenciesOption = Annotated[
    Dependencies | None,
    typer.Option(
        "--dependencies",
        help="What the packages need: of the release's own time, or fresh. Without it: as the manifest says.",
    ),
]
RoomsOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--rooms", metavar="DIR", parser=path, help="A folder whose rooms (roles, scenarios, ci ...) come before ours."
    ),
]


@dataclass(frozen=True)
class Planned:
    """A distribution and what must be built for it."""

    manifest: Manifest
    lock: Lock
    build: BuildPlan
    files: tuple[Path, ...] = ()

    @property
    def steps(self) -> list[Step]:
        """What building does, with the seconds it is likely to take."""
        return [(f"image {stage.name}", stage.seconds) for stage in self.build.stages]


def rooms(extra: Sequence[Path] | None) -> tuple[Path, ...]:
    """The folders in which rooms are looked for: what the person named first, then those of installed packages, then
    our own. Raises `BadInput`."""
    for each in extra or ():
        if not any((each / room).is_dir() for room in built_in.ROOMS):
            raise BadInput(
                f"--rooms {each}: there is none of {', '.join(built_in.ROOMS)} in it", "name the folder that holds them"
            )
    return (*(extra or ()), *built_in.installed(), built_in.builtin())


def plan(
    daemon: Daemon,
    dist: str,
    extra: Sequence[Path] | None,
    progress: Shown,
    sources: Sequence[Path] | None = None,
    wanted: Dependencies | None = None,
) -> Planned:
    """Read and resolve the distribution ``dist`` and find out what is missing for it on this daemon."""
    from diraccert.distributions import dependencies, lock, manifest, sourced
    from diraccert.images import cache
    from diraccert.images import plan as planning

    where = rooms(extra)
    if sources:
        progress.phase("packages from source", BUILD_SECONDS)
        read = sourced.read(dist, sources, where, cache.folder("wheels"))
        for source in read.manifest.sources:
            progress.say(f"from source: {source}")
    else:
        read = sourced.Sourced(manifest.read(dist, where))
    progress.phase("lock", LOCK_SECONDS)
    meant = dependencies.chosen(read.manifest, wanted, read.wheels, committed=read.committed)
    if meant is not read.manifest:
        progress.say(f"dependencies: {dependencies.spoken(meant)}")
    resolved = lock.resolve(meant, cache.folder("distributions"), wheels=read.wheels)
    if resolved.note:
        progress.say(resolved.note)
    wheels = [each.path for each in read.wheels]
    return Planned(meant, resolved, planning.plan(daemon, meant, resolved, where, wheels), read.files)


def build(daemon: Daemon, planned: Planned, progress: Shown) -> ImageSet:
    """Build what is missing and answer the images."""
    from diraccert.images import build as building

    return building.build(daemon, planned.build, progress)
