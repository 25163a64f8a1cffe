from __future__ import annotations

from pathlib import Path

from diraccert import rooms


def test_the_rooms_of_a_checkout_lie_beside_the_package() -> None:
    top = Path(__file__).resolve().parents[2]
    assert rooms.builtin() == top
    assert (rooms.builtin() / "ci" / "bootstrap").is_file()


def test_the_rooms_of_a_wheel_lie_inside_the_package(tmp_path: Path) -> None:
    package = tmp_path / "site-packages" / "diraccert"
    (package / "packaged").mkdir(parents=True)
    assert rooms.builtin(package) == package / "packaged"
