"""The folder of a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from diraccert.certification.record import made_empty
from diraccert.model.errors import BadInput


def test_the_events_of_an_older_run_go_and_nothing_else(tmp_path: Path) -> None:
    for name in ("events.jsonl", "mine.txt"):
        (tmp_path / name).touch()
    assert made_empty(tmp_path / "new/..") == tmp_path.resolve()
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["mine.txt"]


@pytest.mark.parametrize("folder", ["file", "file/below", "loop", "n" * 300])
def test_a_folder_that_cannot_be_had_is_bad_input(tmp_path: Path, folder: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(BadInput, match="no report can be written to") as caught:
        made_empty(tmp_path / folder)
    assert "--report-dir" in caught.value.way_out


def test_nothing_of_an_older_run_stands_beside_the_new_one(tmp_path: Path) -> None:
    (tmp_path / "allure-results").mkdir()
    names = ("run.json", "report.html", "report.md", "junit.xml", "log-signatures.json", "allure-results/x", "mine.txt")
    for name in names:
        (tmp_path / name).touch()
    made_empty(tmp_path)
    # the record itself is written anew at once, whole
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.txt", "run.json"]


def test_a_folder_that_no_run_was_in_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "report.md").write_text("mine")
    made_empty(tmp_path)
    assert (tmp_path / "report.md").read_text() == "mine"
