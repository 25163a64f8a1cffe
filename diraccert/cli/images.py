"""``images list``, ``images build`` and ``images prune``."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from diraccert.cli import planning, tables
from diraccert.cli.progress import shown


def add_to(app: typer.Typer) -> None:
    """Register the group."""
    group = typer.Typer(name="images", help="The images that instances are made of.", no_args_is_help=True)
    group.command("list")(show)
    group.command("build")(build)
    group.command("prune")(prune)
    app.add_typer(group)


def show() -> None:
    """List the images of ours: size (layers that several share count in each) and the distributions that need them.

    Example: dirac-cert images list
    """
    from diraccert.images.daemon import GIGABYTE, connect
    from diraccert.images.kept import images

    table = tables.table("image", "GB", "made", "needed by")
    for image in images(connect()):
        made = f"{image.created:%Y-%m-%d %H:%M}Z"
        needed = ", ".join(image.distributions) or "nothing"
        table.add_row(image.tag or image.id[:19], f"{image.size / GIGABYTE:.2f}", made, needed)
    tables.printer().print(table)


def build(dist: planning.Dist, rooms: planning.RoomsOption = None) -> None:
    """Build what images of a distribution are missing.

    Example: dirac-cert images build 8.0.86
    """
    from diraccert.images.daemon import connect

    daemon = connect()
    with shown() as progress:
        planned = planning.plan(daemon, dist, rooms, progress)
        progress.plan(planned.steps)
        image_set = planning.build(daemon, planned, progress)
    for tag in image_set.tags.values():
        sys.stdout.write(f"{tag}\n")


def prune(
    everything: Annotated[
        bool, typer.Option("--all", help="All images of ours, not only those no plan needs.")
    ] = False,
) -> None:
    """Remove the images of ours that the latest plan of no distribution needs. Those that a container uses stay.

    Example: dirac-cert images prune
    """
    from diraccert.images import kept
    from diraccert.images.daemon import connect

    daemon = connect()
    chosen = kept.superfluous(kept.images(daemon), everything=everything)
    used = kept.remove(daemon, chosen)
    for image in used:
        sys.stdout.write(f"stays, a container uses it: {image.tag or image.id}\n")
    sys.stdout.write(f"removed {len(chosen) - len(used)} images\n")
