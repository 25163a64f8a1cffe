"""What a program gets of a run: the JSON of ``--json`` and the exit code. People read diraccert.reporting."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from diraccert.model.outcomes import EXIT_INTERRUPTED, exit_code_of
from diraccert.model.run import Run

INTERRUPTED = "interrupted"


def as_mapping(run: Run, folder: Path) -> dict[str, Any]:
    """The verdict and the outcomes; run.json in ``folder`` has the rest."""
    return {
        "run_id": run.run_id,
        "distribution": run.distribution,
        "sources": [{**source.model_dump(mode="json"), "dirty": bool(source.changed)} for source in run.sources],
        "verdict": str(run.verdict),
        "complete": run.complete,
        "reason": run.reason,
        "seconds": run.seconds,
        "stretch": run.stretch,
        "instance": run.instance,
        "folder": str(folder),
        "scenarios": [
            {
                "id": each.id,
                "outcome": str(each.outcome),
                "reason": each.reason,
                "caused_by": each.caused_by,
                "known": each.known,
            }
            for each in run.scenarios
        ],
    }


def exit_code(run: Run) -> int:
    """The exit code of the command: 130 for an interrupted run, else its verdict's."""
    return EXIT_INTERRUPTED if run.reason == INTERRUPTED else exit_code_of(run.verdict)
