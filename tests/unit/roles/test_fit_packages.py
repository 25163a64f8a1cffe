"""What makes installed packages those of another wheel: run as hosts run it, on a folder."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.unit.distributions import toys

SCRIPT = Path(__file__).parents[3] / "roles/dirac/files/fit_packages.py"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder with a toy DIRAC, as an installer leaves it: with a script, notes of its own and compiled Python."""
    folder = tmp_path / "venv/lib/site-packages"
    installed = toys.wheel(tmp_path / "installed", version="8.0.86")
    with zipfile.ZipFile(installed) as archive:
        archive.extractall(folder)
    record = folder / "dirac-8.0.86.dist-info/RECORD"
    (record.parent / "INSTALLER").write_text("uv")
    with record.open("a") as file:
        file.write("../../bin/dirac-toy,sha256=x,1\ndirac-8.0.86.dist-info/INSTALLER,sha256=y,2\n")
    (folder / "other.py").write_text("other = 1\n")
    subprocess.run([sys.executable, "-m", "compileall", "-q", str(folder)], check=True)
    return folder


def fit(site: Path, wheels: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", str(SCRIPT), str(site), str(wheels)], capture_output=True, text=True, check=False
    )


def sources(site: Path) -> dict[str, str]:
    return {
        path.relative_to(site).as_posix(): path.read_text()
        for path in site.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }


def test_files_that_differ_are_written_and_those_that_are_gone_removed(site: Path, tmp_path: Path) -> None:
    files = {**toys.FILES, "DIRAC/__init__.py": "version = 2\n", "DIRAC/New/__init__.py": "new = 1\n"}
    del files["DIRAC/ToySystem/Service/ToyHandler.py"]
    toys.wheel(tmp_path / "new", files=files)
    untouched = site / "DIRAC/ToySystem/DB/ToyDB.py"
    before = untouched.stat().st_ino
    done = fit(site, tmp_path / "new")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("changed DIRAC: ")
    found = sources(site)
    assert {name: text for name, text in found.items() if name.startswith("DIRAC/")} == files
    assert not (site / "DIRAC/ToySystem/Service").exists(), "nor its compiled Python and its empty folder"
    assert found["other.py"] == "other = 1\n"
    assert untouched.stat().st_ino == before
    code = (
        "import DIRAC, DIRAC.New, importlib.metadata as m; print(DIRAC.version, m.version('DIRAC'), DIRAC.__cached__)"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": str(site)}, capture_output=True, text=True, check=True
    )
    assert told.stdout.split()[:2] == ["2", "8.0.87.dev3"]
    assert Path(told.stdout.split()[2]).is_file(), "what users cannot write is compiled for them"


def test_the_installers_own_stays_in_the_record(site: Path, tmp_path: Path) -> None:
    toys.wheel(tmp_path / "new")
    fit(site, tmp_path / "new")
    assert [path.name for path in site.glob("*.dist-info")] == ["dirac-8.0.87.dev3.dist-info"]
    record = (site / "dirac-8.0.87.dev3.dist-info/RECORD").read_text()
    assert "../../bin/dirac-toy,sha256=x,1\n" in record
    assert "dirac-8.0.87.dev3.dist-info/INSTALLER,,\n" in record
    assert "8.0.86" not in record
    assert (site / "dirac-8.0.87.dev3.dist-info/INSTALLER").read_text() == "uv"


def test_a_second_call_changes_nothing(site: Path, tmp_path: Path) -> None:
    toys.wheel(tmp_path / "new")
    fit(site, tmp_path / "new")
    before = {path: path.stat().st_mtime_ns for path in [site, *site.rglob("*")]}
    assert fit(site, tmp_path / "new").stdout == "ok DIRAC\n"
    assert {path: path.stat().st_mtime_ns for path in [site, *site.rglob("*")]} == before


def test_there_and_back_is_what_it_was(site: Path, tmp_path: Path) -> None:
    before = sources(site)
    toys.wheel(tmp_path / "new", files={**toys.FILES, "DIRAC/more.py": ""})
    toys.wheel(tmp_path / "old", version="8.0.86")
    fit(site, tmp_path / "new")
    fit(site, tmp_path / "old")
    after = sources(site)
    record = "dirac-8.0.86.dist-info/RECORD"
    assert min(after.pop(record).splitlines()).startswith("../../bin/dirac-toy")
    before.pop(record)
    assert after == before


def test_code_that_was_changed_by_hand_is_put_right(site: Path, tmp_path: Path) -> None:
    toys.wheel(tmp_path / "new")
    fit(site, tmp_path / "new")
    (site / "DIRAC/__init__.py").write_text("raise SystemExit\n")
    assert fit(site, tmp_path / "new").stdout == "changed DIRAC: 1 files\n"
    assert (site / "DIRAC/__init__.py").read_text() == toys.FILES["DIRAC/__init__.py"]


def test_a_file_that_is_no_python_is_no_hindrance(site: Path, tmp_path: Path) -> None:
    toys.wheel(tmp_path / "new", files={**toys.FILES, "DIRAC/template.py": "{{ no python }"})
    assert fit(site, tmp_path / "new").returncode == 0
    assert (site / "DIRAC/template.py").is_file()


def test_a_package_that_is_not_installed_is_refused_before_anything_is_written(site: Path, tmp_path: Path) -> None:
    before = sources(site)
    toys.wheel(tmp_path / "new")
    toys.wheel(tmp_path / "new", name="Toy", version="1.0")
    done = fit(site, tmp_path / "new")
    assert done.returncode == 1
    assert "Toy is not installed" in done.stderr
    assert sources(site) == before
