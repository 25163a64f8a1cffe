"""``up``, ``down``, ``status``, ``reset`` and ``logs``."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from diraccert.cli import planning, tables
from diraccert.cli.progress import duration, shown
from diraccert.model.errors import BadInput

if TYPE_CHECKING:
    from diraccert.instances.status import Status

Name = Annotated[str, typer.Argument(metavar="NAME", help="The instance, as `dirac-cert status` names it.")]


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    for command in (up, down, status, reset, logs):
        app.command()(command)


def up(
    dist: planning.DistOrSource = "",
    name: Annotated[str, typer.Option("--name", help="Its name; made of the distribution when not given.")] = "",
    source: planning.SourceOption = None,
    dependencies: planning.DependenciesOption = None,
    rooms: planning.RoomsOption = None,
) -> None:
    """Stand an instance of a distribution up, building its images when they are missing.

    Example: dirac-cert up 8.0.86 --name mine
    Example: dirac-cert up --source ~/DIRAC
    """
    from diraccert.images.daemon import connect
    from diraccert.instances import up as standing
    from diraccert.instances.fitting import Fitting

    if not dist and not source:
        raise BadInput("no distribution is named", "write for example: dirac-cert up 8.0.86")
    daemon = connect()
    with shown() as progress:
        planned = planning.plan(daemon, dist, rooms, progress, source, dependencies)
        chosen = name or standing.default_name(planned.build.image_set)
        standing.claim(daemon, chosen)
        progress.plan([*planned.steps, ("instance up", standing.UP_SECONDS)])
        image_set = planning.build(daemon, planned, progress)
        fitting = Fitting(planned.files, image_set.fitted) if planned.files else None
        instance = standing.up(daemon, image_set, chosen, progress, fitting=fitting)
    _print(f"{instance.name} stands: {', '.join(instance.hosts)}; `dirac-cert attach {instance.name}` goes in")


def down(
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="The instance to remove.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="Every instance, and what killed builds left.")] = False,
) -> None:
    """Remove an instance, or with --all everything of ours that runs; images stay.

    Example: dirac-cert down --all
    """
    from diraccert.images import labels
    from diraccert.images.daemon import connect
    from diraccert.instances import removal
    from diraccert.instances import status as standing

    if bool(name) == everything:
        raise BadInput("name an instance, or say --all", "`dirac-cert status` shows the names")
    daemon = connect()
    if name and name not in {each.name for each in standing.instances(daemon)}:
        removed = removal.remove(daemon, f"{labels.INSTANCE}={name}")
        if not removed:
            raise BadInput(f"there is no instance {name}", "`dirac-cert status` shows the names")
    else:
        removed = removal.everything(daemon) if everything else removal.remove(daemon, f"{labels.INSTANCE}={name}")
    counted = f"{removed.containers} containers, {removed.networks} networks, {removed.volumes} volumes"
    _print(f"removed {counted}" if removed else "nothing of ours was there")


def status(as_json: Annotated[bool, typer.Option("--json", help="As JSON on standard output.")] = False) -> None:
    """Show every instance, what builds have running, and what is left over; `down --all` removes all of it.

    Example: dirac-cert status --json
    """
    from diraccert.images.daemon import connect
    from diraccert.images.kept import images
    from diraccert.instances import status as standing

    daemon = connect()
    found, tags = standing.read(daemon), [image.tag or image.id for image in images(daemon)]
    if as_json:
        _print(json.dumps({**_plain(asdict(found)), "images": tags}, indent=2))
        return
    console = tables.printer()
    _table(console, found)
    for build in found.builds:
        console.print(f"build container {build.container}: {build.state}", soft_wrap=True)
    for network in found.networks:
        console.print(f"network {network} has lost its containers", soft_wrap=True)
    console.print(f"images of ours: {len(tags)} (`dirac-cert images list`)")


def reset(name: Name) -> None:
    """Put databases, files and configuration of an instance back to how they were after `up`.

    Example: dirac-cert reset mine
    """
    from diraccert.images.daemon import connect
    from diraccert.instances.up import find

    with shown() as progress:
        instance = find(connect(), name)
        progress.phase(f"reset {name}", 3)
        instance.reset()


def logs(
    name: Name,
    component: Annotated[
        str, typer.Argument(metavar="[COMPONENT]", help="System/Component, or a host; all components without it.")
    ] = "",
    lines: Annotated[int, typer.Option("--lines", "-n", help="How many of the last lines.", min=1)] = 400,
    follow: Annotated[bool, typer.Option("--follow/--no-follow", help="Go on until Ctrl-C.")] = False,
) -> None:
    """Print the log of a component, of a host, or of all components of an instance.

    Example: dirac-cert logs mine WorkloadManagement/JobManager
    """
    from diraccert.images.daemon import connect
    from diraccert.instances.up import find

    instance = find(connect(), name)
    sys.stdout.write(instance.logs(component, lines))
    if follow:
        for piece in instance.follow(component):
            sys.stdout.write(piece)
            sys.stdout.flush()


def _table(console: Console, found: Status) -> None:
    if not found.instances:
        console.print("no instance stands")
        return
    table = tables.table("instance", "state", "distribution", "age", "hosts")
    now = datetime.now(tz=UTC)
    for each in found.instances:
        hosts = ", ".join(host if state == "running" else f"{host} ({state})" for host, state in each.hosts.items())
        table.add_row(each.name, each.state, each.distribution, duration(each.age(now)), hosts)
    console.print(table)


def _plain(value: Any) -> Any:
    """What JSON can say: times as ISO 8601 in UTC."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value if isinstance(value, str | int | float | bool | None) else value.isoformat()


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
