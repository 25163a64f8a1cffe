"""Logs: of a component under runit, and of a host's first process."""

from __future__ import annotations

import select
from collections.abc import Iterable, Iterator
from contextlib import ExitStack

from diraccert.instances.host import Host

COMPONENTS = "/opt/dirac/runit"
# A pattern may name several; tail then says which lines are whose.
_TAIL = f'cd {COMPONENTS} 2>/dev/null || exit 0; n=$1; set -- $0/log/current; [ -f "$1" ] && exec tail -n "$n" "$@"'
_FOLLOW = f'cd {COMPONENTS} 2>/dev/null || exit 0; set -- $0/log/current; [ -f "$1" ] && exec tail -n 0 -F "$@"'
_LIST = f'cd {COMPONENTS} 2>/dev/null || exit 0; for log in */*/log; do [ -d "$log" ] && echo ${{log%/log}}; done'


def of_component(host: Host, component: str, lines: int) -> str:
    """The last lines of one component's log (System/Component, or a pattern such as ``*/*``); "" when there is none."""
    return host.run(["sh", "-c", _TAIL, component, str(lines)]).out


def of_host(host: Host, lines: int) -> str:
    """The last lines that the first process of the host printed; also of a host that has ended."""
    container = host.daemon.client.containers.get(host.container)
    return container.logs(tail=lines).decode(errors="replace")


def components(host: Host) -> tuple[str, ...]:
    """The components that have a log on this host, as System/Component."""
    return tuple(host.run(["sh", "-c", _LIST]).out.split())


def follow(hosts: Iterable[Host], component: str) -> Iterator[str]:
    """What the logs of the component say from now on, on all of these hosts; ends when none of them has it."""
    with ExitStack() as stack:
        streams = [stack.enter_context(host.open_while(["sh", "-c", _FOLLOW, component])) for host in hosts]
        while streams:
            ready, _, _ = select.select(streams, [], [])
            for stream in ready:
                piece = stream.receive(None)
                if piece is None:
                    streams.remove(stream)
                else:
                    yield piece[1].decode(errors="replace")


def follow_host(host: Host) -> Iterator[str]:
    """What the first process of the host prints from now on, until it ends."""
    for piece in host.daemon.client.containers.get(host.container).logs(stream=True, follow=True, tail=0):
        yield piece.decode(errors="replace")
