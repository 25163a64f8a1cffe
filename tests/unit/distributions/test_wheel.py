"""Wheels: their metadata, and which of them may follow one another on the same images."""

from __future__ import annotations

from pathlib import Path

import pytest

from diraccert.distributions import wheel
from diraccert.model.errors import BadInput
from tests.unit.distributions import toys


def shape(folder: Path, **made: object) -> str:
    return wheel.shape(wheel.read(toys.wheel(folder / "other", **made)))  # type: ignore[arg-type]


@pytest.fixture
def usual(tmp_path: Path) -> str:
    return wheel.shape(wheel.read(toys.wheel(tmp_path / "usual")))


def test_the_metadata(tmp_path: Path) -> None:
    found = wheel.read(toys.wheel(tmp_path))
    assert (found.key, str(found.version), found.requires) == ("dirac", "8.0.87.dev3", ("diraccfg",))
    assert found.extras == ("server",)
    assert set(found.files) == set(toys.FILES)


@pytest.mark.parametrize(
    "changed",
    [
        {"version": "8.0.88"},
        {"told": "Requires-Dist: other\n"},
        {"files": {**toys.FILES, "DIRAC/__init__.py": "version = 2\n"}},
        {"files": {**toys.FILES, "DIRAC/ToySystem/DB/ToyDB.py": "class ToyDB: more = 1\n"}},
        {"files": {**toys.FILES, "DIRAC/ToySystem/Service/ToyHandler.py": "class ToyHandler: more = 1\n"}},
        {"files": {**toys.FILES, "DIRAC/ToySystem/Client/new.py": ""}},
        {"files": {**toys.FILES, "DIRAC/ToySystem/Service/test/Test_Toy.py": "'CREATE TABLE'"}},
        {"files": {**toys.FILES, "DIRAC/ToySystem/DB/test/a.sql": ""}},
    ],
)
def test_code_does_not_change_the_shape(tmp_path: Path, usual: str, changed: dict[str, object]) -> None:
    assert shape(tmp_path, **changed) == usual


@pytest.mark.parametrize(
    "changed",
    [
        {"version": "8.1.0"},
        {"name": "Toy"},
        {"entries": toys.ENTRIES + "dirac-other = DIRAC.other:main\n"},
        {"files": {**toys.FILES, "DIRAC/ToySystem/DB/ToyDB.sql": "CREATE TABLE Toys (ToyID BIGINT);\n"}},
        {"files": {**toys.FILES, "DIRAC/ToySystem/ConfigTemplate.cfg": "Agents\n{\n}\n"}},
        {"files": {**toys.FILES, "DIRAC/ToySystem/Agent/NewAgent.py": ""}},
        {"files": {**toys.FILES, "DIRAC/ToySystem/DB/MadeDB.py": "__tablename__ = 'Lines'\n"}},
        {"files": {**toys.FILES, "DIRAC/Types.py": "self.definitionKeyFields = []\n"}},
        {"files": {**toys.FILES, "dirac-8.0.87.dev3.data/scripts/run": "#!/bin/sh\n"}},
    ],
)
def test_what_images_hold_changes_the_shape(tmp_path: Path, usual: str, changed: dict[str, object]) -> None:
    assert shape(tmp_path, **changed) != usual


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("dirac-8.0.1-py3-none-any.whl", b"no archive", "is no whole wheel"),
        ("dirac.whl", b"", "wheel is named NAME-VERSION"),
    ],
)
def test_what_is_no_wheel(tmp_path: Path, name: str, data: bytes, says: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(BadInput, match=says):
        wheel.read(tmp_path / name)


def test_a_wheel_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such file"):
        wheel.read(tmp_path / "dirac-8.0.1-py3-none-any.whl")


def test_a_wheel_that_was_cut(tmp_path: Path) -> None:
    path = toys.wheel(tmp_path)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(BadInput, match="is no whole wheel"):
        wheel.read(path)
