"""The file of events: written by several processes, read while it grows, torn by a killed writer."""

from __future__ import annotations

import multiprocessing
import resource
from datetime import UTC, datetime
from pathlib import Path

import pytest

from diraccert.model.errors import InfrastructureError
from diraccert.model.outcomes import Outcome
from diraccert.model.run import Evidence, Step
from diraccert.model.scenario import ScenarioMeta
from diraccert.results.event_file import NAME, EventTail, append, read
from diraccert.results.events import Collected, Event, Finished, Log, Started, StepDone

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
META = ScenarioMeta(id="WMS-01", title="a job", area="wms", owner="ann", needs=("worker",))
EVENTS: tuple[Event, ...] = (
    Collected(time=NOW, scenarios=(META,)),
    Started(time=NOW, id="WMS-01", worker="gw0"),
    StepDone(id="WMS-01", step=Step(at=0, seconds=1.5, what='say {"event":"log"} \n twice', detail="é")),
    Finished(time=NOW, id="WMS-01", outcome=Outcome.FAIL, seconds=2, evidence=Evidence(got="x")),
    Log(time=NOW, text="done"),
)


def test_what_is_appended_is_read(tmp_path: Path) -> None:
    for event in EVENTS:
        append(tmp_path, event)
    assert read(tmp_path) == EVENTS
    assert len((tmp_path / NAME).read_text().splitlines()) == len(EVENTS)


def test_no_file_is_no_events(tmp_path: Path) -> None:
    assert read(tmp_path) == ()


def test_a_torn_last_line_is_left_out(tmp_path: Path) -> None:
    append(tmp_path, EVENTS[0])
    whole = (tmp_path / NAME).read_bytes()
    for length in range(1, len(whole)):
        (tmp_path / NAME).write_bytes(whole + whole[:length])
        assert read(tmp_path) == EVENTS[:1]


def test_a_line_torn_in_the_middle_of_the_file_costs_only_itself(tmp_path: Path) -> None:
    append(tmp_path, EVENTS[0])
    path = tmp_path / NAME
    path.write_bytes(path.read_bytes() + EVENTS[2].model_dump_json().encode()[:60])
    append(tmp_path, EVENTS[3])
    first, lost, last = read(tmp_path)
    assert (first, last) == (EVENTS[0], EVENTS[3])
    assert isinstance(lost, Log)
    assert lost.level == "warning"
    assert "an event cannot be read" in lost.text


def test_a_follower_gets_each_event_once_and_waits_for_the_rest_of_a_line(tmp_path: Path) -> None:
    tail = EventTail(tmp_path)
    assert tail.new() == ()
    append(tmp_path, EVENTS[0])
    assert tail.new() == EVENTS[:1]
    line = EVENTS[1].model_dump_json().encode() + b"\n"
    with (tmp_path / NAME).open("ab", buffering=0) as file:
        file.write(line[:30])
        assert tail.new() == ()
        file.write(line[30:])
    assert tail.new() == EVENTS[1:2]
    assert tail.new() == ()


def test_output_that_is_no_text_does_not_lose_the_event(tmp_path: Path) -> None:
    said = b"caf\xe9 \x00".decode(errors="surrogateescape")
    append(tmp_path, Log(text=said))
    assert read(tmp_path) == (Log(text="caf� \x00"),)


def _write_many(folder: Path, writer: int) -> None:
    for number in range(50):
        append(folder, Log(worker=str(writer), text=f"{number} " + "x" * 20_000))


def test_processes_do_not_mix_their_lines(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=_write_many, args=(tmp_path, number)) for number in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    lines = [event for event in read(tmp_path) if isinstance(event, Log)]
    assert {(line.level, len(line.text) > 20_000) for line in lines} == {("info", True)}
    for number in range(3):
        assert [int(line.text.split()[0]) for line in lines if line.worker == str(number)] == list(range(50))


def test_a_full_disk_is_said(tmp_path: Path) -> None:
    append(tmp_path, EVENTS[0])
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, ((tmp_path / NAME).stat().st_size + 10, hard))
    try:
        with pytest.raises(InfrastructureError, match=r"events\.jsonl cannot be written"):
            append(tmp_path, EVENTS[1])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert read(tmp_path) == EVENTS[:1]
