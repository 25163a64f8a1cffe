"""report.html: one file that needs nothing but itself."""

from __future__ import annotations

import base64
import functools
import hashlib
from datetime import datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from diraccert import rooms
from diraccert.model.outcomes import Outcome
from diraccert.model.run import Run
from diraccert.reporting import excerpts, wording
from diraccert.reporting.timeline import timeline
from diraccert.results.causes import causes_of

_ROWS_WITH_LOGS = 25  # rows of the table that show their whole evidence; beyond it run.json is the place


def templates() -> Path:
    """The folder of the reports' templates."""
    return rooms.builtin() / "reports" / "templates"


def page(run: Run) -> str:
    """The page as text. Everything that comes from the run is escaped, and a policy in the page forbids any request
    and any script but its own."""
    environment, style, script = _sources(templates())
    red = [row.id for row in run.scenarios if row.outcome in (Outcome.FAIL, Outcome.ERROR)]
    return environment.get_template("report.html.j2").render(
        run=run,
        name=wording.name_of(run),
        answer=wording.answer_of(run),
        headline=wording.headline(run),
        tally=wording.tally(run),
        counts=wording.counts(run),
        causes=causes_of(run.scenarios),
        limits=wording.limits(run),
        drawing=timeline(run),
        with_logs=frozenset(red[:_ROWS_WITH_LOGS]),
        style=Markup(style),  # noqa: S704 - a file of ours
        script=Markup(script),  # noqa: S704 - a file of ours
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )


@functools.cache
def _sources(folder: Path) -> tuple[Environment, str, str]:
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "plain": wording.plain,
        "one_line": wording.one_line,
        "duration": lambda seconds: wording.duration(seconds).replace(" ", "\u00a0"),
        "counted": wording.counted,
        "shortened": excerpts.shortened,
        "log_lines": excerpts.log_lines,
        "text_lines": excerpts.text_lines,
        "moment": _moment,
        "breakable": _breakable,
    }
    style = (folder / "report.css").read_text(encoding="utf-8")
    script = (folder / "report.js").read_text(encoding="utf-8")
    return environment, style, script


def _breakable(text: str) -> Markup:
    """A path or the name of a component in one line, which may be broken after each slash."""
    return Markup("/<wbr>").join(wording.one_line(text).split("/"))


def _moment(time: datetime) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S UTC") if not time.utcoffset() else time.isoformat(" ", "seconds")
