"""The labels by which every container, network, volume and image of ours is found again."""

from __future__ import annotations

from enum import StrEnum

PREFIX = "org.diracgrid.cert"
KIND = f"{PREFIX}.kind"
INSTANCE = f"{PREFIX}.instance"
HOST = f"{PREFIX}.host"
DIGEST = f"{PREFIX}.digest"
DISTRIBUTION = f"{PREFIX}.distribution"

REPOSITORY = "dirac-cert"


class Kind(StrEnum):
    """What a labelled thing is for. A container inherits the labels of its image, so that a container which somebody
    starts by hand from one of our images says ``image`` and is not ours to remove."""

    INSTANCE = "instance"
    BUILD = "build"
    BASE = "base"
    IMAGE = "image"


def tag(name: str, digest: str) -> str:
    """The full name of an image of ours."""
    return f"{REPOSITORY}/{name}:{digest}"


def changes(labels: dict[str, str], command: str = "") -> list[str]:
    """Labels (and the command) as instructions that ``docker commit`` and ``docker import`` apply."""
    lines = [f'LABEL {key}="{value}"' for key, value in labels.items()]
    return [*lines, f'CMD ["{command}"]'] if command else lines
