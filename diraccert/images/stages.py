"""Which roles make which image (``roles/stages.yml``), and the digests of what a stage is made from.

below:                      # what releases share: images that other stages are made of
  debian:                   # a stage
    roles: [host]           # what it plays: a change in one of these is a new image
    hosts: [debian]         # the host that it plays on, in the group of its name
    files: [debian.yml]     # the files beside the roles that it reads; all of them unless told
dirac:
  of: debian                # what it is made of: one of those below, the base image unless told
  roles: [host, dirac]
  hosts: [image]
  files: [debian.yml, packages.yml]
system:
  roles: [host, dirac, site]
  hosts: [mysql, server]
  blank: {mysql: debian}    # hosts without DIRAC, and which of those below each is made of ("": the base image)
beside:                     # what a topology may have beside the system; images of their own, from the base image
  opensearch: {roles: [host, opensearch], hosts: [opensearch]}
  diracx:
    roles: [host, diracx_packages]
    hosts: [diracx]
    suite: trixie           # the Debian that it is made of; bookworm unless told
    joins: [diracx]         # stage system plays these on it too: then its image is one of the system's
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import yaml
from pydantic import Field, ValidationError, model_validator

from diraccert.model.errors import BadInput
from diraccert.model.manifest import Debian
from diraccert.model.run import Frozen

PATCHES = Path("dirac/files/patches")
_UNSEEN = ("__pycache__", ".ansible", ".cache")


class StageOfRoles(Frozen):
    """One stage: the roles it plays, and on which hosts."""

    roles: tuple[str, ...]
    hosts: tuple[str, ...]
    of: str = ""
    blank: dict[str, str] = Field(default_factory=lambda: {"mysql": ""})
    files: tuple[str, ...] = ()
    suite: Debian = Debian.BOOKWORM
    joins: tuple[str, ...] = ()

    @property
    def joined(self) -> Self:
        """The roles that stage system plays on the hosts of this one."""
        return self.model_copy(update={"roles": self.joins})


class Stages(Frozen):
    """The contents of ``roles/stages.yml``."""

    below: dict[str, StageOfRoles] = Field(default_factory=dict)
    dirac: StageOfRoles
    system: StageOfRoles
    beside: dict[str, StageOfRoles] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_host_makes_an_image_that_others_are_made_of(self) -> Self:
        for name, stage in {**self.below, "dirac": self.dirac}.items():
            if len(stage.hosts) != 1:
                raise ValueError(f"stage {name} is played on one host")
        for made_of in (self.dirac.of, *self.system.blank.values()):
            if made_of and made_of not in self.below:
                raise ValueError(f"there is no stage {made_of} below")
        return self


@dataclass(frozen=True)
class Roles:
    """The room ``roles``: its folder and its stages."""

    folder: Path
    stages: Stages

    @property
    def playbook(self) -> Path:
        """The playbook that makes blank hosts a whole system."""
        return self.folder / "site.yml"

    @property
    def groups(self) -> tuple[str, ...]:
        """Every group that the playbook may speak of: one per host of a stage."""
        return tuple(host for stage in self._all for host in stage.hosts)

    def beside(self, parts: Sequence[str]) -> dict[str, StageOfRoles]:
        """The stages of what stands beside the system. BadInput for a part of a topology that no role makes."""
        known = self.stages.beside
        unknown = next((part for part in parts if part not in known), None)
        if unknown is not None:
            raise BadInput(
                f"no role makes the part {unknown!r} of a topology",
                f"write standard, with any of {', '.join(known) or 'nothing'} after a +",
            )
        return {part: known[part] for part in parts}

    def digest_of(self, stage: StageOfRoles) -> str:
        """The digest of the stage's roles and of the files beside them that it reads.

        Patches are left out: only those that a manifest names go into the digest of its images.
        """
        known = {role for each in self._all for role in (*each.roles, *each.joins)}
        outside = [path for path in self.folder.iterdir() if path.name not in known]
        shared = [self.folder / name for name in stage.files] or outside
        own = [self.folder / role for role in stage.roles]
        return digest(*_lines(self.folder, (file for top in (*shared, *own) for file in self._files(top))))

    @property
    def _all(self) -> tuple[StageOfRoles, ...]:
        return (*self.stages.below.values(), self.stages.dirac, self.stages.system, *self.stages.beside.values())

    def _files(self, top: Path) -> Iterable[Path]:
        return (path for path in files_below(top) if not path.is_relative_to(self.folder / PATCHES))


def read(rooms: Sequence[Path]) -> Roles:
    """The roles of the first of the rooms that has a playbook. BadInput when none has, or its stages.yml is wrong."""
    for room in rooms:
        folder = room.resolve() / "roles"
        if (folder / "site.yml").is_file():
            file = folder / "stages.yml"
            try:
                stages = Stages.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
            except (OSError, yaml.YAMLError, ValidationError) as error:
                raise BadInput(f"{file} does not say which roles make which stage: {error}") from error
            return Roles(folder, stages)
    raise BadInput(
        f"no roles/site.yml in {', '.join(map(str, rooms)) or 'no folder'}",
        "name the folder that has it with --rooms DIR",
    )


def patches(rooms: Sequence[Path], names: Iterable[str]) -> tuple[Path, ...]:
    """The patches of these names, each from the first room that has it. BadInput names the one that is nowhere."""
    return tuple(_patch(rooms, name) for name in names)


def _patch(rooms: Sequence[Path], name: str) -> Path:
    places = [room.resolve() / "roles" / PATCHES / name for room in rooms]
    found = next((place for place in places if place.exists()), None)
    if found is None:
        raise BadInput(f"there is no patch {name}", f"its files belong into {places[0].parent}")
    return found


def digest(*parts: str) -> str:
    """16 hexadecimal digits of the SHA-256 of the parts."""
    made = hashlib.sha256()
    for part in parts:
        made.update(f"{len(part)}:{part}\n".encode())
    return made.hexdigest()[:16]


def digest_of_files(top: Path) -> str:
    """The digest of a file, or of all files below a folder with their names and modes."""
    return digest(*_lines(top.parent, files_below(top)))


def files_below(top: Path) -> Iterable[Path]:
    """The file itself, or all files below the folder; caches and editors' files left out."""
    if top.is_file():
        return (top,)
    return (
        path
        for path in top.rglob("*")
        if path.is_file()
        and not path.name.endswith((".pyc", "~", ".swp"))
        and not any(part in _UNSEEN for part in path.parts)
    )


def _lines(above: Path, paths: Iterable[Path]) -> list[str]:
    """Name, whether it is executable, and content of each file, in the order of the names."""
    return [
        f"{path.relative_to(above).as_posix()} {bool(path.stat().st_mode & 0o100)} "
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}"
        for path in sorted(set(paths))
    ]
