"""What the hosts of an instance have used: CPU time and memory, as the kernel counts them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from diraccert.images.daemon import Daemon
from diraccert.instances.host import Host
from diraccert.instances.instance import Instance

MEGABYTE = 10**6
# Runs in a host. PSS: what processes share is divided among them. Folders of the kernel's own are no memory of ours.
_PROBE = """
import json, os
told = {"processes": [], "tmpfs": 0}
for pid in filter(str.isdigit, os.listdir("/proc")):
    if int(pid) == os.getpid():
        continue
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            words = file.read().decode(errors="replace").split("\\0")
        with open(f"/proc/{pid}/smaps_rollup") as file:
            pss = next((int(line.split()[1]) * 1024 for line in file if line.startswith("Pss:")), 0)
        with open(f"/proc/{pid}/stat") as file:
            fields = file.read().rpartition(")")[2].split()
    except OSError:
        continue
    cpu = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    told["processes"].append([" ".join(words), pss, cpu])
with open("/proc/mounts") as file:
    mounts = [line.split()[1] for line in file if line.split()[2] == "tmpfs"]
for mount in mounts:
    if not mount.startswith(("/proc", "/sys")):
        found = os.statvfs(mount)
        told["tmpfs"] += (found.f_blocks - found.f_bfree) * found.f_frsize
print(json.dumps(told))
"""


@dataclass(frozen=True)
class Process:
    """A process of a host: proportional memory in bytes, CPU time in seconds."""

    command: str
    pss: int
    cpu: float

    @property
    def name(self) -> str:
        """What a person calls it: the component, else the program."""
        words = [word for word in self.command.split() if "python" not in word.rpartition("/")[2]]
        program = words[0].rpartition("/")[2].rstrip(":") if words else "?"
        component = words[1] if len(words) > 1 and "/" in words[1] and not words[1].startswith(("/", "-")) else ""
        return component or program


@dataclass(frozen=True)
class Use:
    """Memory of a host: its processes, and its file systems in memory in bytes."""

    processes: tuple[Process, ...]
    tmpfs: int

    @property
    def total(self) -> int:
        """Bytes."""
        return self.tmpfs + sum(each.pss for each in self.processes)


def memory(instance: Instance) -> dict[str, Use]:
    """The memory of each host now."""
    with ThreadPoolExecutor() as pool:
        return dict(zip(instance.hosts, pool.map(_use, instance.hosts.values()), strict=True))


def cpu(instance: Instance) -> dict[str, float]:
    """CPU seconds that each host has used since it was started, processes that ended included."""
    return {name: _cpu(instance.daemon, host) for name, host in instance.hosts.items()}


def since(before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, float]:
    """What was used between two counts."""
    return {name: after[name] - before.get(name, 0.0) for name in after}


def _cpu(daemon: Daemon, host: Host) -> float:
    told: Any = daemon.client.containers.get(host.container).stats(stream=False)
    return float(told["cpu_stats"]["cpu_usage"]["total_usage"]) / 1e9


def _use(host: Host) -> Use:
    # Privileged: only then may root read what the processes of other accounts have mapped.
    container = host.daemon.client.containers.get(host.container)
    done: Any = container.exec_run(["python3", "-c", _PROBE], privileged=True)
    if done.exit_code != 0:
        raise RuntimeError(f"{host.name} could not count its memory: {done.output!r}")
    told = json.loads(done.output)
    return Use(tuple(Process(*each) for each in told["processes"]), int(told["tmpfs"]))
