"""What the wheel carries, and what the locks promise."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from diraccert.rooms import ROOMS

TOP = Path(__file__).resolve().parents[3]
SETTINGS = tomllib.loads((TOP / "pyproject.toml").read_text())
PROJECT = SETTINGS["project"]


def locked(kind: str) -> dict[str, str]:
    """Name and version of each package of a lock."""
    text = (TOP / "requirements" / f"{kind}.txt").read_text()
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", text, re.MULTILINE))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(TOP)]
    subprocess.run(command, check=True, capture_output=True)
    return zipfile.ZipFile(next(folder.glob("*.whl")))


def test_the_wheel_carries_every_tracked_file_of_the_rooms(wheel: zipfile.ZipFile) -> None:
    listed = subprocess.run(["git", "-C", str(TOP), "ls-files", "-z", *ROOMS], check=True, capture_output=True)
    wanted = {
        f"diraccert/packaged/{name}" for name in listed.stdout.decode().split("\0") if name and (TOP / name).exists()
    }
    assert wanted
    assert wanted - set(wheel.namelist()) == set()


def test_the_wheel_has_no_code_twice_and_none_of_the_tests(wheel: zipfile.ZipFile) -> None:
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"diraccert"}
    assert not [name for name in wheel.namelist() if "/runs/" in name or "__pycache__" in name]


def test_the_wheel_installs_the_command(wheel: zipfile.ZipFile) -> None:
    (entry_points,) = (name for name in wheel.namelist() if name.endswith("entry_points.txt"))
    assert wheel.read(entry_points).decode().split() == [
        "[console_scripts]",
        "dirac-cert",
        "=",
        "diraccert.cli.main:main",
    ]


def test_the_source_distribution_has_every_folder() -> None:
    listed = subprocess.run(["git", "-C", str(TOP), "ls-files", "-z"], check=True, capture_output=True, text=True)
    folders = {name.split("/")[0] for name in listed.stdout.split("\0") if "/" in name and not name.startswith(".")}
    assert {"diraccert", "benchmarks"} <= folders
    assert folders - set(SETTINGS["tool"]["hatch"]["build"]["targets"]["sdist"]["only-include"]) == set()


@pytest.mark.parametrize("kind", ["run", "dev"])
def test_every_locked_package_has_hashes_and_no_other_source(kind: str) -> None:
    text = (TOP / "requirements" / f"{kind}.txt").read_text()
    entries = re.findall(r"^[a-z0-9].*?(?=^[a-z0-9]|\Z)", text, re.MULTILINE | re.DOTALL)
    assert len(entries) == len(locked(kind)) > 40
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []
    assert re.findall(r"https?:|--find-links|--(?:extra-)?index-url| @ ", text) == []


@pytest.mark.parametrize("kind", ["run", "dev"])
def test_the_lock_satisfies_the_project(kind: str) -> None:
    wanted = PROJECT["dependencies"] + (PROJECT["optional-dependencies"]["dev"] if kind == "dev" else [])
    versions = locked(kind)
    unmet = [each for each in map(Requirement, wanted) if not each.specifier.contains(versions.get(each.name, "0"))]
    assert unmet == []


def test_developing_uses_the_versions_that_run() -> None:
    assert locked("run").items() <= locked("dev").items()
