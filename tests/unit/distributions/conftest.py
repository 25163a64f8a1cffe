"""Rooms of a certification site, written for one test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Write = Callable[..., Path]


@pytest.fixture
def room(tmp_path: Path) -> Path:
    """A room with the line 8.0 and one patch."""
    (tmp_path / "ci/distributions").mkdir(parents=True)
    patch = tmp_path / "roles/dirac/files/patches/tornado-hooks"
    patch.mkdir(parents=True)
    (patch / "patch.yml").write_text("name: tornado-hooks\n")
    (tmp_path / "ci/distributions/8.0.yml").write_text(
        'line: "8.0"\n'
        "drop:\n  - {what: gfal2-python, reason: Debian's serves}\n"
        "overrides:\n  - {what: M2Crypto>=0.50, reason: proxies}\n"
        "patches:\n  - {name: tornado-hooks, reason: hooks}\n"
        "variables: {one: a, two: b}\n"
    )
    return tmp_path


@pytest.fixture
def write(room: Path) -> Write:
    """Write a manifest of the room by its name; answers its path."""

    def put(name: str, text: str) -> Path:
        path = room / "ci/distributions" / f"{name}.yml"
        path.write_text(text)
        return path

    return put
