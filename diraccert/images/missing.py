"""Which images of a plan the daemon lacks, as the stages that make them."""

from __future__ import annotations

from collections.abc import Mapping

from docker.errors import ImageNotFound

from diraccert.images import durations
from diraccert.images.build_plan import BuildPlan, ImageSet, Stage
from diraccert.images.daemon import Daemon
from diraccert.images.stages import StageOfRoles
from diraccert.model.manifest import Debian


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


def missing(daemon: Daemon, plan: BuildPlan, parts: Mapping[str, StageOfRoles]) -> tuple[Stage, ...]:
    """A stage is needed only by what comes after it: with the system's images there, neither its packages' nor the
    base is."""
    system = [tag for tag in plan.image_set.tags.values() if tag.endswith(f":{plan.image_set.digest}")]
    whole = all(exists(daemon, tag) for tag in system)
    found = [
        _stage(part, next(iter(tags.values())), parts[part].suite)
        for part, tags in plan.beside.items()
        if not all(exists(daemon, tag) for tag in tags.values()) and not (whole and parts[part].joins)
    ]
    made_of = {plan.bases[stage.suite] for stage in found}
    if not whole:
        made_of |= set(plan.sources.values())
        dirac = [] if exists(daemon, plan.dirac_tag) else [_stage("dirac", plan.dirac_tag, plan.manifest.debian)]
        made_of |= {plan.below_dirac for _ in dirac}
        for (name, suite), tag in plan.below.items():
            if tag in made_of and not exists(daemon, tag):
                found.append(_stage(name, tag, suite))
                made_of.add(plan.bases[suite])
        found += [*dirac, _stage("system", f"system:{plan.image_set.digest}")]
    lacking = [
        _stage("base", tag, suite) for suite, tag in plan.bases.items() if tag in made_of and not exists(daemon, tag)
    ]
    return (*lacking, *found)


def _stage(name: str, tag: str, suite: Debian = Debian.BOOKWORM) -> Stage:
    return Stage(name, tag.rpartition(":")[2], durations.expected(name), suite)
