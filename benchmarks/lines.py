"""What each release line costs: seconds to stand up, memory, and the disk that all of them take together."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from benchmarks import counters, disk
from benchmarks.bench import Bench, Say
from benchmarks.figures import Figure, largest
from benchmarks.targets import MEMORY_MB, UP_RATIO
from diraccert.cli import planning
from diraccert.cli.progress import shown
from diraccert.images.daemon import Daemon

#: Of a line with resources beside DIRAC, and of the images of all lines.
MEMORY_BESIDE_MB, DISK_MB = 2000.0, 8000.0


def line(bench: Bench, say: Say) -> list[Figure]:
    """`up` of one distribution in turns with the plain script, and the memory of what stands then."""
    plain, ours, totals, parts = [], [], [], {}
    for turn in range(bench.rounds):
        plain.append(bench.plain())
        with bench.standing() as (instance, seconds):
            ours.append(seconds)
            uses = counters.memory(instance)
        parts = {host: use.total / counters.MEGABYTE for host, use in uses.items()}
        totals.append(sum(parts.values()))
        say(f"{bench.dist} {turn + 1}/{bench.rounds}: {ours[-1]:.1f} s, plain {plain[-1]:.1f} s, {totals[-1]:.0f} MB")
    beside = set(bench.images.tags) - {"mysql", "server", "client", "worker"}
    return [
        Figure(f"{bench.dist}, up", "s", tuple(ours), UP_RATIO * median(plain), f"plain {median(plain):.1f} s"),
        Figure(
            f"{bench.dist}, memory",
            "MB",
            tuple(totals),
            MEMORY_BESIDE_MB if beside else MEMORY_MB,
            largest(parts, "MB"),
        ),
    ]


def on_disk(daemon: Daemon, dists: Sequence[str]) -> Figure:
    """The disk that the images of all these distributions take together."""
    tags = {}
    for dist in dists:
        with shown() as progress:
            tags[dist] = planning.plan(daemon, dist, None, progress).build.tags
    there = {dist: [tag for tag in each if daemon.client.images.list(tag)] for dist, each in tags.items()}
    alone = {dist: disk.together(disk.of(daemon, each)) / counters.MEGABYTE for dist, each in there.items()}
    everything = disk.of(daemon, sorted({tag for each in there.values() for tag in each}))
    total = disk.together(everything) / counters.MEGABYTE
    return Figure("images of all lines", "MB", (total,), DISK_MB, f"alone: {largest(alone, 'MB', len(alone))}")
