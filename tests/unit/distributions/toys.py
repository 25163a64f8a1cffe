"""Small packages as they come from source: git checkouts and wheels, and a builder that needs no index."""

from __future__ import annotations

import base64
import hashlib
import os
import subprocess
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from diraccert.distributions.builder import Built

FILES = {
    "DIRAC/__init__.py": "version = 1\n",
    "DIRAC/ToySystem/ConfigTemplate.cfg": "Services\n{\n}\n",
    "DIRAC/ToySystem/DB/ToyDB.sql": "CREATE TABLE Toys (ToyID INT);\n",
    "DIRAC/ToySystem/DB/ToyDB.py": "class ToyDB: pass\n",
    "DIRAC/ToySystem/DB/MadeDB.py": "class Row(Base):\n    __tablename__ = 'Rows'\n",
    "DIRAC/ToySystem/Service/ToyHandler.py": "class ToyHandler: pass\n",
}
ENTRIES = "[console_scripts]\ndirac-toy = DIRAC.ToySystem.scripts.dirac_toy:main\n"


def wheel(
    folder: Path,
    *,
    name: str = "DIRAC",
    version: str = "8.0.87.dev3",
    files: Mapping[str, str] = FILES,
    told: str = "Requires-Python: >=3.9\nRequires-Dist: diraccfg\nProvides-Extra: server\n",
    entries: str = ENTRIES,
    tag: str = "py3-none-any",
) -> Path:
    """Write a wheel into ``folder``; the same arguments make the same bytes."""
    top = f"{name.lower()}-{version}.dist-info"
    whole = {
        **files,
        f"{top}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{told}",
        f"{top}/WHEEL": f"Wheel-Version: 1.0\nGenerator: toy\nRoot-Is-Purelib: true\nTag: {tag}\n",
        f"{top}/entry_points.txt": entries,
    }
    record = "".join(f"{path},{_digest(text)},{len(text.encode())}\n" for path, text in whole.items())
    path = folder / f"{name.lower()}-{version}-{tag}.whl"
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for inside, text in {**whole, f"{top}/RECORD": f"{record}{top}/RECORD,,\n"}.items():
            archive.writestr(zipfile.ZipInfo(inside), text)
    return path


def _digest(text: str) -> str:
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


@dataclass
class ToyBuilder:
    """Makes a wheel of what lies in ``src``; its version is what the file VERSION says. Keeps where it worked."""

    folders: list[Path] = field(default_factory=list)

    def build(self, folder: Path, out: Path) -> Built:
        """See Builder."""
        self.folders.append(folder)
        (folder / "build").mkdir()
        if (folder / "broken").exists():
            return Built(2, f"running bdist_wheel\n  ValueError: {folder}/broken is there\nfailed to build\n")
        files = {
            path.relative_to(folder / "src").as_posix(): path.read_text() for path in (folder / "src").rglob("*.*")
        }
        wheel(out, version=(folder / "VERSION").read_text().strip(), files=files)
        return Built(0, "")


def git(folder: Path, *arguments: str) -> str:
    """Run git there, as nobody in particular; answers what it said."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    who = ("-c", "user.name=toy", "-c", "user.email=toy@toy.invalid", "-c", "protocol.file.allow=always")
    return subprocess.run(
        ["git", *who, *arguments], cwd=folder, env=environment, check=True, capture_output=True, text=True
    ).stdout


def checkout(folder: Path, version: str = "8.0.87.dev3", tag: str = "v8.0.86") -> Path:
    """A checkout of a toy DIRAC with one commit, which has the tag."""
    for name, text in FILES.items():
        path = folder / "src" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (folder / "VERSION").write_text(f"{version}\n")
    (folder / "pyproject.toml").write_text("[tool.setuptools_scm]\n")
    (folder / ".gitignore").write_text("build/\n*.egg-info\n")
    git(folder, "init", "-q", "-b", "main")
    commit(folder)
    if tag:
        git(folder, "tag", tag)
    return folder


def commit(folder: Path) -> str:
    """Commit everything; answers the commit."""
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "a change of the toy")
    return git(folder, "rev-parse", "HEAD").strip()
