"""How much disk images take together: layers that they share count once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from diraccert.images.daemon import Daemon


@dataclass(frozen=True)
class Layers:
    """An image as the daemon keeps it: digests of its layers, the lowest first, and the bytes of all of them."""

    digests: tuple[str, ...]
    size: int


def of(daemon: Daemon, tags: Iterable[str]) -> list[Layers]:
    """The layers of these images."""
    found = [daemon.client.images.get(tag).attrs for tag in tags]
    return [Layers(tuple(each["RootFS"]["Layers"]), int(each["Size"])) for each in found]


def together(images: Sequence[Layers]) -> int:
    """Bytes of these images together.

    Exact where every image is among them that two of them were made from: as each of ours is, from the base on.
    """
    known: dict[tuple[str, ...], int] = {}
    total = 0
    for image in sorted(set(images), key=lambda each: len(each.digests)):
        if image.digests in known:
            continue
        below = (image.digests[:count] for count in range(len(image.digests) - 1, 0, -1))
        total += image.size - next((known[chain] for chain in below if chain in known), 0)
        known[image.digests] = image.size
    return total
