"""What the command says at its end: on a terminal in colour, in a log of the CI as plain lines with the same words."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.text import Text

from diraccert.model.outcomes import Outcome, Verdict
from diraccert.model.run import Run
from diraccert.reporting import wording
from diraccert.results.causes import Cause, causes_of

_STYLES = {
    Outcome.PASS: "green",
    Outcome.FAIL: "bold red",
    Outcome.ERROR: "bold yellow",
    Outcome.SKIP: "dim",
    Verdict.YES: "bold green",
    Verdict.NO: "bold red",
    Verdict.UNKNOWN: "bold yellow",
}
_MOST_CAUSES = 20
_MOST_IDS = 12


def summary(run: Run, console: Console, folder: Path | None = None) -> None:
    """Print the verdict, a line for each cause with the command to look, the counts and where the report is.

    ``folder`` is where the reports lie. Text of the product is printed as it is, never as markup, and is not wrapped,
    so that a command can be copied.
    """
    for line in lines(run, folder):
        console.print(line, soft_wrap=True, highlight=False)


def lines(run: Run, folder: Path | None = None) -> tuple[Text, ...]:
    """The lines of the summary; ``str`` of each is what a log gets."""
    causes = causes_of(run.scenarios)
    out = [Text(wording.headline(run), _STYLES[run.verdict])]
    out += [Text(f"  from source: {wording.one_line(str(source), 400)}") for source in run.sources]
    for cause in causes[:_MOST_CAUSES]:
        out += _cause(cause)
    if len(causes) > _MOST_CAUSES:
        out.append(Text(f"  and {wording.counted(len(causes) - _MOST_CAUSES, 'more cause')}"))
    out.append(_counts(run))
    if folder is not None:
        out.append(Text(f"report: {wording.plain(str(folder / 'report.html'))}"))
    return tuple(out)


def _cause(cause: Cause) -> list[Text]:
    witness, evidence = cause.witness, cause.witness.evidence
    said = wording.one_line(witness.reason or evidence.got, 160)
    where = f"{wording.one_line(evidence.component, 60)}: " if evidence.component else ""
    line = Text.assemble(
        "  ",
        (f"{witness.outcome:<5}", _STYLES[witness.outcome]),
        f" {wording.one_line(witness.id)} {wording.one_line(witness.title, 80)}: {where}{said}",
    )
    out = [line]
    if witness.known:
        out.append(Text(f"        known: {wording.one_line(witness.known, 160)}"))
    if cause.consequences:
        ids = ", ".join(wording.one_line(row.id) for row in cause.consequences[:_MOST_IDS])
        more = len(cause.consequences) - _MOST_IDS
        out.append(Text(f"        also of this: {ids}{f' and {more} more' if more > 0 else ''}"))
    if evidence.attach:
        out.append(Text(f"        look: {wording.one_line(evidence.attach)}"))
    return out


def _counts(run: Run) -> Text:
    line = Text(f"{wording.counted(len(run.scenarios), 'scenario')}: " if run.scenarios else "no scenario ran")
    parts = [Text(f"{number} {outcome}", _STYLES[outcome]) for outcome, number in wording.counts(run).items()]
    line.append_text(Text(", ").join(parts))
    if run.not_selected:
        line.append(f", {len(run.not_selected)} not selected")
    line.append(f", in {wording.duration(run.seconds)}")
    if not run.complete:
        why = f": {wording.one_line(run.reason, 160)}" if run.verdict is Verdict.NO and run.reason else ""
        line.append(f"; the run did not get to its end{why}")
    if busy := wording.stretched(run):
        line.append(f"; {busy}")
    return line
