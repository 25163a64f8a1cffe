"""Which releases a specifier of lines means."""

from __future__ import annotations

from typing import Annotated

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import Version
from pydantic import AfterValidator


def _specifier(value: str) -> str:
    try:
        SpecifierSet(value)
    except InvalidSpecifier as error:
        raise ValueError(str(error)) from error
    return value


Releases = Annotated[str, AfterValidator(_specifier)]
"""The field of a file that names releases, as a PEP 440 specifier: ``>=8.0,<=8.0.86``."""


def covers(specifier: str, release: str) -> bool:
    """Whether ``release`` is among the releases of a PEP 440 ``specifier``; an empty one covers all.

    Other than in PEP 440, an alpha of 8.0.0 is of the line 8.0, and so of ">=8.0": unless the specifier itself tells
    one pre-release from another (">=8.0.0a27"). ">=8.0.1" has none of 8.0.0 in either reading.
    """
    found, version = SpecifierSet(specifier), Version(release)
    if found.contains(version, prereleases=True):
        return True
    if any(Version(each.version.removesuffix(".*")).is_prerelease for each in found):
        return False
    return version.is_prerelease and _at_the_lower_end(found, version)


def _at_the_lower_end(found: SpecifierSet, version: Version) -> bool:
    """Whether only the lower end of the specifier keeps a pre-release out, and its final release is that end."""
    end = Version(version.base_version)
    lower = [each for each in found if each.operator == ">=" and Version(each.version) == end]
    others = SpecifierSet(",".join(str(each) for each in found if each not in lower))
    return bool(lower) and others.contains(version, prereleases=True)
