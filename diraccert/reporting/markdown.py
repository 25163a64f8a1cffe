"""report.md: what a comment on a merge request shows."""

from __future__ import annotations

import functools
import re
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import escape

from diraccert import rooms
from diraccert.model.run import Run
from diraccert.reporting import excerpts, wording
from diraccert.results.causes import causes_of

# GitHub refuses comments of 65,536 characters and more (GitLab: a million).
LONGEST = 60_000
_MOST_CAUSES = 10
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+!|~$@&^-])")


def comment(run: Run) -> str:
    """The Markdown text, shorter than any forge's limit: logs go first, then the table of the scenarios."""
    text = ""
    for show_logs, show_table in ((True, True), (False, True), (False, False)):
        text = _rendered(run, show_logs=show_logs, show_table=show_table)
        if len(text) <= LONGEST:
            return text
    return text[:LONGEST] + "\n\n(cut: the rest is in report.html)\n"


def _rendered(run: Run, *, show_logs: bool, show_table: bool) -> str:
    causes = causes_of(run.scenarios)
    return (
        _environment(rooms.builtin() / "reports" / "templates")
        .get_template("report.md.j2")
        .render(
            run=run,
            headline=wording.headline(run),
            tally=wording.tally(run),
            causes=causes[:_MOST_CAUSES],
            more=len(causes) - _MOST_CAUSES,
            limits=wording.limits(run),
            show_logs=show_logs,
            show_table=show_table,
        )
    )


@functools.cache
def _environment(folder: Path) -> Environment:
    environment = Environment(  # noqa: S701 - Markdown is escaped by the filters below, not as HTML
        loader=FileSystemLoader(folder), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {
        "prose": prose,
        "html": lambda text: str(escape(wording.one_line(text))).replace("@", "&#64;"),
        "code": code,
        "cell": lambda text: code(text).replace("|", "\\|"),
        "fenced": fenced,
        "duration": wording.duration,
        "counted": wording.counted,
        "log_text": lambda lines: "\n".join(line.text for line in excerpts.log_lines(lines, 5, 25)),
    }
    return environment


def prose(text: str, most: int = 200) -> str:
    """Text of ours in one line, with nothing in it that Markdown, HTML or a forge (mentions) would act on."""
    return _SPECIAL.sub(r"\\\1", wording.one_line(text, most)).replace("\\@", "&#64;")


def code(text: str, most: int = 200) -> str:
    """Text of the product as a code span, in which nothing is acted on."""
    line = wording.one_line(text, most)
    if not line:
        return ""
    ticks = "`" * (_longest_ticks(line) + 1)
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{ticks}{pad}{line}{pad}{ticks}"


def fenced(text: str, language: str = "text") -> str:
    """Text of the product as a block whose fence is longer than any in it."""
    text = wording.plain(text)
    fence = "`" * max(3, _longest_ticks(text) + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def _longest_ticks(text: str) -> int:
    return max((len(ticks) for ticks in re.findall("`+", text)), default=0)
