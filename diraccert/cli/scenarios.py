"""``scenarios list`` and ``scenarios baseline``."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Annotated

import typer

from diraccert.cli import planning


def add_to(app: typer.Typer) -> None:
    """Register the group."""
    group = typer.Typer(name="scenarios", help="The scenarios, and the baseline of the log gate.", no_args_is_help=True)
    group.command("list")(show)
    group.command("baseline")(baseline)
    app.add_typer(group)


def show(
    as_json: Annotated[bool, typer.Option("--json", help="All of their metadata, as JSON.")] = False,
    rooms: planning.RoomsOption = None,
) -> None:
    """List every scenario: id, title, area, suites, the seconds it usually takes, and the releases it is for.

    Example: dirac-cert scenarios list
    """
    from rich.console import Console
    from rich.table import Table

    from diraccert.certification import catalogue, durations
    from diraccert.certification.ordering import estimate

    found = sorted(catalogue.read(planning.rooms(rooms)), key=lambda each: each.id)
    if as_json:
        sys.stdout.write(json.dumps([asdict(each) for each in found], indent=2) + "\n")
        return
    recorded = durations.expected()
    table = Table("id", "title", "area", "suites", "s", "releases", box=None, pad_edge=False)
    for each in found:
        seconds = f"{estimate(each, recorded):.0f}"
        table.add_row(each.id, each.title, each.area, ", ".join(each.suites), seconds, each.lines or "all")
    Console(highlight=False).print(table)


def baseline(
    run: Annotated[str, typer.Argument(metavar="RUN", help="The run of a good release: its id or its folder.")],
    rooms: planning.RoomsOption = None,
) -> None:
    """Propose a baseline for the log gate from what a run's components logged; a person reviews it.

    It goes to standard output: the entries that are there already, and new ones whose reason is still to be written.
    Write it to another file than the baseline's own, which the shell would empty before it is read.

    Example: dirac-cert scenarios baseline 20261122-170000-8-0-86-1f2e > proposed.yml
    """
    from diraccert.certification import baseline as baselines
    from diraccert.certification.request import folder_of, run_named
    from diraccert.distributions import manifest

    done = run_named(run)
    where = planning.rooms(rooms)
    path = baselines.find(manifest.read(done.distribution, where).line, where)
    known = baselines.read(path) if path else None
    sys.stdout.write(baselines.propose(folder_of(run), known))
