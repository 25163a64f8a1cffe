"""A line to a program in a container: one docker exec that stays open, written and read as it goes.

A docker exec costs 90 ms; through an open one a question and its answer cost about one.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Protocol

from diraccert.instances.stream import STDOUT, Stream
from diraccert.model.errors import InfrastructureError


class Line(Protocol):
    """Lines of bytes to and from one partner."""

    def send(self, line: bytes) -> None:
        """Send one line, which ends with its newline; raises InfrastructureError when the partner is gone."""

    def receive(self, limit: float) -> bytes:
        """The next line; raises InfrastructureError when none came within ``limit`` seconds or none will come."""

    def close(self) -> None:
        """Hang up; the partner sees the end of its input."""


@dataclass
class ExecLine:
    """A Line over the streams of a program in a container; ``what`` names it in errors."""

    stream: Stream
    what: str
    text: bytearray = field(default_factory=bytearray)
    complaint: bytearray = field(default_factory=bytearray)

    def send(self, line: bytes) -> None:
        """See Line."""
        try:
            self.stream.send(line)
        except OSError as error:
            raise self._gone(str(error)) from error

    def receive(self, limit: float) -> bytes:
        """See Line."""
        until = time.monotonic() + limit
        while (end := self.text.find(b"\n")) < 0:
            try:
                piece = self.stream.receive(until)
            except TimeoutError as error:
                raise InfrastructureError(f"{self.what} did not answer within {limit:g} s") from error
            except OSError as error:
                raise self._gone(str(error)) from error
            if piece is None:
                raise self._gone("it ended")
            (self.text if piece[0] == STDOUT else self.complaint).extend(piece[1])
        line = bytes(self.text[:end])
        del self.text[: end + 1]
        return line

    def close(self) -> None:
        """See Line."""
        self.stream.close()

    def _gone(self, why: str) -> InfrastructureError:
        said = self.complaint.decode(errors="replace").strip().splitlines()
        return InfrastructureError(
            f"the line to {self.what} broke: {said[-1] if said else why}", "see dirac-cert status"
        )
