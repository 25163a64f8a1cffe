"""Which extensions a site has: those whose packages say so, whatever they are called."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

import pytest

from diraccert.rooms import builtin


def install(folder: Path, name: str, priority: int) -> None:
    """A package that is DIRAC or an extension of it."""
    (folder / name / "ToySystem").mkdir(parents=True)
    (folder / name / "__init__.py").write_text(f"def extension_metadata():\n    return {{'priority': {priority}}}\n")
    told = folder / f"{name}-1.0.dist-info"
    told.mkdir()
    (told / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (told / "entry_points.txt").write_text(f"[dirac]\nmetadata = {name}:extension_metadata\n")


@pytest.fixture
def release(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(builtin() / "roles/site/files"))
    return importlib.import_module("certsite.release")


def test_extensions_come_in_the_order_in_which_they_override(
    release: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, priority in (("DIRAC", 0), ("AToyDIRAC", 10), ("BToyDIRAC", 100)):
        install(tmp_path, name, priority)
    monkeypatch.syspath_prepend(str(tmp_path))
    assert release.extensions() == ["BToyDIRAC", "AToyDIRAC"]
    assert [path.name for path in release.packages()] == ["BToyDIRAC", "AToyDIRAC", "DIRAC"]


def test_dirac_alone_has_none(release: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, "DIRAC", 0)
    monkeypatch.syspath_prepend(str(tmp_path))
    assert release.extensions() == []
    assert [path.name for path in release.packages()] == ["DIRAC"]
