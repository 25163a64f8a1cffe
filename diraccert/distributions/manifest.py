"""Reads what a person names as a distribution: a version, a list of requirements, or a manifest file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from diraccert.distributions import extensions, keys
from diraccert.distributions.located import At, Problems, load
from diraccert.distributions.nearest import hint
from diraccert.model.errors import BadInput
from diraccert.model.manifest import Manifest, Noted, Patch

FOLDER = Path("ci/distributions")
PATCHES = Path("roles/dirac/files/patches")
EXAMPLES = "give a version (8.0.86), requirements (DIRAC==8.0.86,WebAppDIRAC==5.0.15) or a manifest file (*.yml)"
NAME = re.compile(r"\w[\w.+-]*")
LINE = re.compile(r"\d+\.\d+")
LISTS = ("overrides", "pins", "drop", "additions", "patches", "upstream_stale")


def read(dist: str, rooms: Sequence[Path], instead: Sequence[str] = ()) -> Manifest:
    """The manifest of ``dist``; ``rooms`` are folders that hold ``ci/distributions``, the first that has a file wins.

    A file is named by its path, or one in ``ci/distributions`` by its bare name (``8.0.86-opensearch``).
    A version or a list of requirements inherits ``VERSION.yml`` of its DIRAC, else one of its line that says it is for
    it (``releases`` in ``8.0-old.yml``), else that of the line (``8.0.yml``); extensions that are named without a DIRAC
    take that which their own metadata ask for. A file inherits what it names in ``inherits``, else its line.
    ``instead`` are requirements that replace the packages of the same
    names, or join them. Raises `BadInput`.
    """
    given = dist.strip()
    path = _file(given, rooms)
    if path:
        values = _values(path, rooms, ())
        return _whole({"name": path.stem, **values}, str(path), instead)
    packages = _requirements(given)
    named = {canonicalize_name(Requirement(text).name) for text in packages}
    if extensions.DIRAC not in named and named != {extensions.PORTAL}:
        packages = extensions.completed(packages)
    version = _dirac(packages, repr(given))
    if len(version.release) < 3:
        raise BadInput(f"{version} is a line of releases, not a release", f"say which, such as {_line(version)}.1")
    base = _find(str(version), rooms) or _of_line(version, rooms)
    if base is None:
        lines = ", ".join(name for name in _known(rooms) if LINE.fullmatch(name)) or "none"
        raise BadInput(
            f"there is no manifest for DIRAC {version} or its line {_line(version)} (lines that there are: {lines})",
            f"write {FOLDER / _line(version)}.yml, or give a manifest file",
        )
    values = _values(base, rooms, ())
    if any(mark in given for mark in "=,"):
        return _whole({**values, "packages": packages, "name": ",".join(packages)}, repr(given), instead)
    found = _whole({"packages": packages, **values, "name": str(version)}, str(base))
    if found.dirac_version != str(version):
        raise BadInput(f"{base}: is of DIRAC {found.dirac_version}", f"name DIRAC=={version} in it, or rename it")
    return _whole(dict(found), str(base), instead) if instead else found


def _file(given: str, rooms: Sequence[Path]) -> Path | None:
    """The manifest file that is named, if a file is."""
    if given.endswith((".yml", ".yaml")):
        return Path(given)
    try:
        keys.version(given)
    except ValueError:
        return _find(given, rooms) if NAME.fullmatch(given) else None
    return None


def _whole(values: Mapping[str, Any], where: str, instead: Sequence[str] = ()) -> Manifest:
    """The manifest of these values, whose line must be that of its DIRAC. Raises `BadInput`."""
    packages = _replaced(values.get("packages", ()), instead)
    version = _dirac(packages, where)
    line = _line(version)
    if values.get("line", line) != line and not instead:
        raise BadInput(
            f"{where} is of the line {values['line']}, but DIRAC {version} is of {line}",
            f'write line: "{line}" in it, or inherit the manifest of that line',
        )
    own = {"resolve_before": None, "own_time": True} if values.get("resolve_before") == keys.OWN_TIME else {}
    return Manifest(**{**values, **own, "packages": packages, "line": line})


def _replaced(packages: Sequence[str], instead: Sequence[str]) -> tuple[str, ...]:
    """The packages, those of the names in ``instead`` at these versions; extras that were asked for stay asked for."""
    new = {canonicalize_name(one.name): one for one in map(Requirement, instead)}
    found = []
    for asked in map(Requirement, packages):
        one = new.pop(canonicalize_name(asked.name), asked)
        one.extras |= asked.extras
        found.append(str(one))
    return (*found, *map(str, new.values()))


def _requirements(given: str) -> tuple[str, ...]:
    if not any(mark in given for mark in "=<>~,"):
        try:
            return (f"DIRAC=={keys.version(given)}",)
        except ValueError:
            raise BadInput(f"{given!r} is no version, no list of requirements and no manifest file", EXAMPLES) from None
    found, wrong = [], []
    for text in given.split(","):
        try:
            found.append(str(keys.exact(text.strip())))
        except ValueError as problem:
            wrong.append(str(problem))
    if wrong:
        raise BadInput("; ".join(wrong), EXAMPLES)
    return tuple(found)


def _dirac(packages: Iterable[str], where: str) -> Version:
    """The version of DIRAC among requirements at exact versions, each of which is there once."""
    versions: dict[str, Version] = {}
    for asked in map(Requirement, packages):
        name = canonicalize_name(asked.name)
        if name in versions:
            raise BadInput(f"{where}: {asked.name} is asked for twice", "name each package once")
        versions[name] = Version(next(iter(asked.specifier)).version)
    if "dirac" not in versions:
        raise BadInput(f"{where}: DIRAC is missing from the packages", "add DIRAC==VERSION to them")
    return versions["dirac"]


def _line(version: Version) -> str:
    return f"{version.major}.{version.minor}"


def _of_line(version: Version, rooms: Sequence[Path]) -> Path | None:
    """The manifest that a release of a line takes which has none of its own."""
    line = _line(version)
    for path in sorted(path for room in rooms for path in (room / FOLDER).glob(f"{line}-*.yml")):
        problems = Problems(path)
        releases = keys.values(load(path, problems), problems).get("releases")
        if releases and releases.contains(version, prereleases=True):
            return path
    return _find(line, rooms)


def _find(name: str, rooms: Iterable[Path]) -> Path | None:
    return next((path for room in rooms if _is_file(path := room / FOLDER / f"{name}.yml")), None)


def _is_file(path: Path) -> bool:
    """Whether it is one; a name that no file can have (too long) is that of none."""
    try:
        return path.is_file()
    except OSError:
        return False


def _known(rooms: Iterable[Path]) -> list[str]:
    return sorted({path.stem for room in rooms for path in (room / FOLDER).glob("*.yml")})


def _values(path: Path, rooms: Sequence[Path], heirs: tuple[Path, ...]) -> dict[str, Any]:
    """The values of a manifest file over those of what it inherits; ``heirs`` are the files that led here."""
    problems = Problems(path)
    top = load(path, problems)
    own = keys.values(top, problems)
    _check_patches(top, rooms, problems)
    base = _inherited(path, top, own, rooms, problems)
    if base and base.resolve() in (*heirs, path.resolve()):
        problems.add(top.value["inherits"].line, f"{base.stem} inherits this file itself")
    problems.stop("correct the manifest; docs/decisions/0002-locks-and-patches.md tells its keys")
    own.pop("inherits", None)
    own.pop("releases", None)
    if base is None:
        return own
    inherited = _values(base, rooms, (*heirs, path.resolve()))
    inherited.pop("name", None)
    return _merged(inherited, own)


def _inherited(path: Path, top: At, own: Mapping[str, Any], rooms: Sequence[Path], problems: Problems) -> Path | None:
    """The file that ``path`` inherits: what it names, beside it or in a room; else that of its DIRAC's line."""
    named = own.get("inherits")
    if named:
        beside = path.parent / f"{named}.yml"
        found = beside if _is_file(beside) else _find(named, rooms)
        if found is None:
            problems.add(
                top.value["inherits"].line, f"inherits the unknown manifest {named!r}{hint(named, _known(rooms))}"
            )
        return found
    for text in filter(None, own.get("packages", ())):
        asked = Requirement(text)
        if canonicalize_name(asked.name) == "dirac":
            return _of_line(Version(next(iter(asked.specifier)).version), rooms)
    return None


def _check_patches(top: At, rooms: Sequence[Path], problems: Problems) -> None:
    known = {path.parent.name for room in rooms for path in (room / PATCHES).glob("*/patch.yml")}
    listed = top.value["patches"].value if "patches" in top.value else None
    for item in listed if isinstance(listed, list) else ():
        at = item.value.get("name") if isinstance(item.value, dict) else None
        if at and isinstance(at.value, str) and at.value not in known:
            problems.add(at.line, f"unknown patch {at.value!r}{hint(at.value, known)}")


def _name(entry: Noted | Patch) -> str:
    if isinstance(entry, Patch):
        return entry.name
    return entry.what if entry.what.startswith(keys.MODULE) else canonicalize_name(Requirement(entry.what).name)


def _merged(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """``own`` over ``base``: lists are joined, where an entry for the same package or patch replaces the base's."""
    merged = {**base, **own}
    for key in LISTS:
        mine = own.get(key, ())
        names = {_name(entry) for entry in mine}
        merged[key] = (*(entry for entry in base.get(key, ()) if _name(entry) not in names), *mine)
    merged["variables"] = {**base.get("variables", {}), **own.get("variables", {})}
    return merged
