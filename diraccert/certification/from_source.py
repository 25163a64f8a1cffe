"""The instance of a run whose packages come from source: its images fit every state of a checkout of the same shape."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from diraccert.certification import holding, spoiling, standing
from diraccert.certification.holding import Hold
from diraccert.images import cache
from diraccert.images.build_plan import ImageSet
from diraccert.images.daemon import Daemon
from diraccert.instances import fitting as fittings
from diraccert.instances.fitting import Fitting
from diraccert.instances.instance import Instance
from diraccert.instances.readiness import READY
from diraccert.instances.up import default_name, up
from diraccert.model.errors import InfrastructureError
from diraccert.model.progress import Progress

READY_LIMIT = 60.0
"""Seconds that new code has to start whole; then it is certified with what stands, and UPG-01 says what is missing."""
REFIT_SECONDS = 5.0
COMPONENTS_HOST = "server"


@dataclass(frozen=True)
class Stood:
    """An instance for one run; ``hold`` keeps other runs from changing it, ``temporary`` goes when the run is over."""

    instance: Instance
    hold: Hold | None = None
    temporary: bool = False


def stand(
    daemon: Daemon, image_set: ImageSet, fitting: Fitting, progress: Progress, *, fresh: bool, alone: bool = False
) -> Stood:
    """An instance that is ready and runs the packages of ``fitting``.

    The warm one of these images takes them and is reset, unless another run uses it with other packages: then, and
    with ``fresh``, it is one for this run alone. ``alone``: the run will leave nothing as it was. It gets an instance
    that nobody else uses, as it is after a reset; the next run that does finds it marked, and resets it.
    """
    name = default_name(image_set)
    hold = None if fresh else holding.take(cache.folder("turns"), name)
    if hold is None:
        return _temporary(daemon, image_set, fitting, progress)
    try:
        if hold.alone:
            instance = _warm(daemon, image_set, name, fitting, progress, anew=alone)
            if alone:
                spoiling.mark(instance)
            else:
                hold.share()
            return Stood(instance, hold)
        shared = None if alone else standing.sound(daemon, image_set, name)
        if shared and fittings.has(shared, fitting):
            await_ready(shared, progress)
            return Stood(shared, hold)
    except BaseException:
        hold.close()
        raise
    hold.close()
    progress.note(f"another run uses instance {name}")
    return _temporary(daemon, image_set, fitting, progress)


def await_ready(instance: Instance, progress: Progress) -> None:
    """Wait until all answers, or go on without what does not: new code that does not start is wrong, and not we.

    InfrastructureError when it is the instance that is broken.
    """
    try:
        instance.wait_ready(progress, READY_LIMIT)
    except InfrastructureError:
        if standing.broken(instance):
            raise
        left_out = instance.host(COMPONENTS_HOST).must([READY, "--leave-out"]).split("\n")
        progress.note(f"does not start: {', '.join(filter(None, left_out)) or 'nothing any more'}")
        instance.wait_ready(progress)


def _warm(
    daemon: Daemon, image_set: ImageSet, name: str, fitting: Fitting, progress: Progress, *, anew: bool
) -> Instance:
    instance = standing.sound(daemon, image_set, name, progress)
    if instance is None:
        return up(
            daemon, image_set, name, progress, fitting=fitting, await_ready=lambda made: await_ready(made, progress)
        )
    instance.touch()
    if fittings.has(instance, fitting):
        progress.phase("instance", 1.0)
        progress.note(f"the warm instance {name} is used again")
        if not (anew or spoiling.is_marked(instance)):
            await_ready(instance, progress)
            return instance
    else:
        progress.phase("packages from source", REFIT_SECONDS)
        fittings.refit(instance, fitting)
    instance.reset(lambda: await_ready(instance, progress))
    spoiling.clear(instance)
    return instance


def _temporary(daemon: Daemon, image_set: ImageSet, fitting: Fitting, progress: Progress) -> Stood:
    name = f"{default_name(image_set)[:35].rstrip('-')}-{secrets.token_hex(2)}"
    made = up(daemon, image_set, name, progress, fitting=fitting, await_ready=lambda new: await_ready(new, progress))
    return Stood(made, temporary=True)
