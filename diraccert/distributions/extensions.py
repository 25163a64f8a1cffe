"""The DIRAC that an extension goes with, as its own metadata on the index say."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from email.parser import BytesParser
from pathlib import Path
from typing import Protocol

import uv
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from diraccert.distributions import child, keys, refusals
from diraccert.distributions.compiler import Compiler, Inputs, Uv
from diraccert.model.errors import BadInput, InfrastructureError

DIRAC, PORTAL = "dirac", "webappdirac"
NAMES = {DIRAC: "DIRAC", PORTAL: "WebAppDIRAC"}
SERVER = "server"
PYTHON = "3.13"
"""With which metadata are read: the newest that images may have; whether they have it is the lock's to say."""
LIMIT = 60.0


@dataclass(frozen=True)
class Asked:
    """What a release of an extension asks for: PEP 508 texts, and its extras."""

    requires: tuple[str, ...]
    extras: tuple[str, ...]


class Index(Protocol):
    """The package index. Both raise BadInput for what is not there, InfrastructureError when it does not answer."""

    def asked_by(self, requirement: str) -> Asked:
        """What the release ``NAME==VERSION`` asks for."""

    def newest(self, requirement: str, *, lowest: bool = False, prereleases: bool = False) -> Version:
        """The newest (or oldest) release that fits."""


def completed(packages: Sequence[str], index: Index | None = None) -> tuple[str, ...]:
    """``packages``, none of which is DIRAC, with the DIRAC and the portal that they ask for, and their server parts.

    A range is its newest release, when all of it is of one line. Raises `BadInput` when the metadata leave no release
    or several lines: then a person has to name it.
    """
    index = index or UvIndex()
    asked = [Requirement(text) for text in packages]
    told = [(each, index.asked_by(f"{each.name}{each.specifier}")) for each in asked]
    for each, says in told:
        if SERVER in says.extras:
            each.extras.add(SERVER)
    named = {canonicalize_name(each.name) for each in asked}
    found = [
        str(_chosen(name, told, index)) for name in (DIRAC, PORTAL) if name not in named and _specifiers(name, told)
    ]
    if not any(canonicalize_name(Requirement(text).name) == DIRAC for text in found):
        raise BadInput(f"{', '.join(packages)} asks for no DIRAC", "name it: DIRAC==VERSION beside the others")
    return (*found, *map(str, asked))


def _specifiers(name: str, told: Sequence[tuple[Requirement, Asked]]) -> list[SpecifierSet]:
    """What those that ask for a package say of its version, one for each that asks."""
    found = []
    for _, says in told:
        mine = [each for each in map(Requirement, says.requires) if canonicalize_name(each.name) == name]
        mine = [each for each in mine if each.marker is None or _holds(each)]
        if mine:
            found.append(SpecifierSet(",".join(filter(None, (str(each.specifier) for each in mine)))))
    return found


def _holds(asked: Requirement) -> bool:
    """Whether a marker holds for a server on Linux."""
    environment = {"sys_platform": "linux", "platform_system": "Linux", "python_version": PYTHON}
    return bool(asked.marker and any(asked.marker.evaluate({**environment, "extra": extra}) for extra in ("", SERVER)))


def _chosen(name: str, told: Sequence[tuple[Requirement, Asked]], index: Index) -> Requirement:
    whole = SpecifierSet(",".join(filter(None, map(str, _specifiers(name, told)))))
    who = ", ".join(f"{each.name} {next(iter(each.specifier)).version}" for each, _ in told)
    prereleases = any(Version(next(iter(each.specifier)).version).is_prerelease for each, _ in told)
    wanted = f"{NAMES[name]}{whole}"
    try:
        newest = index.newest(wanted, prereleases=prereleases)
        lowest = index.newest(wanted, lowest=True, prereleases=prereleases)
    except BadInput as problem:
        raise BadInput(
            f"{who} asks for {wanted}, and the index has none: {problem.message}", f"name another {NAMES[name]}"
        ) from problem
    if newest.release[:2] != lowest.release[:2]:
        raise BadInput(
            f"{who} goes with {NAMES[name]} {lowest} to {newest}, which are several lines",
            f"say which: {','.join(str(each) for each, _ in told)},{NAMES[name]}=={newest}",
        )
    return Requirement(f"{NAMES[name]}=={newest}")


class UvIndex:
    """The index that uv is configured for; ``compiler`` resolves."""

    def __init__(self, compiler: Compiler | None = None) -> None:
        self.compiler = compiler or Uv()

    def newest(self, requirement: str, *, lowest: bool = False, prereleases: bool = False) -> Version:
        """See Index."""
        inputs = Inputs(
            requirements=(requirement,), python=PYTHON, dependencies=False, prereleases=prereleases, lowest=lowest
        )
        done = self.compiler.compile(inputs)
        refusals.check(inputs, done, self.compiler)
        _, _, version = done.text.strip().splitlines()[0].partition("==")
        return Version(version.split()[0])

    def asked_by(self, requirement: str) -> Asked:
        """See Index. The release's wheel is fetched: the index has no other client that tells what is in it."""
        self.newest(requirement, prereleases=True)
        with tempfile.TemporaryDirectory(prefix="dirac-cert-metadata-") as folder:
            argv = [
                uv.find_uv_bin(), "pip", "install", "-q", "--no-deps", "--only-binary", ":all:",
                "--prerelease", "allow", "--python-version", PYTHON, "--target", folder, requirement,
            ]  # fmt: skip
            environment = {"UV_PYTHON_DOWNLOADS": "never", **os.environ}
            environment.pop("VIRTUAL_ENV", None)
            try:
                done = child.run(argv, folder, environment, LIMIT)
            except subprocess.TimeoutExpired as problem:
                raise InfrastructureError(f"{requirement} did not come from the index in {LIMIT:.0f} s") from problem
            found = next(Path(folder).glob("*.dist-info/METADATA"), None)
            if done.returncode != 0 or found is None:
                said = " ".join(done.stderr.split())[-300:]
                raise BadInput(
                    f"what {requirement} asks for cannot be read: {said}", "name its DIRAC beside it: DIRAC==VERSION"
                )
            told = BytesParser().parsebytes(found.read_bytes())
        requires = [str(keys.requirement(text)) for text in told.get_all("Requires-Dist", [])]
        return Asked(tuple(requires), tuple(told.get_all("Provides-Extra", [])))
