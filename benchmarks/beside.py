"""What stands beside DIRAC, by itself."""

from __future__ import annotations

import time
from dataclasses import replace

from benchmarks import counters
from benchmarks.bench import Bench, Say
from benchmarks.figures import Figure, largest
from diraccert.cli import planning
from diraccert.cli.progress import shown
from diraccert.images import build
from diraccert.images.build_plan import ImageSet
from diraccert.instances.up import up

DIST, PART = "8.0.86-opensearch", "opensearch"
INDEX_SECONDS, MEMORY_MB = 3.0, 300.0
SERVICE = "/opt/dirac/startup/OpenSearch_OpenSearch"


def opensearch(bench: Bench, say: Say) -> list[Figure]:
    """From a stopped service to an index, without the second of starting a container, and the memory it takes then."""
    with shown() as progress:
        planned = planning.plan(bench.daemon, DIST, None, progress).build
        own = tuple(stage for stage in planned.stages if stage.name in ("base", PART))
        build.build(bench.daemon, replace(planned, stages=own), progress)
        images = ImageSet(digest=planned.image_set.digest, tags=planned.beside[PART], distribution=PART)
        instance = up(bench.daemon, images, f"{bench.name}-{PART}", progress)
    times, totals, parts = [], [], {}
    try:
        host = instance.host(PART)
        for turn in range(bench.rounds):
            host.must(["sv", "-w", "20", "down", SERVICE])
            host.must(["sh", "-c", "rm -rf /var/lib/opensearch/*"])
            began = time.monotonic()
            host.must(["sv", "up", SERVICE])
            instance.wait_ready()
            times.append(time.monotonic() - began)
            uses = counters.memory(instance)
            totals.append(sum(use.total for use in uses.values()) / counters.MEGABYTE)
            parts = {each.name: each.cpu for use in uses.values() for each in use.processes}
            say(f"opensearch {turn + 1}/{bench.rounds}: {times[-1]:.1f} s, {totals[-1]:.0f} MB")
    finally:
        instance.down()
    return [
        Figure("OpenSearch takes an index", "s", tuple(times), INDEX_SECONDS, f"CPU: {largest(parts, 's')}"),
        Figure("memory of OpenSearch", "MB", tuple(totals), MEMORY_MB, "the heap has 128 MB"),
    ]
