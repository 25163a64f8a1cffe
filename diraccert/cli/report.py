"""``report``: renders the reports of a run again."""

from __future__ import annotations

from typing import Annotated

import typer


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command("report")(report)


def report(
    run: Annotated[str, typer.Argument(metavar="DIR", help="The folder of a run, or its id below reports/runs.")],
) -> int:
    """Render the reports of a run again from its run.json, and print its summary.

    Exit codes: 0 certified; 1 not certified; 2 not known, as for a run that was interrupted; 64 there is no such run.

    Example: dirac-cert report reports/runs/20261122-170000-8-0-86-1f2e
    """
    from rich.console import Console

    from diraccert import reporting
    from diraccert.certification.request import folder_of
    from diraccert.model.errors import BadInput
    from diraccert.model.outcomes import exit_code_of
    from diraccert.reporting import terminal
    from diraccert.results import store

    folder = folder_of(run)
    found = store.read(folder)
    try:
        reporting.render(found, folder)
    except (OverflowError, ValueError) as error:
        raise BadInput(f"the run in {folder} has numbers or times that no run has: {error}", "certify again") from error
    terminal.summary(found, Console(), folder)
    return exit_code_of(found.verdict)
