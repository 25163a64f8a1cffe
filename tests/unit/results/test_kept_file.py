"""Files that people keep, as a careless or a hostile hand leaves them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from diraccert.model.errors import BadInput
from diraccert.model.run import Frozen
from diraccert.results import kept_file


class Entry(Frozen):
    name: str


class Entries(Frozen):
    release: str
    entries: tuple[Entry, ...] = ()


def refusal(path: Path) -> str:
    with pytest.raises(BadInput) as caught:
        kept_file.read(path, Entries, "look there")
    assert str(path) in caught.value.message
    return str(caught.value)


def test_a_file_is_read_with_what_is_given_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "x.yml"
    path.write_text("entries:\n- {name: a}\n")
    assert kept_file.read(path, Entries, "", release="8.0") == Entries(release="8.0", entries=(Entry(name="a"),))
    path.write_text("release: 8.0.86\n")
    assert kept_file.read(path, Entries, "", release="8.0").release == "8.0.86"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "line 1: release: Field required"),
        ("release: 8.0.1\nentries:\n- {name: a}\n- {nam: b}\n", "line 4: entries.1.name: Field required"),
        ("release: 8.0.1\nentries: many\n", "line 2: entries: "),
        ("release: 8.0.1\nelse: 1\n", "line 2: else: Extra inputs"),
        ("release: 8.0.1\nrelease: 8.0.2\n", "line 2: key 'release' is given twice"),
        ("release: [\n", "not YAML"),
        ("- release\n", "not a mapping"),
        ("release: !!python/object/apply:os.system [true]\n", "is not taken"),
        ("release: &a [*a]\n", "holds itself"),
        ("release: " + "[" * 5000, "nested too deeply"),
    ],
)
def test_what_cannot_be_used_is_said_with_its_line(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "x.yml"
    path.write_text(text)
    assert says in refusal(path)


def test_what_is_no_file_or_no_text_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "folder.yml").mkdir()
    os.mkfifo(tmp_path / "pipe.yml")
    (tmp_path / "bytes.yml").write_bytes(b"\xff\xfe")
    (tmp_path / "loop.yml").symlink_to("loop.yml")
    for name in ("folder", "pipe", "bytes", "loop", "nobody"):
        assert refusal(tmp_path / f"{name}.yml")
