"""Probes that tell a wrong product from a broken instance: containers, network, database."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from diraccert.model.errors import CertError

HOSTS = ("mysql", "server", "client", "worker")

#: A name that resolves and a port that answers or refuses: whether anything listens there is the product's affair. So
#: one is asked where nothing does: DIRAC's HTTPS servers drop requests of others when they are looked at (finding
#: HTTPS-PROBED), and these questions are asked while scenarios run.
REACHES = """
import socket, sys
try:
    socket.create_connection((sys.argv[1], int(sys.argv[2])), 3).close()
except ConnectionRefusedError:
    sys.exit(int(sys.argv[3]))
except OSError as error:
    sys.exit(f"{sys.argv[1]}:{sys.argv[2]}: {error}")
"""
UNUSED_PORT = "9"
DATABASE_PORT = "3306"


class Answer(Protocol):
    """What a host answers to a command."""

    @property
    def rc(self) -> int: ...  # noqa: D102
    @property
    def err(self) -> str: ...  # noqa: D102


@dataclass(frozen=True)
class Probe:
    """A question to the instance; ``ask`` runs a command on a host."""

    what: str
    host: str
    argv: tuple[str, ...]


PROBES = (
    *(Probe(f"container of {host}", host, ("true",)) for host in HOSTS),
    Probe("network from client to server", "client", ("python3", "-I", "-c", REACHES, "server", UNUSED_PORT, "0")),
    Probe("network from worker to server", "worker", ("python3", "-I", "-c", REACHES, "server", UNUSED_PORT, "0")),
    Probe("network from server to mysql", "server", ("python3", "-I", "-c", REACHES, "mysql", DATABASE_PORT, "1")),
    Probe("database", "mysql", ("mysql", "--connect-timeout=3", "-e", "SELECT 1")),
)


#: What stands beside the system tells by itself whether it is sound: it is no part of the product. Where a part of the
#: product runs there, another program tells it of the rest.
SOUND = ("sh", "-c", "[ ! -x /opt/dirac-cert/sound ] || exec /opt/dirac-cert/sound; exec /opt/dirac-cert/ready")


def probes_of(hosts: Iterable[str]) -> tuple[Probe, ...]:
    """The questions to an instance of these hosts: those of the system, and whether each of the others is ready."""
    return (*PROBES, *(Probe(host, host, SOUND) for host in sorted(set(hosts) - set(HOSTS))))


def failing(run: Callable[[str, tuple[str, ...], float], Answer], probes: Iterable[Probe] = PROBES) -> str:
    """Why the instance itself is broken, "" when every probe passes; ``run(host, argv, limit)`` asks."""
    for probe in probes:
        try:
            answer = run(probe.host, probe.argv, 10.0)
        except (CertError, OSError) as error:
            return f"probe of the {probe.what} failed: {error}"
        if answer.rc != 0:
            lines = answer.err.strip().splitlines()
            return f"probe of the {probe.what} failed: {lines[-1] if lines else f'exit code {answer.rc}'}"
    return ""
