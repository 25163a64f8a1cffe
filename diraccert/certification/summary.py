"""What a person reads at the end of a run, and what a program does."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from diraccert.model.outcomes import EXIT_INTERRUPTED, Outcome, exit_code_of
from diraccert.model.run import Run
from diraccert.results.causes import causes_of
from diraccert.results.events import Finished

SPOKEN = {"yes": "YES", "no": "NO", "unknown": "NOT KNOWN"}
INTERRUPTED = "interrupted"


def ended_line(end: Finished) -> str:
    """One line for a scenario that ended."""
    return f"{end.outcome:5} {end.id}  {end.seconds:.1f} s" + (f"  {end.reason}" if end.reason else "")


def lines(run: Run, folder: Path) -> list[str]:
    """Verdict first, then failures by cause, then where the report is."""
    counts = Counter(each.outcome for each in run.scenarios)
    told = ", ".join(f"{counts[outcome]} {outcome}" for outcome in Outcome if counts[outcome]) or "no scenario"
    left_out = f", {len(run.not_selected)} not selected" if run.not_selected else ""
    found = ["", f"{run.distribution}: {SPOKEN[run.verdict]}  ({told}{left_out}; {run.seconds:.0f} s)"]
    if run.reason:
        found.append(f"  {run.reason}")
    for cause in causes_of(run.scenarios):
        witness = cause.witness
        at = f" [{witness.evidence.component}]" if witness.evidence.component else ""
        found.append(f"  {witness.outcome} {witness.id} {witness.title}{at}")
        found.append(f"       {witness.reason}")
        if cause.consequences:
            found.append(f"       of the same cause: {', '.join(each.id for each in cause.consequences)}")
        if witness.evidence.attach:
            found.append(f"       {witness.evidence.attach}")
    if run.stretch > 1:
        found.append(f"limits were up to {run.stretch:g} times those of an idle machine")
    found.append(f"report: {folder / 'report.html'}")
    return found


def as_mapping(run: Run, folder: Path) -> dict[str, Any]:
    """The same for programs; run.json in the folder has the rest."""
    return {
        "run_id": run.run_id,
        "distribution": run.distribution,
        "verdict": str(run.verdict),
        "complete": run.complete,
        "reason": run.reason,
        "seconds": run.seconds,
        "stretch": run.stretch,
        "instance": run.instance,
        "folder": str(folder),
        "scenarios": [
            {"id": each.id, "outcome": str(each.outcome), "reason": each.reason, "caused_by": each.caused_by}
            for each in run.scenarios
        ],
    }


def exit_code(run: Run) -> int:
    """The exit code of the command: 130 for an interrupted run, else its verdict's."""
    return EXIT_INTERRUPTED if run.reason == INTERRUPTED else exit_code_of(run.verdict)
