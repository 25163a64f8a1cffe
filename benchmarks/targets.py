"""The targets: each measures some rounds and answers its figures."""

from __future__ import annotations

import json
import resource
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

from benchmarks import counters
from benchmarks.bench import Bench, Say
from benchmarks.beside import opensearch
from benchmarks.figures import Figure, largest, least_makespan, medians
from diraccert.instances.instance import Instance
from diraccert.instances.up import default_name, find
from diraccert.model.errors import BadInput

UP_RATIO, MEMORY_MB, RESET_SECONDS, SMOKE_SECONDS, SMOKE_RATIO = 1.5, 1200.0, 3.0, 180.0, 1.3
SIDE_BY_SIDE = 3


def up(bench: Bench, say: Say) -> list[Figure]:
    """`up`, and in turns with it the plain script."""
    plain, ours, used, by_process = [], [], [], []
    for turn in range(bench.rounds):
        plain.append(bench.plain())
        with bench.standing() as (instance, seconds):
            ours.append(seconds)
            used.append(counters.cpu(instance))
            by_process.append(_cpu_by_process(instance))
        say(f"up {turn + 1}/{bench.rounds}: {ours[-1]:.1f} s, the plain script {plain[-1]:.1f} s")
    most = f"most in {largest(medians(by_process), 's')}; plain {median(plain):.1f} s"
    spent = f"CPU: {largest(medians(used), 's', 2)}; {most}"
    return [Figure("up to all answering", "s", tuple(ours), UP_RATIO * median(plain), spent)]


def memory(bench: Bench, say: Say) -> list[Figure]:
    """PSS and file systems in memory of one standing instance."""
    totals, parts = [], []
    for turn in range(bench.rounds):
        with bench.standing() as (instance, _):
            uses = counters.memory(instance)
        totals.append(sum(use.total for use in uses.values()) / counters.MEGABYTE)
        parts.append(_memory_parts(uses))
        say(f"memory {turn + 1}/{bench.rounds}: {totals[-1]:.0f} MB")
    return [Figure("memory of an instance", "MB", tuple(totals), MEMORY_MB, largest(medians(parts), "MB", 4))]


def reset(bench: Bench, say: Say) -> list[Figure]:
    """`Instance.reset` on one instance, again and again."""
    times, used = [], []
    with bench.standing() as (instance, _):
        for turn in range(bench.rounds):
            before = counters.cpu(instance)
            began = time.monotonic()
            instance.reset()
            times.append(time.monotonic() - began)
            used.append(counters.since(before, counters.cpu(instance)))
            say(f"reset {turn + 1}/{bench.rounds}: {times[-1]:.1f} s")
        components = _cpu_by_process(instance)
    spent = f"CPU: {largest(medians(used), 's', 2)}; most in {largest(components, 's')}"
    return [Figure("reset to all answering", "s", tuple(times), RESET_SECONDS, spent)]


def three(bench: Bench, say: Say) -> list[Figure]:
    """Three instances that are started at once; each may take what the plain script takes for one, three times over."""
    times, used, plain = [], [], []
    for turn in range(bench.rounds):
        plain.append(bench.plain())
        with ExitStack() as stack, ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            began = time.monotonic()
            entered = [pool.submit(_enter, stack, bench, number) for number in range(SIDE_BY_SIDE)]
            instances = [each.result() for each in entered]
            times.append(time.monotonic() - began)
            for instance in instances:
                instance.wait_ready(limit=1)
            totals = [sum(use.total for use in counters.memory(each).values()) for each in instances]
            used.append(sum(totals) / counters.MEGABYTE)
        say(f"three {turn + 1}/{bench.rounds}: {times[-1]:.1f} s, {used[-1]:.0f} MB together")
    limit = SIDE_BY_SIDE * UP_RATIO * median(plain)
    return [
        Figure("three side by side, all answering", "s", tuple(times), limit, "CPU, as of one, three times"),
        Figure("memory of three", "MB", tuple(used), SIDE_BY_SIDE * MEMORY_MB, "as of one"),
    ]


def smoke(bench: Bench, say: Say) -> list[Figure]:
    """The suite `smoke` on the warm instance, and its makespan against what no schedule can beat."""
    times, spans, least, longest, used = [], [], [], "", []
    with _warm(bench) as instance:
        for turn in range(bench.rounds):
            before, ours = counters.cpu(instance), _children_cpu()
            with tempfile.TemporaryDirectory() as folder:
                words = ("certify", bench.dist, "--suite", "smoke", "--report-dir", folder)
                times.append(bench.cli(*words))
                run = json.loads((Path(folder) / "run.json").read_text(encoding="utf-8"))
            cpu = counters.since(before, counters.cpu(instance)) | {"pytest": _children_cpu() - ours}
            used.append(cpu)
            seconds = {each["id"]: float(each["seconds"]) for each in run["scenarios"]}
            spans.append(float(run["timings"]["scenarios"]))
            least.append(least_makespan(seconds.values(), sum(cpu.values())))
            longest = largest(seconds, "s")
            say(f"smoke {turn + 1}/{bench.rounds}: {times[-1]:.0f} s, {run['verdict']}")
    return [
        Figure("smoke", "s", tuple(times), SMOKE_SECONDS, f"longest: {longest}"),
        Figure(
            "smoke, makespan",
            "s",
            tuple(spans),
            SMOKE_RATIO * median(least),
            f"CPU: {largest(medians(used), 's')}; longest: {longest}",
        ),
    ]


TARGETS: dict[str, Callable[[Bench, Say], list[Figure]]] = {
    "up": up,
    "memory": memory,
    "reset": reset,
    "three": three,
    "smoke": smoke,
    "opensearch": opensearch,
}


@contextmanager
def _warm(bench: Bench) -> Iterator[Instance]:
    """The instance that `certify` uses; one that was there before is left."""
    name = default_name(bench.images)
    try:
        yield find(bench.daemon, name)
        return
    except BadInput:
        bench.cli("up", bench.dist, "--name", name)
    try:
        yield find(bench.daemon, name)
    finally:
        bench.remove(name)


def _enter(stack: ExitStack, bench: Bench, number: int) -> Instance:
    instance, _ = stack.enter_context(bench.standing(f"-{number}"))
    return instance


def _children_cpu() -> float:
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def _cpu_by_process(instance: Instance) -> Mapping[str, float]:
    spent: dict[str, float] = defaultdict(float)
    for host, use in counters.memory(instance).items():
        for process in use.processes:
            spent[f"{host}'s {process.name}"] += process.cpu
    return spent


def _memory_parts(uses: dict[str, counters.Use]) -> dict[str, float]:
    parts = {f"{host}'s processes": (use.total - use.tmpfs) / counters.MEGABYTE for host, use in uses.items()}
    return parts | {f"{host}'s tmpfs": use.tmpfs / counters.MEGABYTE for host, use in uses.items() if use.tmpfs}
