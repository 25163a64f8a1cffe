"""A standing instance: its hosts, reset, logs, and its end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from diraccert.images import labels
from diraccert.images.daemon import Daemon
from diraccert.instances import logs, readiness, removal
from diraccert.instances.host import Host
from diraccert.model.errors import BadInput, InfrastructureError
from diraccert.model.progress import Progress, Silent

RESET = "/opt/dirac-cert/reset"
RESUME = "/opt/dirac-cert/resume"
"""What a host starts again after a reset: only when every host is reset, so that nothing meets another's old state."""
USED = "/run/dirac-cert/used"
_TOUCH = f"mkdir -p {USED.rpartition('/')[0]} && touch {USED}"
READY_LIMIT = 120.0
RESET_LIMIT = 60.0
LOG_LINES = 400
T = TypeVar("T")


@dataclass(frozen=True)
class Instance:
    """A running copy of a distribution. ``hosts`` by name; ``digest`` and ``distribution`` say what it is a copy of."""

    daemon: Daemon
    name: str
    digest: str
    distribution: str
    hosts: Mapping[str, Host]

    def host(self, name: str) -> Host:
        """One host. BadInput when the instance has none of that name."""
        try:
            return self.hosts[name]
        except KeyError:
            raise BadInput(f"instance {self.name} has no host {name}", f"it has {', '.join(self.hosts)}") from None

    def wait_ready(self, progress: Progress | None = None, limit: float = READY_LIMIT) -> None:
        """Wait at most ``limit`` seconds until all that the hosts run answers; InfrastructureError: what does not."""
        readiness.wait(self.name, self.hosts, limit, progress or Silent())

    def reset(self, await_ready: Callable[[], None] | None = None) -> None:
        """Put databases, files and configuration back to how the images have them, and wait until all answers, with
        ``await_ready`` in place of `wait_ready`."""
        self._on_all(lambda host: self._play_back(host, f"{_TOUCH}; [ ! -x {RESET} ] || exec {RESET}"))
        self._on_all(lambda host: self._play_back(host, f"[ ! -x {RESUME} ] || exec {RESUME}"))
        (await_ready or self.wait_ready)()

    def logs(self, component: str = "", lines: int = LOG_LINES) -> str:
        """The last lines of a component's log (System/Component under runit, on whichever host has it), of a host (what
        its first process printed) or, without a name, of all components. BadInput for a name of neither."""
        if component in self.hosts:
            return logs.of_host(self.hosts[component], lines)
        found = "".join(self._on_all(lambda host: logs.of_component(host, component or "*/*", lines)))
        if component and not found and component not in self.components():
            known = ", ".join(self.components()) or "not there yet"
            raise BadInput(
                f"instance {self.name} has no log of {component}",
                f"hosts are {', '.join(self.hosts)}; components are {known}",
            )
        return found

    def follow(self, component: str = "") -> Iterator[str]:
        """What the log of a component, of a host or of all components says from now on."""
        if component in self.hosts:
            return logs.follow_host(self.hosts[component])
        return logs.follow(self.hosts.values(), component or "*/*")

    def components(self) -> tuple[str, ...]:
        """The components under runit, as System/Component, on all hosts."""
        return tuple(sorted({name for names in self._on_all(logs.components) for name in names}))

    def touch(self) -> None:
        """Say that the instance is in use: it ends when nobody has for as long as it was told."""
        self._on_all(lambda host: host.must(["sh", "-c", _TOUCH]))

    def down(self) -> None:
        """Remove the instance; what is not there any more is no error."""
        removal.remove(self.daemon, f"{labels.INSTANCE}={self.name}")

    def _on_all(self, act: Callable[[Host], T]) -> list[T]:
        with ThreadPoolExecutor(max(1, len(self.hosts))) as pool:
            return list(pool.map(act, self.hosts.values()))

    def _play_back(self, host: Host, script: str) -> None:
        done = host.run(["sh", "-c", script], limit=RESET_LIMIT)
        if done.rc != 0:
            said = " / ".join((done.err or done.out).strip().splitlines()[-3:])
            raise InfrastructureError(
                f"instance {self.name} could not be reset on {host.name}: {said or f'rc {done.rc}'}",
                f"`dirac-cert down {self.name}`, then up again",
            )
