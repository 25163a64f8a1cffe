"""What gets into an instance for upstream's tests: nothing that could be imported in place of what is certified."""

from __future__ import annotations

import io
import subprocess
import tarfile
from pathlib import Path

import pytest

from diraccert.certification.upstream import packages, phase, preparing
from diraccert.certification.upstream.suite import Module
from diraccert.distributions import child
from diraccert.model.errors import InfrastructureError
from diraccert.rooms import builtin
from tests.unit.certification.upstream import checkouts
from tests.unit.distributions import toys


def names(parcel: bytes) -> set[str]:
    with tarfile.open(fileobj=io.BytesIO(parcel)) as archive:
        return {name.removeprefix("opt/dirac-cert/upstream/") for name in archive.getnames()}


def test_tests_go_in_as_they_stand_and_of_the_sources_only_their_data(tmp_path: Path) -> None:
    top = checkouts.make(tmp_path / "DIRAC")
    for name in ("src/DIRAC/Core/test/data.xml", "src/DIRAC/Core/test/Test_X.py", "src/DIRAC/Core/Code.py", "README"):
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text("x")
    (top / ".gitignore").write_text("*.log\n")
    toys.git(top, "init", "-q", "-b", "main")
    toys.commit(top)
    (top / "tests/Integration/Core/Test_New.py").write_text("new")
    (top / "tests/Integration/Core/out.log").write_text("ignored")
    (top / "tests/Integration/Core/Test_Forgotten.py").unlink()
    (tmp_path / "packages").mkdir()
    (tmp_path / "packages/pytest.py").write_text("")
    found = names(preparing.parcel(top, tmp_path / "packages", [builtin()]))
    assert {name for name in found if name.startswith("run/DIRAC/") and not name.endswith(".sh")} == {
        "run/DIRAC/src/DIRAC/Core/test/data.xml",
        "run/DIRAC/tests/Integration/Core/Test_MySQLDB.py",
        "run/DIRAC/tests/Integration/Core/Test_New.py",
    }
    assert {"packages/pytest.py", "programs/inside.py", "programs/site.cfg"} <= found


def test_packages_are_fetched_once_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[list[str]] = []

    def install(argv: list[str], *_: object) -> subprocess.CompletedProcess[str]:
        calls.append(argv)
        Path(argv[argv.index("--target") + 1]).mkdir()
        return subprocess.CompletedProcess(argv, 0, "", "")

    monkeypatch.setattr(child, "run", install)
    first = packages.folder([builtin()], "3.11", tmp_path)
    assert packages.folder([builtin()], "3.11", tmp_path) == first
    assert len(calls) == 1
    assert "--require-hashes" in calls[0]
    assert packages.folder([builtin()], "3.13", tmp_path) != first


def test_packages_that_cannot_be_had_are_our_error_and_leave_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = subprocess.CompletedProcess([], 2, "", "error: no\n  network")
    monkeypatch.setattr(child, "run", lambda *_: failed)
    with pytest.raises(InfrastructureError, match="cannot be had: error: no network"):
        packages.folder([builtin()], "3.11", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_must_be_alone_comes_last_and_the_rest_is_kept_apart_by_groups() -> None:
    modules = [Module("UP-A-A", "A/A", (), alone=True), Module("UP-B-B", "B/B", ()), Module("UP-C-C", "C/C", ())]
    shared, alone = phase.batches_of(modules, 6)
    assert (shared.ids, shared.workers, shared.dist) == (("UP-B-B", "UP-C-C"), 2, "loadgroup")
    assert (alone.ids, alone.workers) == (("UP-A-A",), 0)
