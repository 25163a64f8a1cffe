"""The file ``events.jsonl``: several processes append to it, others read it while it grows."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from diraccert.model.errors import InfrastructureError
from diraccert.results.events import Event, Log

NAME = "events.jsonl"
_EVENT: TypeAdapter[Event] = TypeAdapter(Event)
# Every event begins so, and a JSON string cannot hold these bytes (its quotes are escaped): where a writer was killed
# in the middle of a line, the reader finds the next event behind the torn one.
_BEGIN = b'{"event":"'


def append(folder: Path, event: Event) -> None:
    """Add one event by one write, which the kernel does not mix with another process's on a local file system.

    Raises InfrastructureError when it cannot be written whole (a full disk).
    """
    line = event.model_dump_json().encode() + b"\n"
    path = folder / NAME
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            written = os.write(descriptor, line)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise InfrastructureError(f"{path} cannot be written: {error.strerror}", "make room there") from error
    if written != len(line):
        raise InfrastructureError(f"{path} cannot be written: the disk is full", "make room there")


def read(folder: Path) -> tuple[Event, ...]:
    """All events so far; none when there is no file. A torn last line is left out."""
    return EventTail(folder).new()


class EventTail:
    """Reads what was appended since the last look; for live progress."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        self._offset = 0

    def new(self) -> tuple[Event, ...]:
        """The events of the whole lines that came since the last look; a line still being written waits."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                data = file.read()
        except FileNotFoundError:
            return ()
        whole = data[: data.rfind(b"\n") + 1]
        self._offset += len(whole)
        return tuple(event for line in whole.splitlines() for event in _parse(line))


def _parse(line: bytes) -> tuple[Event, ...]:
    if not line.strip():
        return ()
    try:
        return (_EVENT.validate_json(line),)
    except ValidationError as error:
        later = line.find(_BEGIN, 1)
        torn = line if later < 0 else line[:later]
        lost = Log(
            level="warning", text=f"an event cannot be read: {_first(error)}: {torn[:200].decode(errors='replace')}"
        )
        return (lost, *(_parse(line[later:]) if later > 0 else ()))


def _first(error: ValidationError) -> str:
    found = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in found["loc"])
    return f"{where}: {found['msg']}" if where else str(found["msg"])
