"""run.json: whole or not at all, and clear words for what cannot be read."""

from __future__ import annotations

import json
import resource
from datetime import UTC, datetime
from pathlib import Path

import pytest

from diraccert.model.errors import BadInput, InfrastructureError
from diraccert.model.outcomes import Verdict
from diraccert.model.run import SCHEMA_VERSION, Host, Run
from diraccert.results import store
from diraccert.results.whole_file import write_whole

RUN = Run(
    run_id="r1",
    verdict=Verdict.UNKNOWN,
    distribution="8.0.86",
    lock="a==1\n" * 5000,
    host=Host(cores=2, memory_gb=8, system="Debian 12"),
    started=datetime(2026, 11, 22, 12, 0, tzinfo=UTC),
    seconds=3.5,
)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = store.write(RUN, tmp_path / "a" / "b")
    assert store.read(tmp_path / "a" / "b") == RUN
    assert path.stat().st_mode & 0o777 == 0o644
    assert names(path.parent) == ["run.json"]


def test_a_record_of_the_first_schema_is_still_read(tmp_path: Path) -> None:
    first = json.loads(RUN.model_dump_json()) | {"schema_version": 1}
    del first["stretch"]
    (tmp_path / "run.json").write_text(json.dumps(first))
    assert store.read(tmp_path).stretch == 1.0


def test_a_full_disk_leaves_the_old_file_and_no_half_one(tmp_path: Path) -> None:
    old = RUN.model_copy(update={"run_id": "old", "lock": ""})
    store.write(old, tmp_path)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
    try:
        with pytest.raises(InfrastructureError, match=r"run\.json cannot be written: File too large \(make room"):
            store.write(RUN, tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert store.read(tmp_path) == old
    assert names(tmp_path) == ["run.json"]


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InfrastructureError, match="cannot be written"):
        store.write(RUN, tmp_path / "file" / "run")


def test_an_interrupt_while_writing_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_descriptor: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("diraccert.results.whole_file.os.fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_whole(tmp_path / "x", "text")
    assert names(tmp_path) == []


def test_a_missing_run(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"there is no run\.json in .*give the folder of a run"):
        store.read(tmp_path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"run_id": "r1",\n "verd', "is broken at line 2, column 2"),
        ("", "is broken at line 1"),
        ("[1]", "is not a record of a run: its top"),
        ('{"schema_version": 99}', f"has schema version 99, this release reads up to {SCHEMA_VERSION}"),
        (RUN.model_dump_json().replace('"cores":2', '"cores":"many"'), "is not a record of a run: host.cores"),
        (
            RUN.model_dump_json().replace("2026-11-22T12:00:00Z", "2026-11-22T12:00:00"),
            "is not a record of a run: started",
        ),
        (RUN.model_dump_json().replace('"run_id"', '"name"'), "is not a record of a run: run_id"),
    ],
)
def test_a_run_that_cannot_be_used(tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / "run.json").write_text(content)
    with pytest.raises(BadInput) as caught:
        store.read(tmp_path)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.way_out
    assert caught.value.exit_code == 64


def test_a_run_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_bytes(b"\xff\xfe{}")
    with pytest.raises(BadInput, match="cannot be read"):
        store.read(tmp_path)


def test_numbers_that_are_none_are_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        Run.model_validate({**json.loads(RUN.model_dump_json()), "seconds": float("nan")})


@pytest.mark.parametrize("content", ["[" * 100_000, '{"schema_version": ' + "9" * 10_000 + "}"])
def test_a_run_that_python_cannot_read(tmp_path: Path, content: str) -> None:
    (tmp_path / "run.json").write_text(content)
    with pytest.raises(BadInput, match="cannot be read"):
        store.read(tmp_path)
