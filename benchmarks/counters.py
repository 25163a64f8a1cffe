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
# Runs in a host, as root and then as each account whose processes root may not look into (a container's root has no
# right to). PSS: what processes share is divided among them; where nobody may tell it (a server that has changed its
# account) the resident size stands for it, which is more. Folders of the kernel's own are no memory of ours.
_PROBE = """
import json, os
told = {"processes": [], "tmpfs": 0}
for pid in filter(str.isdigit, os.listdir("/proc")):
    if int(pid) == os.getpid():
        continue
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            words = file.read().decode(errors="replace").split("\\0")
        with open(f"/proc/{pid}/status") as file:
            status = dict(line.split(":", 1) for line in file)
        with open(f"/proc/{pid}/stat") as file:
            fields = file.read().rpartition(")")[2].split()
    except OSError:
        continue
    if "VmRSS" not in status:
        continue
    try:
        with open(f"/proc/{pid}/smaps_rollup") as file:
            pss = next(int(line.split()[1]) * 1024 for line in file if line.startswith("Pss:"))
    except (OSError, StopIteration):
        pss = None
    told["processes"].append({
        "pid": int(pid), "account": status["Uid"].split()[0], "command": " ".join(words), "pss": pss,
        "resident": int(status["VmRSS"].split()[0]) * 1024,
        "cpu": (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"),
    })
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
    told = _probe(host, "root")
    rows = {row["pid"]: row for row in told["processes"]}
    for account in sorted({row["account"] for row in rows.values() if row["pss"] is None}):
        known = {row["pid"]: row for row in _probe(host, account)["processes"] if row["pss"] is not None}
        rows.update((pid, known[pid]) for pid in rows if pid in known)
    processes = tuple(
        Process(row["command"], row["resident"] if row["pss"] is None else row["pss"], row["cpu"])
        for row in rows.values()
    )
    return Use(processes, int(told["tmpfs"]))


def _probe(host: Host, account: str) -> Any:
    done = host.run(["python3", "-c", _PROBE], user=account)
    if done.rc != 0:
        raise RuntimeError(f"{host.name} could not count its memory as {account}: {done.err.strip()[-300:]}")
    return json.loads(done.out)
