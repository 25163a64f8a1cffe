"""``certify``: the main job."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from diraccert.cli import planning
from diraccert.cli.progress import shown

if TYPE_CHECKING:
    from diraccert.model.run import Run


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command("certify")(certify)


def certify(
    dist: Annotated[
        str,
        typer.Argument(
            metavar="DIST", help="As for `up`; may be left out with --rerun and --source.", show_default=False
        ),
    ] = "",
    suite: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            callback=planning.not_empty,
            help="smoke, full (the default), or upstream: the tests of --source.",
        ),
    ] = "",
    select: Annotated[
        str,
        typer.Option(
            metavar="EXPR", callback=planning.not_empty, help="Ids, areas and suites: 'smoke and not dms, UPG-01'."
        ),
    ] = "",
    rerun: Annotated[
        str,
        typer.Option(metavar="RUN", callback=planning.not_empty, help="The scenarios of a run: its id or its folder."),
    ] = "",
    only: Annotated[
        str,
        typer.Option(
            metavar="OUTCOMES", callback=planning.not_empty, help="With --rerun: those that ended so, FAIL,ERROR."
        ),
    ] = "",
    workers: Annotated[int, typer.Option(min=0, help="Scenarios at once; 0 suits the machine.")] = 0,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the instance standing, also one of --fresh.")] = False,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="A new instance, removed afterwards if nothing failed.")
    ] = False,
    report_dir: Annotated[
        Path | None, typer.Option(metavar="DIR", parser=planning.path, help="Default: reports/runs/RUN.")
    ] = None,
    random_order: Annotated[int | None, typer.Option(metavar="SEED", help="A random order that SEED repeats.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the verdict and the outcomes as JSON.")] = False,
    source: planning.SourceOption = None,
    dependencies: planning.DependenciesOption = None,
    rooms: planning.RoomsOption = None,
) -> int:
    """Stand a distribution up, run scenarios against it, write a report, and answer with a verdict.

    Without --fresh the warm instance of the same images is used, or made, and left for the next run; it ends by itself
    when nobody uses it. Exit codes: 0 yes; 1 no; 2 not known; 64 bad input; 130 interrupted.

    With --source packages are those of a git checkout, as it stands, or of a wheel; DIST may name what they go with.
    The suite upstream runs the integration tests that DIRAC's checkout has, as its own scripts do.

    Example: dirac-cert certify 8.0.86 --suite smoke
    Example: dirac-cert certify --source ~/DIRAC --select WMS-01
    Example: dirac-cert certify --source ~/DIRAC --suite upstream
    """
    from rich.console import Console

    from diraccert.certification import request as requests
    from diraccert.certification.answer import as_mapping, exit_code
    from diraccert.certification.live import ended_line
    from diraccert.certification.request import Watcher
    from diraccert.certification.run import certify as run
    from diraccert.model.errors import BadInput
    from diraccert.reporting import terminal

    again = requests.run_named(rerun) if rerun else None
    if only and again is None:
        raise BadInput("--only says nothing without --rerun", "name a run: --rerun RUN --only FAIL,ERROR")
    asked = requests.Request(
        dist=dist if dist or source else _distribution_of(again),
        selection=requests.selection_of(suite, select, again, requests.outcomes_of(only)),
        rooms=planning.rooms(rooms),
        workers=workers,
        keep=keep,
        fresh=fresh,
        report_dir=report_dir,
        seed=random_order,
        sources=tuple(source or ()),
        dependencies=dependencies or (again.dependencies if again and not dist else None),
    )
    with shown() as progress:
        done, folder = run(asked, Watcher(progress, progress.plan, lambda end: progress.say(ended_line(end))))
    if as_json:
        import json

        sys.stdout.write(json.dumps(as_mapping(done, folder), indent=2) + "\n")
    else:
        sys.stdout.write("\n")
        terminal.summary(done, Console(), folder)
    return exit_code(done)


def _distribution_of(again: Run | None) -> str:
    from diraccert.model.errors import BadInput

    if again is None:
        raise BadInput("no distribution is named", "write for example: dirac-cert certify 8.0.86")
    if again.sources:
        raise BadInput(
            f"run {again.run_id} was of {again.distribution}, from source", "name the sources again: --source PATH"
        )
    return again.distribution
