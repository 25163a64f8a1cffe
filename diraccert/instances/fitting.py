"""Packages that come from source, put into the hosts of an instance: its images hold others of the same shape."""

from __future__ import annotations

import hashlib
import io
import tarfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from docker.models.containers import Container

from diraccert.instances import logs, waiting
from diraccert.instances.host import Host
from diraccert.instances.instance import Instance
from diraccert.model.errors import InfrastructureError

FIT = "/opt/dirac-cert/fit"
"""What a host takes them with, before anything starts (role dirac)."""
FITTED = "/opt/dirac-cert/sources/digest"
"""What a host has taken: the digest is written when all of it is in place."""
NEW = "opt/dirac-cert/sources.new"
LIMIT = 60.0
GRACE = 3.0
"""Seconds in which a host that says it is ready has begun to take what it was given, if it has not yet."""
_TAKING = "/opt/dirac-cert/(start.d|fit)"
T = TypeVar("T")


@dataclass(frozen=True)
class Fitting:
    """Files for the ``hosts``: wheels, the Pilot's bundle. ``digest`` is that of their names and contents."""

    files: tuple[Path, ...]
    hosts: tuple[str, ...]

    @property
    def digest(self) -> str:
        """16 hexadecimal digits."""
        made = hashlib.sha256()
        for path in sorted(self.files, key=lambda each: each.name):
            made.update(f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
        return made.hexdigest()[:16]

    def parcel(self) -> bytes:
        """An archive that is unpacked at the root of a host."""
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as archive:
            for name, data in [
                ("digest", self.digest.encode()),
                *((each.name, each.read_bytes()) for each in self.files),
            ]:
                entry = tarfile.TarInfo(f"{NEW}/{name}")
                entry.size, entry.mode = len(data), 0o644
                archive.addfile(entry, io.BytesIO(data))
        return packed.getvalue()


def put(container: Container, parcel: bytes) -> None:
    """Give a container, whether it runs or not, what it takes when it starts. InfrastructureError when it does not."""
    if not container.put_archive("/", parcel):
        raise InfrastructureError(f"{container.name} did not take the packages that come from source")


def has(instance: Instance, fitting: Fitting) -> bool:
    """Whether all hosts have taken exactly these."""
    return all(told == fitting.digest for told in _on_all(_taken, _hosts(instance, fitting)))


def check(instance: Instance, fitting: Fitting) -> None:
    """Raise InfrastructureError when a host that has started runs other packages than these.

    Where the code that its image was made with did not start, a host has nothing to be ready for, and says so before it
    has taken them.
    """
    for host in _hosts(instance, fitting):
        if not _takes(host, fitting.digest):
            # an instance that is just being stood up is gone when a person reads this
            said = " / ".join(logs.of_host(host, 3).strip().splitlines())
            raise InfrastructureError(
                f"{host.name} of instance {instance.name} did not take the packages that come from source: "
                f"{said or 'it said nothing'}"
            )


def refit(instance: Instance, fitting: Fitting) -> None:
    """Have the hosts of a standing instance take these. What runs goes on with what it has loaded: reset it then."""
    parcel = fitting.parcel()

    def take(host: Host) -> None:
        # what a host refused before would be taken along
        host.must(["rm", "-rf", f"/{NEW}"])
        put(instance.daemon.client.containers.get(host.container), parcel)
        host.must([FIT], limit=LIMIT)

    _on_all(take, _hosts(instance, fitting))
    check(instance, fitting)


def _hosts(instance: Instance, fitting: Fitting) -> tuple[Host, ...]:
    return tuple(instance.host(name) for name in fitting.hosts)


def _takes(host: Host, digest: str) -> bool:
    end = time.monotonic() + GRACE

    def done() -> bool:
        took = _taken(host) == digest
        return took or (host.run(["pgrep", "-f", _TAKING]).rc != 0 and time.monotonic() > end)

    waiting.wait_for(done, LIMIT, f"{host.name} to take the packages that come from source")
    return _taken(host) == digest


def _taken(host: Host) -> str:
    return host.run(["sh", "-c", f"cat {FITTED} 2>/dev/null"]).out.strip()


def _on_all(act: Callable[[Host], T], hosts: Sequence[Host]) -> list[T]:
    with ThreadPoolExecutor(max(1, len(hosts))) as pool:
        return list(pool.map(act, hosts))
