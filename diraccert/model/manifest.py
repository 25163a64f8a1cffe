"""The description of a distribution: packages at exact versions, and how they are stood up."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from pydantic import Field

from diraccert.model.errors import BadInput
from diraccert.model.run import Dependencies, Frozen, Source


class Noted(Frozen):
    """A requirement or a file with the reason why it is not what the release itself asks for."""

    what: str
    reason: str


class Patch(Frozen):
    """A file of ours, below roles/dirac/files/patches, that makes a release run on today's libraries."""

    name: str
    reason: str


class Catalogue(StrEnum):
    """Flavours of the file catalogue: directory manager and file manager."""

    LEVEL_TREE = "DirectoryLevelTree+FileManager"


class Debian(StrEnum):
    """The releases of Debian that hosts are made of."""

    BOOKWORM = "bookworm"
    TRIXIE = "trixie"


PYTHONS = {"3.11": Debian.BOOKWORM, "3.13": Debian.TRIXIE}
"""The releases of Python that hosts with DIRAC may have, and the Debian whose own each is."""


class Manifest(Frozen):
    """A distribution. ``packages`` are PEP 508 requirements at exact versions; ``overrides`` replace what
    packages ask for; ``pins`` constrain; ``drop`` names packages that are not installed at all. ``resolve_floor`` is
    the first day before which the line's dependencies do not run on its Python; ``own_time`` is what
    ``resolve_before: release`` means, the day after the release; ``dependencies`` is what a person asked for in place
    of the manifest's own ``resolve_before``."""

    name: str
    line: str
    packages: tuple[str, ...]
    python: str = "3.11"
    resolve_before: date | None = None
    own_time: bool = False
    resolve_floor: date | None = None
    dependencies: Dependencies | None = None
    overrides: tuple[Noted, ...] = ()
    pins: tuple[Noted, ...] = ()
    drop: tuple[Noted, ...] = ()
    additions: tuple[Noted, ...] = ()
    patches: tuple[Patch, ...] = ()
    topology: str = "standard"
    catalogue: Catalogue = Catalogue.LEVEL_TREE
    upstream_stale: tuple[Noted, ...] = Field(
        default=(), description="Modules of upstream's own tests, by id, that do not fit their own release."
    )
    database: Debian = Field(default=Debian.BOOKWORM, description="The Debian whose MariaDB holds the databases.")
    variables: dict[str, str] = Field(default_factory=dict, description="Extra variables for the playbook.")
    sources: tuple[Source, ...] = Field(
        default=(), description="Those of the packages that do not come from the index."
    )

    @property
    def debian(self) -> Debian:
        """What hosts with DIRAC are made of: the Debian that has this Python. BadInput: none has."""
        if self.python not in PYTHONS:
            known = " or ".join(PYTHONS)
            raise BadInput(f"no Debian of ours has Python {self.python}", f"write python: {known} in a manifest")
        return PYTHONS[self.python]

    @property
    def beside(self) -> tuple[str, ...]:
        """What the topology has beside the system: ``("opensearch",)`` of ``standard+opensearch``."""
        return tuple(part.strip() for part in self.topology.split("+")[1:])

    @property
    def dirac_version(self) -> str:
        """The exact version of DIRAC in ``packages``."""
        for requirement in self.packages:
            name, _, version = requirement.partition("==")
            if name.split("[")[0].strip().lower() == "dirac":
                return version.strip()
        raise ValueError(f"manifest {self.name} has no DIRAC==VERSION among its packages")
