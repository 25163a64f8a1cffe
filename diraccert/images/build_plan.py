"""A plan of what has to be built: values that it is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from diraccert.images.stages import Roles
from diraccert.model.manifest import Debian, Manifest

DATABASE = "mysql"
"""The host whose Debian a manifest chooses (``database``)."""


@dataclass(frozen=True)
class ImageSet:
    """The images of one distribution: ``tags`` by host; one digest for all, as they share a certificate authority.

    ``fitted`` are the hosts that have the packages of the distribution. Those that come from source are not part of
    the digest: it is their shape that is, and an instance takes the files when it is stood up.
    """

    digest: str
    tags: Mapping[str, str]
    distribution: str = ""
    fitted: tuple[str, ...] = ()


@dataclass(frozen=True)
class Stage:
    """A stage that must be built, and the seconds it is likely to take; ``suite`` is the Debian of a base."""

    name: str
    digest: str
    seconds: float
    suite: Debian = Debian.BOOKWORM


@dataclass(frozen=True)
class BuildPlan:
    """``stages`` in the order of building, empty when all images are there; the rest is what building needs.

    ``bases`` are the images of the Debians that hosts are made of, ``below`` those that releases share, by the stage
    that makes each and the Debian. ``wheels`` are the files of what comes from source.
    Images in which something of these did not start or was refused are those of ``flawed_set``, for these wheels alone:
    other code of the same shape may do better. ``beside`` are the tags by host of each part that the topology has
    beside the system; where a part joins the system, they are what its hosts are made of there.
    """

    stages: tuple[Stage, ...]
    image_set: ImageSet
    bases: Mapping[Debian, str]
    below: Mapping[tuple[str, Debian], str]
    dirac_tag: str
    roles: Roles
    manifest: Manifest
    lock_text: str
    patches: tuple[Path, ...]
    wheels: tuple[Path, ...] = ()
    flawed_set: ImageSet | None = None
    beside: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        """Seconds that all of it is likely to take."""
        return sum(stage.seconds for stage in self.stages)

    @property
    def base_tag(self) -> str:
        """The Debian of hosts with DIRAC, and of those that ask for no other, without anything."""
        return self.bases[self.manifest.debian]

    @property
    def below_dirac(self) -> str:
        """The image that stage dirac is made of."""
        return _made_of(self.roles.stages.dirac.of, self.manifest.debian, self.bases, self.below)

    @property
    def sources(self) -> dict[str, str]:
        """The hosts that stage system makes, and the image that it makes each of."""
        system = self.roles.stages.system
        blank = {
            host: _made_of(of, debian_of(host, self.manifest), self.bases, self.below)
            for host, of in system.blank.items()
        }
        return {
            **{host: blank.get(host, self.dirac_tag) for host in system.hosts},
            **{
                host: tag
                for part, tags in self.beside.items()
                for host, tag in tags.items()
                if self.roles.stages.beside[part].joins
            },
        }

    @property
    def tags(self) -> frozenset[str]:
        """Every image that this distribution stands on."""
        flawed = self.flawed_set.tags.values() if self.flawed_set else ()
        return frozenset(
            {*self.bases.values(), *self.below.values(), self.dirac_tag, *self.image_set.tags.values(), *flawed}
        )


def debian_of(host: str, manifest: Manifest) -> Debian:
    """The Debian of a host without DIRAC."""
    return manifest.database if host == DATABASE else manifest.debian


def _made_of(name: str, suite: Debian, bases: Mapping[Debian, str], below: Mapping[tuple[str, Debian], str]) -> str:
    return below[name, suite] if name else bases[suite]
