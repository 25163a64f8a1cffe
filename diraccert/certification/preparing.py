"""What precedes a certification: the distribution and the scenarios are read, and the steps to go are planned."""

from __future__ import annotations

from dataclasses import replace

from diraccert.certification import catalogue, durations, standing
from diraccert.certification.ordering import makespan
from diraccert.certification.request import Request, Watcher
from diraccert.certification.selection import Selection
from diraccert.distributions import child, dependencies
from diraccert.distributions import lock as locks
from diraccert.distributions import manifest as manifests
from diraccert.distributions import sourced as sourcing
from diraccert.distributions.sourced import Sourced
from diraccert.images import cache
from diraccert.images import plan as plans
from diraccert.images.build_plan import BuildPlan
from diraccert.images.daemon import Daemon
from diraccert.instances.up import UP_SECONDS
from diraccert.model.progress import Progress
from diraccert.model.scenario import ScenarioMeta

#: A person sees the plan within 5 s; a lock that is not known by then is announced as work.
LOCK_PATIENCE, LOCK_SECONDS = 2.5, 10.0
#: What building DIRAC's wheel takes; nothing when it was built before.
SOURCE_SECONDS = 4.0


def read(request: Request, progress: Progress) -> tuple[Sourced, list[ScenarioMeta]]:
    """The distribution, and the scenarios that there are: collected while what comes from source is built."""
    if not request.sources:
        read = Sourced(manifests.read(request.dist, request.rooms))
        return _of_the_time(request, read, progress), catalogue.read(request.rooms)
    progress.phase("packages from source", SOURCE_SECONDS)
    wheels = cache.folder("wheels")
    with child.beside(lambda: sourcing.read(request.dist, request.sources, request.rooms, wheels)) as taking:
        known = catalogue.read(request.rooms)
        sourced = taking.result()
    for source in sourced.manifest.sources:
        progress.note(f"from source: {source}")
    return _of_the_time(request, sourced, progress), known


def _of_the_time(request: Request, sourced: Sourced, progress: Progress) -> Sourced:
    """The distribution with the dependencies of the time that was asked for, which a person is told."""
    committed = request.as_of or sourced.committed
    manifest = dependencies.chosen(sourced.manifest, request.dependencies, sourced.wheels, committed=committed)
    if manifest is sourced.manifest:
        return sourced
    progress.note(f"dependencies: {dependencies.spoken(manifest)}")
    return replace(sourced, manifest=manifest)


def plan(
    request: Request, sourced: Sourced, chosen: Selection, daemon: Daemon, workers: int, watcher: Watcher
) -> tuple[locks.Lock, BuildPlan]:
    """The lock and what is to be built; the watcher is told the steps, first without the lock when that is slow."""
    scenarios = [("scenarios", makespan(chosen.run, workers, durations.expected()))]
    kept = cache.folder("distributions")
    with child.beside(lambda: locks.resolve(sourced.manifest, kept, wheels=sourced.wheels)) as resolving:
        try:
            lock = resolving.result(LOCK_PATIENCE)
        except TimeoutError:
            watcher.announce([("lock", LOCK_SECONDS), ("instance up", UP_SECONDS), *scenarios])
            watcher.progress.phase("lock", LOCK_SECONDS)
            lock = resolving.result()
    building_plan = plans.plan(daemon, sourced.manifest, lock, request.rooms, [each.path for each in sourced.wheels])
    building = [(f"image {stage.name}", stage.seconds) for stage in building_plan.stages]
    warm = not building_plan.stages and not request.fresh and standing.is_warm(daemon, building_plan.image_set)
    standing_up = [] if warm else [("instance up", UP_SECONDS)]
    watcher.announce([*building, *standing_up, *scenarios])
    return lock, building_plan
