"""The manifest of a distribution some of whose packages come from source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import yaml
from packaging.utils import canonicalize_name

from diraccert.distributions import manifest as manifests
from diraccert.distributions import sources, wheel
from diraccert.distributions.builder import Builder
from diraccert.distributions.sources import Taken
from diraccert.distributions.wheel import Wheel
from diraccert.model.errors import BadInput
from diraccert.model.manifest import Manifest
from diraccert.model.run import Source

SERVER = "server"


@dataclass(frozen=True)
class Sourced:
    """A manifest, and what of it was taken from source, in the order of its ``sources``."""

    manifest: Manifest
    taken: tuple[Taken, ...] = ()

    @property
    def wheels(self) -> tuple[Wheel, ...]:
        """The packages that were built or given."""
        return tuple(each.wheel for each in self.taken if each.wheel)

    @property
    def committed(self) -> date | None:
        """The day (UTC) of the commit that DIRAC was made of; None when it was not made of one."""
        return next((each.committed for each in self.taken if each.wheel and each.wheel.key == "dirac"), None)

    @property
    def files(self) -> tuple[Path, ...]:
        """What hosts get of it, each of another name: wheels, and the Pilot's bundle."""
        return tuple(each.path for each in self.taken)


def read(
    dist: str, paths: Sequence[Path], rooms: Sequence[Path], cache: Path, builder: Builder | None = None
) -> Sourced:
    """The distribution ``dist`` with the packages at ``paths`` (checkouts, wheels) instead of its own.

    Without ``dist`` it is that of the release which the DIRAC among them leads to: of 8.0.87.dev3 the manifest 8.0.87,
    else that of the line. It is named after the commits. ``cache`` keeps what is built. Raises `BadInput`.
    """
    taken = sources.take(paths, cache, builder)
    wheels = [each.wheel for each in taken if each.wheel]
    dirac = next((each for each in wheels if each.key == "dirac"), None)
    if not dist and dirac is None:
        given = ", ".join(each.source.name for each in taken)
        raise BadInput(
            f"there is no DIRAC in the sources ({given}), and no distribution is named",
            "name the release that they go with: dirac-cert certify 8.0.86 --source PATH",
        )
    if dirac:
        _check_dirac(dirac)
    named = dist or (dirac.version.base_version if dirac else "")
    base = manifests.read(named, rooms, [f"{each.name}=={each.version}" for each in wheels])
    for each in wheels:
        wheel.check_python(each, base.python)
    patched = _patched(base, rooms)
    made_of = tuple(_source(each, patched) for each in taken)
    name = "+".join([*([base.name] if dirac is None else []), *(each.label for each in made_of)])
    return Sourced(base.model_copy(update={"name": name, "sources": made_of}), taken)


def _check_dirac(dirac: Wheel) -> None:
    if len(dirac.version.release) < 3 or dirac.version.release[0] < 6:
        raise BadInput(
            f"{dirac.path.name} says that it is DIRAC {dirac.version}, which is no version of DIRAC",
            "its repository lacks the tags of releases: `git fetch --tags` there",
        )
    if SERVER not in dirac.extras:
        raise BadInput(
            f"{dirac.name} {dirac.version} has no extra {SERVER!r}",
            "only releases that can be installed with pip as a server are certified",
        )


def _source(taken: Taken, patched: frozenset[str]) -> Source:
    """With a shape that counts every file of a package which patches are applied to when images are made."""
    if taken.wheel is None or taken.wheel.key not in patched:
        return taken.source
    return taken.source.model_copy(update={"shape": wheel.shape(taken.wheel, whole=True)})


def _patched(manifest: Manifest, rooms: Sequence[Path]) -> frozenset[str]:
    """The packages that the patches of ``manifest`` change, by their normalised names."""
    found = set()
    for patch in manifest.patches:
        places = (room / manifests.PATCHES / patch.name / "patch.yml" for room in rooms)
        path = next((place for place in places if place.is_file()), None)
        told = yaml.safe_load(path.read_text(encoding="utf-8")) if path else None
        if isinstance(told, dict) and told.get("target"):
            found.add(canonicalize_name(str(told["target"])))
    return frozenset(found)
