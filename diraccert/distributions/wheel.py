"""A wheel as a value: what its metadata say of it, and its shape: all of it that goes into images."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesParser
from pathlib import Path

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.tags import Tag
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from packaging.version import InvalidVersion, Version

from diraccert.distributions import keys
from diraccert.model.errors import BadInput

#: What the roles read of a release while images are made: schemas, templates, and what an installer puts beside Python.
READ_BY_THE_BUILD = re.compile(r"\.sql$|\.cfg$|^[^/]+\.data/")
#: Modules that the roles know by their names only: a component that comes or goes changes the site.
COMPONENTS = re.compile(r"^[^/]+/\w+System/(Service|Agent|Executor)/\w+\.py$")
#: Modules that make tables themselves, or say how (types of the accounting): the images hold databases with these.
TABLES = re.compile(rb"__tablename__|declarative_base|create_all|_createTables|CREATE TABLE|definitionKeyFields")
TESTS = re.compile(r"(^|/)tests?/")
CHUNK = 2**20


@dataclass(frozen=True)
class Wheel:
    """A wheel file and its metadata; ``sha256`` in hex, ``requires`` as PEP 508 texts, ``entries`` the text of its
    entry points, ``files`` the digests of its record by path."""

    path: Path
    sha256: str
    name: str
    version: Version
    python: str
    requires: tuple[str, ...]
    extras: tuple[str, ...]
    entries: str
    files: dict[str, str]

    @property
    def key(self) -> str:
        """The name as PEP 503 normalises it."""
        return canonicalize_name(self.name)


def read(path: Path) -> Wheel:
    """The wheel at ``path``. Raises `BadInput` for what is no whole wheel."""
    try:
        parse_wheel_filename(path.name)
        with zipfile.ZipFile(path) as archive:
            top = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA")).rpartition("/")[0]
            told = BytesParser().parsebytes(archive.read(f"{top}/METADATA"))
            entries = f"{top}/entry_points.txt"
            return Wheel(
                path=path,
                sha256=_sha256(path),
                name=_one(told, "Name"),
                version=Version(_one(told, "Version")),
                python=told.get("Requires-Python", ""),
                requires=tuple(sorted(str(keys.requirement(text)) for text in told.get_all("Requires-Dist", []))),
                extras=tuple(sorted(told.get_all("Provides-Extra", []))),
                entries=archive.read(entries).decode() if entries in archive.namelist() else "",
                files=_record(archive.read(f"{top}/RECORD").decode(), top),
            )
    except FileNotFoundError:
        raise BadInput(f"{path}: no such file", "give the path of a wheel, or of a git checkout") from None
    except InvalidWheelFilename as problem:
        raise BadInput(f"{path}: {problem}", "a wheel is named NAME-VERSION-py3-none-any.whl") from problem
    except (OSError, KeyError, ValueError, StopIteration, zipfile.BadZipFile, InvalidVersion) as problem:
        what = str(problem) or "it has no metadata"
        raise BadInput(f"{path} is no whole wheel: {what}", "build it again") from problem


def check_python(wheel: Wheel, python: str) -> None:
    """Raise `BadInput` when the ``python`` of the images (such as 3.11, on Linux x86_64) cannot run this wheel."""
    way_out = f"certify a version that runs with Python {python}, or name another `python` in a manifest"
    try:
        runs = SpecifierSet(wheel.python).contains(f"{python}.99", prereleases=True)
    except InvalidSpecifier as problem:
        raise BadInput(f"{wheel.name} {wheel.version} asks for a Python {wheel.python!r}", way_out) from problem
    if not runs:
        raise BadInput(f"{wheel.name} {wheel.version} needs Python {wheel.python}, the images have {python}", way_out)
    tags = parse_wheel_filename(wheel.path.name)[3]
    if not any(_installs(tag, python) for tag in tags):
        shown = ", ".join(sorted(map(str, tags)))
        raise BadInput(f"{wheel.path.name} is made for {shown}, not for Linux on x86_64 with Python {python}", way_out)


def shape(wheel: Wheel, *, whole: bool = False) -> str:
    """The digest of what the images hold because of this wheel, its code aside: 64 hexadecimal digits.

    Wheels of one shape may follow one another on the same images: the line of the release, the entry points, schemas
    and templates, the names of components, and the modules that make tables. ``whole``: every file counts, as for a
    package that is patched when it is installed. What it asks for is in the lock.
    """
    lines = [wheel.key, ".".join(map(str, wheel.version.release[:2])), wheel.entries]
    lines += [f"{path} {digest}" for path, digest in sorted(wheel.files.items()) if whole or _is_read(path)]
    lines += sorted(path for path in wheel.files if COMPONENTS.search(path))
    lines += [f"{path} {wheel.files[path]}" for path in _making_tables(wheel)]
    made = hashlib.sha256()
    for line in lines:
        made.update(f"{len(line)}:{line}\n".encode())
    return made.hexdigest()


def _is_read(path: str) -> bool:
    return bool(READ_BY_THE_BUILD.search(path)) and not TESTS.search(path)


def _making_tables(wheel: Wheel) -> Iterable[str]:
    with zipfile.ZipFile(wheel.path) as archive:
        for path in sorted(wheel.files):
            if path.endswith(".py") and not TESTS.search(path) and TABLES.search(archive.read(path)):
                yield path


def _installs(tag: Tag, python: str) -> bool:
    major, minor = python.split(".")[:2]
    runs = tag.interpreter in (f"py{major}", f"py{major}{minor}", f"cp{major}{minor}") or tag.abi == "abi3"
    return runs and (tag.platform == "any" or re.fullmatch(r"(many)?linux\w*_x86_64", tag.platform) is not None)


def _one(told: Message, field: str) -> str:
    value = told.get(field)
    if not value:
        raise ValueError(f"its metadata have no {field}")
    return str(value)


def _record(text: str, top: str) -> dict[str, str]:
    """The files that the record lists with their digests, those of the metadata themselves left out."""
    lines = [line for line in csv.reader(io.StringIO(text)) if len(line) == 3]
    return {path: digest for path, digest, _ in lines if not path.startswith(f"{top}/")}


def _sha256(path: Path) -> str:
    made = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(CHUNK):
            made.update(piece)
    return made.hexdigest()
