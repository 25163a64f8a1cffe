"""``attach`` and ``forward``: the ways into an instance."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from diraccert.cli.instances import Name
from diraccert.model.errors import BadInput

# The environment of DIRAC where the host has one, and the prompt of the account.
SHELL = (
    "bash",
    "-c",
    'rc=/opt/dirac/bashrc; [ -r $rc ] || rc=/etc/bash.bashrc; cd; exec bash --rcfile $rc "$@"',
    "bash",
)


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command()(attach)
    app.command()(forward)


def attach(
    name: Name,
    host: Annotated[str, typer.Argument(metavar="[HOST]", help="The host to go into.")] = "client",
    user: Annotated[str, typer.Option("--user", "-u", help="The account there: root, alice, dirac ...")] = "root",
) -> None:
    """Open a shell in a host, with DIRAC's environment; without a terminal, run what standard input says.

    Example: dirac-cert attach mine client --user alice
    """
    from diraccert.images.daemon import connect
    from diraccert.instances import terminal
    from diraccert.instances.up import find

    instance = find(connect(), name)
    where = instance.host(host)
    instance.touch()
    if sys.stdin.isatty() and sys.stdout.isatty():
        code = terminal.attach(where, [*SHELL, "-i"], user, instance.touch)
    else:
        done = where.run([*SHELL, "-s"], user=user, stdin=sys.stdin.buffer.read(), limit=3600)
        sys.stdout.write(done.out)
        sys.stderr.write(done.err)
        code = done.rc
    raise typer.Exit(code)


def forward(
    name: Name,
    target: Annotated[str, typer.Argument(metavar="HOST:PORT", help="What to reach, such as server:8443.")],
    port: Annotated[
        int, typer.Option("--port", help="The port here; any free one when not given.", min=0, max=65535)
    ] = 0,
) -> None:
    """Make a port of a host reachable at 127.0.0.1 until Ctrl-C; it goes through the Docker API, also to a far daemon.

    Example: dirac-cert forward mine server:8443 --port 8443
    """
    from diraccert.images.daemon import connect
    from diraccert.instances.tunnel import Tunnel
    from diraccert.instances.up import find

    host, _, number = target.rpartition(":")
    if not host or not number.isdecimal() or not 0 < int(number) < 65536:
        raise BadInput(f"{target} is not HOST:PORT", "for example server:8443")
    instance = find(connect(), name)
    with Tunnel(instance.host(host), int(number), port, instance.touch) as tunnel:
        sys.stdout.write(f"127.0.0.1:{tunnel.port} leads to {host}:{number} of {name} until Ctrl-C\n")
        sys.stdout.flush()
        tunnel.serve()
