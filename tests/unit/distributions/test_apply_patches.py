"""The script that applies patches in an environment."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from diraccert.rooms import builtin

FILES = builtin() / "roles/dirac/files"
DIFF = """--- a/toy/one.py
+++ b/toy/one.py
@@ -1,3 +1,4 @@
 first
-second
+2nd
+more
 third
@@ -5,2 +6,2 @@
 fifth
-sixth
+6th
"""
BEFORE = "first\nsecond\nthird\nfourth\nfifth\nsixth\n"
AFTER = "first\n2nd\nmore\nthird\nfourth\nfifth\n6th\n"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """An environment with toy 1.2 installed."""
    site = tmp_path / "site-packages"
    (site / "toy").mkdir(parents=True)
    (site / "toy/one.py").write_text(BEFORE)
    (site / "toy-1.2.dist-info").mkdir()
    (site / "toy-1.2.dist-info/METADATA").write_text("Metadata-Version: 2.1\nName: toy\nVersion: 1.2\n")
    return site


@pytest.fixture
def patch(tmp_path: Path) -> Callable[..., Path]:
    """Write a patch folder."""

    def write(name: str = "p", files: dict[str, str] | None = None, **about: str) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        told = {"name": name, "kind": "diff", "target": "toy", "applies": "==1.2", "reason": "r", **about}
        (folder / "patch.yml").write_text(yaml.safe_dump(told))
        for file, text in (files or {"p.diff": DIFF}).items():
            (folder / file).write_text(text)
        return folder

    return write


def apply(*arguments: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(FILES / "apply_patches.py"), *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_patch_is_applied_once(site, patch) -> None:
    folder = patch()
    first, second = apply(site, folder), apply(site, folder)
    assert (first.returncode, first.stdout) == (0, "changed p: toy/one.py\n")
    assert (second.returncode, second.stdout) == (0, "ok p\n")
    assert (site / "toy/one.py").read_text() == AFTER


def test_a_file_that_an_installer_shares_with_its_cache_is_replaced_not_written_into(site, patch, tmp_path) -> None:
    os.link(site / "toy/one.py", tmp_path / "cached.py")
    assert apply(site, patch()).returncode == 0
    assert (tmp_path / "cached.py").read_text() == BEFORE
    assert sorted(path.name for path in (site / "toy").iterdir()) == ["one.py"]


@pytest.mark.parametrize("line", ["second", "fifth"])
def test_a_text_that_is_not_the_expected_is_refused_and_left_alone(site, patch, line) -> None:
    other = BEFORE.replace(line, "other")
    (site / "toy/one.py").write_text(other)
    done = apply(site, patch())
    assert done.returncode == 1
    assert done.stderr.startswith("refused p: toy/one.py: line ")
    assert (site / "toy/one.py").read_text() == other


def test_another_version_is_refused(site, patch) -> None:
    done = apply(site, patch(applies="==1.1"))
    assert (done.returncode, done.stderr) == (1, "refused p: is for toy==1.1, installed is 1.2\n")


def test_a_target_that_is_not_installed_is_refused(site, patch) -> None:
    done = apply(site, patch(target="absent"))
    assert done.returncode == 1
    assert "refused p: absent is not installed in" in done.stderr


def test_nothing_is_written_when_one_of_several_is_refused(site, patch) -> None:
    done = apply(site, patch("good"), patch("bad", applies="<1"), patch("worse", kind="magic"))
    assert done.returncode == 1
    assert [line.split(":")[0] for line in done.stderr.splitlines()] == ["refused bad", "refused worse"]
    assert (site / "toy/one.py").read_text() == BEFORE


def test_a_second_patch_sees_what_the_first_made(site, patch) -> None:
    second = "--- a/toy/one.py\n+++ b/toy/one.py\n@@ -1,2 +1,2 @@\n first\n-2nd\n+II\n"
    done = apply(site, patch("one"), patch("two", {"two.diff": second}))
    assert done.returncode == 0, done.stderr
    assert (site / "toy/one.py").read_text() == AFTER.replace("2nd", "II")


def test_a_module_is_copied_once(site, patch) -> None:
    folder = patch("m", {"toy_shim.py": "x = 1\n", "toy_shim.pth": "import toy_shim\n"}, kind="module")
    assert apply(site, folder).stdout == "changed m: toy_shim.pth\nchanged m: toy_shim.py\n"
    assert apply(site, folder).stdout == "ok m\n"
    assert (site / "toy_shim.py").read_text() == "x = 1\n"


def test_a_folder_that_is_no_patch_is_refused(site, tmp_path) -> None:
    (tmp_path / "empty").mkdir()
    done = apply(site, tmp_path / "empty")
    assert done.returncode == 1
    assert "patch.yml" in done.stderr


def test_a_call_without_patches_says_how_to_call() -> None:
    done = apply(Path())
    assert (done.returncode, done.stderr) == (2, "usage: apply_patches.py SITE_PACKAGES PATCH_DIR...\n")


@pytest.mark.parametrize("folder", sorted((FILES / "patches").iterdir()), ids=lambda folder: folder.name)
def test_the_patches_that_we_ship_say_what_they_are_for(folder) -> None:
    about = yaml.safe_load((folder / "patch.yml").read_text())
    assert about["name"] == folder.name
    assert set(about) == {"name", "kind", "target", "applies", "reason"}
    assert list(folder.glob("*.diff" if about["kind"] == "diff" else "*.py"))
