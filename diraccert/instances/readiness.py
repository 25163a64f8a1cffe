"""Waiting until all that the hosts of an instance run answers."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from docker.errors import APIError

from diraccert.instances import logs
from diraccert.instances.host import Host
from diraccert.model.errors import InfrastructureError
from diraccert.model.progress import Progress

READY = "/opt/dirac-cert/ready"
"""What a host says of itself: a line for each thing that does not answer yet, and 0 when all do. A host without one
has nothing that anybody waits for."""

# Asked again and again inside the container, since starting a program there costs more than the question. It ends by
# itself, also when this process does not live to see it. NUL ends one answer.
_POLL = f"while :; do missing=$({READY} 2>&1) && exit 0; printf '%s\\0' \"$missing\"; sleep 0.05; done"
_GRACE = 5.0
_SHOWN = 3


@dataclass(frozen=True)
class Unready:
    """A host that did not get ready: what it awaited last, and whether it ended meanwhile."""

    host: Host
    missing: tuple[str, ...]
    ended: bool

    def __str__(self) -> str:
        if self.ended:
            return f"{self.host.name} ended"
        more = f" and {len(self.missing) - _SHOWN} more" if len(self.missing) > _SHOWN else ""
        return f"{self.host.name} awaits {'; '.join(self.missing[:_SHOWN]) or 'its first answer'}{more}"


def wait(instance: str, hosts: Mapping[str, Host], limit: float, progress: Progress) -> None:
    """Wait until every host is ready, at most ``limit`` seconds.

    InfrastructureError says what was last missing on which host, with the recent lines of its logs.
    """
    with ThreadPoolExecutor(max(1, len(hosts))) as pool:
        answers = list(pool.map(lambda host: _ask(host, limit, progress), hosts.values()))
    unready = [answer for answer in answers if answer is not None]
    if unready:
        what = "; ".join(map(str, unready))
        raise InfrastructureError(
            f"instance {instance} is not ready after {limit:g} s: {what}{_recent(unready[0])}",
            f"`dirac-cert logs {instance}` shows more",
        )


def _ask(host: Host, limit: float, progress: Progress) -> Unready | None:
    """Poll one host until it is ready; what it lacks goes to ``progress`` whenever that changes."""
    argv = ["sh", "-c", f'[ -x {READY} ] || exit 0; exec timeout "$0" sh -c "$1"', f"{limit:g}", _POLL]
    last, unfinished = b"", b""
    end = time.monotonic() + limit + _GRACE
    try:
        with host.open(argv, stdin=False) as stream:
            while (piece := stream.receive(end)) is not None:
                *whole, unfinished = (unfinished + piece[1]).split(b"\0")
                if whole and whole[-1] != last:
                    last = whole[-1]
                    progress.note(str(Unready(host, _lines(last), ended=False)))
            code = stream.returncode()
    except TimeoutError:
        code = 124
    except APIError as error:
        # 409: the container is not running
        if error.status_code != 409:
            raise
        code = -1
    return None if code == 0 else Unready(host, _lines(last), ended=code != 124)


def _recent(unready: Unready) -> str:
    """The last lines of the log of the first component that is missing, else of the host."""
    names = [match[0] for line in unready.missing if (match := re.match(r"\w+/\w+", line))]
    lines = logs.of_component(unready.host, names[0], _SHOWN) if names and not unready.ended else ""
    lines = lines or logs.of_host(unready.host, _SHOWN)
    shown = " / ".join(lines.strip().splitlines())
    return f"; its log: {shown}" if shown else ""


def _lines(answer: bytes) -> tuple[str, ...]:
    return tuple(line.strip() for line in answer.decode(errors="replace").splitlines() if line.strip())
