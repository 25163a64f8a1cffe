"""What the measurements share: the images, instances under names of the benchmark's own, and their end."""

from __future__ import annotations

import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from diraccert.images import labels
from diraccert.images.build_plan import ImageSet
from diraccert.images.daemon import Daemon
from diraccert.instances.instance import READY_LIMIT, Instance
from diraccert.instances.readiness import READY
from diraccert.instances.up import TMPFS, find
from diraccert.instances.waiting import wait_for

Say = Callable[[str], None]
_CLI = (sys.executable, "-c", "import sys; from diraccert.cli.main import main; sys.exit(main())")


@dataclass(frozen=True)
class Bench:
    """``dist`` is what is measured, ``name`` the beginning of every instance's name."""

    daemon: Daemon
    dist: str
    images: ImageSet
    name: str
    rounds: int

    def cli(self, *words: str) -> float:
        """Run ``dirac-cert`` as a person would; answers the seconds it took."""
        return timed([*_CLI, *words])

    @contextmanager
    def standing(self, suffix: str = "") -> Iterator[tuple[Instance, float]]:
        """An instance and the seconds that `up` took; it is removed afterwards."""
        name = f"{self.name}{suffix}"
        try:
            seconds = self.cli("up", self.dist, "--name", name)
            yield find(self.daemon, name), seconds
        finally:
            self.remove(name)

    def plain(self) -> float:
        """Seconds of a plain script that starts the same containers at once and polls the same ports."""
        name = f"{self.name}-plain"
        try:
            return timed(["bash", "-c", plain_script(self.images, name)])
        finally:
            self.remove(name)

    def remove(self, name: str) -> None:
        """Take an instance down, if it is there, and let the daemon finish before anything else is measured."""
        from diraccert.instances import removal

        removal.remove(self.daemon, f"{labels.INSTANCE}={name}")
        mine: dict[str, str | list[str] | bool] = {"label": f"{labels.INSTANCE}={name}"}
        wait_for(
            lambda: not self.daemon.client.containers.list(all=True, sparse=True, filters=mine),
            60,
            f"the end of {name}",
        )


def plain_script(images: ImageSet, name: str) -> str:
    """Bash that does by `docker run` what `up` does, with nothing around it. Ends with 1 when nothing answers."""
    mark = f"--label {labels.KIND}={labels.Kind.INSTANCE.value} --label {labels.INSTANCE}={name}"
    lines = ["set -e", f"docker network create --internal {mark} {name} >/dev/null"]
    for host, tag in images.tags.items():
        memory = " ".join(f"--tmpfs {shlex.quote(f'{path}:{how}')}" for path, how in TMPFS.get(host, {}).items())
        lines.append(
            f"docker run -d --init --name {name}-{host} --hostname {host} --network {name} --network-alias {host} "
            f"{mark} --label {labels.HOST}={host} --ulimit nofile=16384:16384 {memory} {tag} >/dev/null &"
        )
    lines += ["wait", f"end=$((SECONDS + {READY_LIMIT:g}))"]
    for host in images.tags:
        lines.append(
            f"until docker exec {name}-{host} sh -c '[ ! -x {READY} ] || {READY}' >/dev/null; "
            "do [ $SECONDS -lt $end ] || exit 1; done"
        )
    return "\n".join(lines)


def timed(argv: list[str]) -> float:
    """Seconds that a command took; raises RuntimeError with its last lines when it failed."""
    began = time.monotonic()
    done = subprocess.run(argv, cwd=Path(__file__).parents[1], capture_output=True, text=True, check=False)
    seconds = time.monotonic() - began
    if done.returncode != 0:
        said = " / ".join((done.stderr or done.stdout).strip().splitlines()[-3:])
        raise RuntimeError(f"{' '.join(argv[3:])[:80]} ended with {done.returncode}: {said}")
    return seconds
