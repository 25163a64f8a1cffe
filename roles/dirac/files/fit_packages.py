#!/usr/bin/env python3
"""usage: fit_packages.py SITE-PACKAGES FOLDER : makes the packages installed there those of the wheels in FOLDER.

For packages that come from source: an image has a wheel of the same shape installed (the same entry points, schemas
and requirements; the engine sees to it), so that only files differ. Those that do are written, those that are gone are
removed, and compiled Python follows. What belongs to the installer (console scripts, its notes) stays.

Prints ``changed NAME: N files`` for each wheel that was not in place, and ``ok NAME`` for the others; a second call
changes nothing. Exits with 1, before anything is written, when a wheel's package is not installed. It may be ended at
any moment: called again, it goes on.
"""

import contextlib
import csv
import io
import os
import py_compile
import re
import shutil
import sys
import zipfile
from email.parser import BytesHeaderParser
from pathlib import Path, PurePosixPath

OWN = {"RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json"}
"""Files of the metadata that the installer wrote."""


def normalised(name):
    return re.sub(r"[-_.]+", "-", name).lower()


class Installed:
    """A package as it lies in ``site``; ``folder`` holds its metadata."""

    def __init__(self, site, folder):
        self.site = site
        self.folder = folder

    @classmethod
    def find(cls, site, name):
        """By the name in the metadata: that in the folder's name is spelt by the installer."""
        for folder in sorted(site.glob("*.dist-info")):
            with contextlib.suppress(FileNotFoundError):
                told = BytesHeaderParser().parsebytes((folder / "METADATA").read_bytes())
                if normalised(told["Name"]) == normalised(name):
                    return cls(site, folder)
        sys.exit(f"fit_packages: {name} is not installed in {site}")

    def record(self):
        return list(csv.reader(io.StringIO((self.folder / "RECORD").read_text())))


class Wheel:
    """A wheel file; ``top`` is the folder of its metadata in it."""

    def __init__(self, path):
        self.path = path
        self.archive = zipfile.ZipFile(path)
        self.top = next(n for n in self.archive.namelist() if n.endswith(".dist-info/METADATA")).split("/")[0]
        self.name = BytesHeaderParser().parsebytes(self.archive.read(f"{self.top}/METADATA"))["Name"]

    def files(self):
        """What lies in site-packages: path, contents, and whether it can be run."""
        for info in self.archive.infolist():
            top = info.filename.split("/")[0]
            if not info.is_dir() and not top.endswith(".data") and top != self.top:
                yield info.filename, self.archive.read(info), bool(info.external_attr >> 16 & 0o111)

    def metadata(self):
        for info in self.archive.infolist():
            folder, _, name = info.filename.partition("/")
            if folder == self.top and name and not info.is_dir() and name not in OWN:
                yield name, self.archive.read(info)


def write(path, data, runs=False):
    """Whole or not at all, and as a new file: the old one may be linked to a cache, and what runs has it open."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.new")
    new.write_bytes(data)
    new.chmod(0o755 if runs else 0o644)
    os.replace(new, path)


def forget_compiled(path):
    for old in path.parent.glob(f"__pycache__/{path.stem}.*.pyc"):
        old.unlink()


def compile_again(path):
    # packages carry templates and test files that are no Python
    with contextlib.suppress(py_compile.PyCompileError, UnicodeDecodeError, ValueError):
        py_compile.compile(str(path), doraise=True)


def remove(site, name):
    path = site / name
    path.unlink(missing_ok=True)
    forget_compiled(path)
    for folder in path.parents:
        if folder == site or not folder.is_dir() or {each.name for each in folder.iterdir()} - {"__pycache__"}:
            return
        shutil.rmtree(folder)


def fit(wheel, installed):
    """Make ``installed`` what ``wheel`` is; answers how many files that took."""
    site, count, present = installed.site, 0, set()
    for name, data, runs in wheel.files():
        present.add(name)
        path = site / name
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            if path.read_bytes() == data:
                continue
        count += 1
        write(path, data, runs)
        if path.suffix == ".py":
            forget_compiled(path)
            compile_again(path)
    gone = [
        name
        for name, *_ in installed.record()
        if name not in present
        and PurePosixPath(name).parts[0] not in ("..", "/", installed.folder.name)
        and not name.endswith(".pyc")
        and (site / name).exists()
        and not belongs_to_data(wheel, name)
    ]
    for name in gone:
        remove(site, name)
    return count + len(gone) + describe(wheel, installed)


def belongs_to_data(wheel, name):
    """Whether an installer puts this file there from the wheel's other folders, which all of a shape have alike."""
    return any(each.endswith((f".data/purelib/{name}", f".data/platlib/{name}")) for each in wheel.archive.namelist())


def describe(wheel, installed):
    """Write the metadata; the record goes last, as with it this one is the package."""
    new = installed.site / wheel.top
    before = installed.record()
    own = [line for line in before if line[0].startswith("../")]
    for name in sorted(OWN - {"RECORD"}):
        if (installed.folder / name).exists():
            own.append([f"{wheel.top}/{name}", "", ""])
            if installed.folder != new:
                write(new / name, (installed.folder / name).read_bytes())
    text = io.StringIO()
    told = list(csv.reader(io.StringIO(wheel.archive.read(f"{wheel.top}/RECORD").decode())))
    csv.writer(text, lineterminator="\n").writerows([line for line in told if ".data/" not in line[0]] + own)
    changed = 0
    for name, data in [*wheel.metadata(), ("RECORD", text.getvalue().encode())]:
        path = new / name
        if not path.exists() or path.read_bytes() != data:
            write(path, data)
            changed += 1
    if installed.folder != new:
        shutil.rmtree(installed.folder)
        changed += 1
    return changed


def main(site, folder):
    found = [Wheel(path) for path in sorted(Path(folder).glob("*.whl"))]
    pairs = [(wheel, Installed.find(Path(site), wheel.name)) for wheel in found]
    for wheel, installed in pairs:
        count = fit(wheel, installed)
        print(f"changed {wheel.name}: {count} files" if count else f"ok {wheel.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
