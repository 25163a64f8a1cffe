"""What the product answered, and the error that says it answered wrongly."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


class ProductError(Exception):
    """DIRAC answered with an error where it should not, or did not answer: outcome FAIL."""

    def __init__(self, message: str, answer: Any = None) -> None:
        super().__init__(message)
        self.message = message
        self.answer = answer


def shorten(text: object, limit: int = 300) -> str:
    """One line of at most ``limit`` characters: the beginning and the end of a longer text."""
    line = " ".join(str(text).split())
    if len(line) <= limit:
        return line
    head = limit * 2 // 3
    return f"{line[:head]} ... {line[len(line) - (limit - head - 5) :]}"


def value_of(answer: Any, what: str) -> Any:
    """The value of a DIRAC answer ``{"OK": True, "Value": v}``; raises ProductError when OK is false.

    Anything that is no such dictionary is its own value: some methods of the API answer plain lists.
    """
    if not (isinstance(answer, Mapping) and isinstance(answer.get("OK"), bool)):
        return answer
    if answer["OK"]:
        return answer.get("Value")
    raise ProductError(f"{what}: {shorten(answer.get('Message', 'no message'))}", answer)


@dataclass(frozen=True)
class CommandResult:
    """A finished command: its words, exit code, output as text, and the seconds it took."""

    argv: tuple[str, ...]
    rc: int
    out: str
    err: str
    seconds: float

    @property
    def command(self) -> str:
        """The command as one would type it."""
        return shlex.join(self.argv)

    @property
    def text(self) -> str:
        """Both outputs, for commands whose messages go to either."""
        return self.out + self.err

    def ok(self) -> CommandResult:
        """Itself when the command exited with 0; raises ProductError otherwise."""
        if self.rc != 0:
            raise ProductError(f"{self.command} exited with {self.rc}: {shorten(self.text[-600:])}", self)
        return self
