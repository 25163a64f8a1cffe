"""The real default release for integration tests: its images, made once, and instances of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from diraccert import rooms
from diraccert.distributions import lock, manifest
from diraccert.images import build, cache, plan
from diraccert.images.build_plan import BuildPlan
from diraccert.images.daemon import Daemon
from diraccert.instances.instance import Instance
from diraccert.instances.up import up
from diraccert.model.progress import Silent

DEFAULT = "8.0.86"


def planned(daemon: Daemon, dist: str = DEFAULT) -> BuildPlan:
    """What must be built for a distribution, from this checkout's rooms."""
    read = manifest.read(dist, [rooms.builtin()])
    return plan.plan(daemon, read, lock.resolve(read, cache.folder("distributions")), [rooms.builtin()])


@contextmanager
def standing(daemon: Daemon, name: str, dist: str = DEFAULT) -> Iterator[Instance]:
    """An instance of the distribution under this name, removed at the end."""
    instance = up(daemon, build.build(daemon, planned(daemon, dist), Silent()), name, Silent())
    try:
        yield instance
    finally:
        instance.down()
