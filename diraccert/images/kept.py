"""The images of ours on a daemon: which there are, and which the latest plans need."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from docker.errors import APIError, ImageNotFound

from diraccert.images import cache, labels
from diraccert.images.build_plan import BuildPlan
from diraccert.images.daemon import Daemon

_KINDS = (labels.Kind.IMAGE, labels.Kind.BASE)
# Names go from the last stage to the first: an image is removed before the one it was made from.
_STAGES = {"dirac": 1, "debian": 2, "database": 2, "base": 3}


@dataclass(frozen=True)
class Image:
    """An image of ours; ``tag`` is empty for what an interrupted build left. ``size`` counts shared layers too."""

    id: str
    tag: str
    size: int
    created: datetime
    distributions: tuple[str, ...] = ()


def remember(plan: BuildPlan) -> None:
    """Keep in the cache folder which images the latest plan of this distribution needs."""
    path = cache.folder("needed") / f"{plan.image_set.distribution.replace('/', '_')[:100]}.json"
    cache.keep(path, json.dumps(sorted(plan.tags)))


def needed() -> dict[str, frozenset[str]]:
    """The tags that the latest plan of each distribution needs, by the name of the distribution."""
    return {path.stem: _tags_in(path) for path in sorted(cache.folder("needed").glob("*.json"))}


def _tags_in(path: Path) -> frozenset[str]:
    """None of a file that somebody has spoilt: its images are built again when they are needed."""
    try:
        return frozenset(map(str, json.loads(path.read_text(encoding="utf-8"))))
    except (OSError, ValueError, TypeError, RecursionError):
        return frozenset()


def images(daemon: Daemon) -> tuple[Image, ...]:
    """All images of ours, by name."""
    plans = needed()
    found = []
    for kind in _KINDS:
        for each in daemon.client.api.images(filters={"label": f"{labels.KIND}={kind.value}"}):
            tags = [tag for tag in each.get("RepoTags") or [] if tag.startswith(f"{labels.REPOSITORY}/")]
            created = datetime.fromtimestamp(int(each["Created"]), tz=UTC)
            found += [
                Image(
                    each["Id"], tag, each["Size"], created, tuple(name for name, need in plans.items() if tag in need)
                )
                for tag in tags or [""]
            ]
    return tuple(sorted(found, key=lambda image: (image.tag, image.id)))


def superfluous(found: Iterable[Image], *, everything: bool) -> tuple[Image, ...]:
    """Those to remove, in the order of removing: all, or those that no latest plan needs."""
    chosen = [image for image in found if everything or not image.distributions]
    return tuple(sorted(chosen, key=lambda image: _STAGES.get(image.tag.partition("/")[2].partition(":")[0], 0)))


def remove(daemon: Daemon, chosen: Iterable[Image]) -> tuple[Image, ...]:
    """Remove these images, and answer those that a container still uses and that therefore stay."""
    used = []
    for image in chosen:
        try:
            with suppress(ImageNotFound):
                daemon.client.images.remove(image.tag or image.id)
        except APIError as error:
            if error.status_code != 409:
                raise
            used.append(image)
    return tuple(used)
