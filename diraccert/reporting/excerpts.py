"""Excerpts: long logs and answers, cut for a reader, with a note of what was cut."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from diraccert.reporting.wording import counted, plain

_FIRST, _LAST = 15, 45
_WIDEST = 600
_BAD = re.compile(r"\b(?:ERROR|EXCEPT|EXCEPTION|FATAL|CRITICAL|Traceback)\b")


@dataclass(frozen=True)
class Line:
    """A line of an excerpt: of the log, one that tells of an error, or our own note of what was cut."""

    text: str
    kind: str = ""


def log_lines(lines: Sequence[str], first: int = _FIRST, last: int = _LAST) -> Iterator[Line]:
    """The first and the last lines of a log, and between them how many were cut."""
    cut = len(lines) - first - last
    yield from (_line(line) for line in (lines if cut <= 0 else lines[:first]))
    if cut > 0:
        yield Line(f"[{counted(cut, 'line')} cut here; run.json has them all]", "cut")
        yield from (_line(line) for line in lines[len(lines) - last :])


def text_lines(text: str, first: int = _FIRST, last: int = _LAST) -> Iterator[Line]:
    """The same for a text with line breaks."""
    return log_lines(plain(text).splitlines(), first, last)


def shortened(text: str, most: int = 1200) -> str:
    """The beginning of a text of any length, with a note of what was cut."""
    text = plain(text)
    return text if len(text) <= most else f"{text[:most]}… [{len(text) - most} characters cut; run.json has them all]"


def _line(text: str) -> Line:
    return Line(shortened(text.rstrip("\n"), _WIDEST), "bad" if _BAD.search(text[:_WIDEST]) else "")
