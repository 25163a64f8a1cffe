"""A wheel as a value: what its metadata say of it, and its shape: all of it that goes into images."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesParser
from pathlib import Path

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.tags import Tag
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from packaging.version import Version

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
LARGEST = 500_000_000
"""Bytes of all the files of a wheel, unpacked: a hundred times DIRAC's. A few kB may claim to be terabytes."""
LARGEST_TEXT = 10_000_000
"""Bytes of one of its metadata files."""
#: What the standard library raises for archives that are cut, encrypted, compressed in other ways, or no archive.
BROKEN = (OSError, EOFError, LookupError, ValueError, RuntimeError, csv.Error, zipfile.BadZipFile, zlib.error)


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
        named, version, *_ = parse_wheel_filename(path.name)
    except InvalidWheelFilename as problem:
        raise BadInput(f"{path}: {problem}", "a wheel is named NAME-VERSION-py3-none-any.whl") from problem
    if not path.is_file():  # a pipe may never end
        what = "is no file" if path.exists() else "no such file"
        raise BadInput(f"{path}: {what}", "give the path of a wheel, or of a git checkout")
    with _opened(path) as archive:
        found = _read(path, archive)
    if (found.key, found.version) != (named, version):
        raise BadInput(
            f"{path} is no whole wheel: inside it is {found.name} {found.version}", "build it again, or name it so"
        )
    return found


def _read(path: Path, archive: zipfile.ZipFile) -> Wheel:
    top = next((name for name in archive.namelist() if name.endswith(".dist-info/METADATA")), "").rpartition("/")[0]
    if not top:
        raise ValueError("it has no metadata")
    told = BytesParser().parsebytes(_metadata(archive, f"{top}/METADATA"))
    entries = f"{top}/entry_points.txt"
    return Wheel(
        path=path,
        sha256=_sha256(path),
        name=_one(told, "Name"),
        version=Version(_one(told, "Version")),
        python=told.get("Requires-Python", ""),
        requires=tuple(sorted(str(keys.requirement(text)) for text in told.get_all("Requires-Dist", []))),
        extras=tuple(sorted(told.get_all("Provides-Extra", []))),
        entries=_metadata(archive, entries).decode() if entries in archive.namelist() else "",
        files=_record(archive, top),
    )


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """The archive, of a size that can be read; whatever is wrong with it inside the block is a `BadInput`."""
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(each.file_size for each in archive.infolist()) > LARGEST:
                raise ValueError(f"unpacked it has more than {LARGEST // 10**6} MB")
            yield archive
    except BROKEN as problem:
        raise BadInput(f"{path} is no whole wheel: {problem}", "build it again") from problem


def _metadata(archive: zipfile.ZipFile, name: str) -> bytes:
    if archive.getinfo(name).file_size > LARGEST_TEXT:
        raise ValueError(f"its {name} has more than {LARGEST_TEXT // 10**6} MB")
    return archive.read(name)


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
    with _opened(wheel.path) as archive:
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


def _record(archive: zipfile.ZipFile, top: str) -> dict[str, str]:
    """The files that the record lists with their digests, those of the metadata themselves left out."""
    lines = [line for line in csv.reader(io.StringIO(_metadata(archive, f"{top}/RECORD").decode())) if len(line) == 3]
    found = {path: digest for path, digest, _ in lines if not path.startswith(f"{top}/")}
    there = set(archive.namelist())
    for path in found:
        if path not in there or path.startswith("/") or ".." in path.split("/"):
            raise ValueError(f"its record lists {path}, which cannot be a file of it")
    return found


def _sha256(path: Path) -> str:
    made = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(CHUNK):
            made.update(piece)
    return made.hexdigest()
