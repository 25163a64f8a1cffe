"""The instance that a run uses: the warm one of its images when it is sound, else a new one."""

from __future__ import annotations

import secrets

from diraccert.certification import probes
from diraccert.images.build_plan import ImageSet
from diraccert.images.daemon import Daemon
from diraccert.instances import status
from diraccert.instances.instance import Instance
from diraccert.instances.up import default_name, find, up
from diraccert.model.progress import Progress


def is_warm(daemon: Daemon, image_set: ImageSet) -> bool:
    """Whether an instance of these images stands under its usual name."""
    name = default_name(image_set)
    return any(
        each.name == name and each.digest == image_set.digest and each.state is status.State.RUNNING
        for each in status.instances(daemon)
    )


def stand(daemon: Daemon, image_set: ImageSet, progress: Progress, *, fresh: bool) -> Instance:
    """An instance that is ready. A warm one that fails its probes is replaced, as is one of other images."""
    name = default_name(image_set)
    if fresh:
        return up(daemon, image_set, f"{name}-{secrets.token_hex(2)}", progress)
    instance = sound(daemon, image_set, name, progress)
    if instance is None:
        return up(daemon, image_set, name, progress)
    progress.phase("instance", 1.0)
    progress.note(f"the warm instance {name} is used again")
    instance.touch()
    instance.wait_ready(progress)
    return instance


def sound(daemon: Daemon, image_set: ImageSet, name: str, progress: Progress | None = None) -> Instance | None:
    """The standing instance of these images and this name, when its probes pass. With ``progress`` one of this name
    that cannot be used is removed, and it is told why."""
    for each in status.instances(daemon):
        if each.name != name or each.state is status.State.EXPIRED:
            continue
        instance = find(daemon, name)
        why = (
            broken(instance) if each.digest == image_set.digest and each.state is status.State.RUNNING else "not whole"
        )
        if not why:
            return instance
        if progress:
            progress.note(f"instance {name} is replaced: {why}")
            instance.down()
    return None


def broken(instance: Instance) -> str:
    """Why the instance cannot be used, "" when its probes pass."""
    return probes.failing(
        lambda host, argv, limit: instance.host(host).run(argv, limit=limit), probes.probes_of(instance.hosts)
    )
