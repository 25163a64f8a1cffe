from __future__ import annotations

from pathlib import Path

import pytest

from diraccert import rooms


def test_the_rooms_of_a_checkout_lie_beside_the_package() -> None:
    top = Path(__file__).resolve().parents[2]
    assert rooms.builtin() == top
    assert (rooms.builtin() / "ci" / "bootstrap").is_file()


def test_the_rooms_of_a_wheel_lie_inside_the_package(tmp_path: Path) -> None:
    package = tmp_path / "site-packages" / "diraccert"
    (package / "packaged").mkdir(parents=True)
    assert rooms.builtin(package) == package / "packaged"


def test_a_package_names_rooms_of_its_own_by_an_entry_point(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "toydirac_rooms/scenarios/extensions").mkdir(parents=True)
    (tmp_path / "empty_rooms").mkdir()
    told = tmp_path / "toy-1.0.dist-info"
    told.mkdir()
    (told / "METADATA").write_text("Metadata-Version: 2.1\nName: toy\nVersion: 1.0\n")
    entries = "a = not_there.at_all\nb = toydirac_rooms\nc = empty_rooms\n"
    (told / "entry_points.txt").write_text(f"[diraccert.rooms]\n{entries}")
    before = rooms.installed()
    monkeypatch.syspath_prepend(str(tmp_path))
    assert [path for path in rooms.installed() if path not in before] == [tmp_path / "toydirac_rooms"]
