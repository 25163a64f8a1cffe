"""The journal of a search: JSON lines, the first says of which search, each other one is a finished attempt."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from pydantic import ValidationError

from diraccert.images import cache
from diraccert.model.errors import BadInput, InfrastructureError
from diraccert.model.run import Frozen, Text
from diraccert.proving.attempt import Attempt

BEGIN = b'{"repository":'
WAY_OUT = "name another --journal FILE, or remove this one"


class Search(Frozen):
    """What a search is of; another answer to any of these is another search. ``good`` and ``bad`` are commits."""

    repository: Text
    good: str
    bad: str
    selection: str
    dist: str = ""
    rooms: tuple[Text, ...] = ()


def default_path(search: Search) -> Path:
    """A file of this search alone, below the user's cache folder."""
    return cache.folder("bisect") / f"{hashlib.sha256(search.model_dump_json().encode()).hexdigest()[:16]}.jsonl"


@dataclass
class Journal:
    """The attempts so far by commit, of several the last. Nobody else writes to the file meanwhile."""

    path: Path
    attempts: dict[str, Attempt]
    file: IO[bytes]

    def add(self, attempt: Attempt) -> None:
        """Keep the attempt, on the disk too; raises InfrastructureError when that is full."""
        self.attempts[attempt.commit] = attempt
        _append(self.path, self.file, attempt)


@contextmanager
def opened(path: Path, search: Search, *, retry: bool = False) -> Iterator[Journal]:
    """The journal at ``path``, a new one when there is none; it is not left with nothing in it.

    With ``retry`` what a failure of ours left open is forgotten.

    Raises BadInput when the file is no journal, is that of another search, or another command writes to it.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a+b")
    except OSError as error:
        raise BadInput(
            f"the journal {path} cannot be opened: {error.strerror}", "name another --journal FILE"
        ) from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BadInput(f"another bisect goes on with {path}", "wait for its end") from None
        lines = _whole_lines(path, file)
        if lines:
            attempts = _read(path, lines, search)
        else:
            attempts = {}
            _append(path, file, search)
        journal = Journal(path, {id_: each for id_, each in attempts.items() if each.settled or not retry}, file)
        try:
            yield journal
        finally:
            if not attempts and not journal.attempts:
                path.unlink(missing_ok=True)


def _whole_lines(path: Path, file: IO[bytes]) -> list[bytes]:
    """A command that was killed while it wrote has left a torn last line, which is cut off."""
    file.seek(0)
    data = file.read()
    if not BEGIN.startswith(data[: len(BEGIN)]):
        raise BadInput(f"{path} is no journal of a search", WAY_OUT)
    whole = data[: data.rfind(b"\n") + 1]
    file.truncate(len(whole))
    return whole.splitlines()


def _read(path: Path, lines: list[bytes], search: Search) -> dict[str, Attempt]:
    try:
        first = Search.model_validate_json(lines[0])
        attempts = [Attempt.model_validate_json(line) for line in lines[1:]]
    except ValidationError as error:
        raise BadInput(f"{path} is no journal of a search", WAY_OUT) from error
    if first != search:
        other = f"{first.good[:10]} to {first.bad[:10]} in {first.repository}, --select '{first.selection}'"
        raise BadInput(f"{path} is the journal of another search ({other})", WAY_OUT)
    return {each.commit: each for each in attempts}


def _append(path: Path, file: IO[bytes], line: Search | Attempt) -> None:
    try:
        file.write(line.model_dump_json().encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    except OSError as error:
        raise InfrastructureError(f"{path} cannot be written: {error.strerror}", "make room there") from error
