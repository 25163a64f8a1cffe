"""The order in which scenarios are handed to workers, so that the run ends early."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from diraccert.model.scenario import ScenarioMeta


def estimate(scenario: ScenarioMeta, recorded: Mapping[str, float]) -> float:
    """Seconds that a scenario is likely to take: as recorded in the last runs, else what it says of itself."""
    return recorded.get(scenario.id, scenario.about)


def order(scenarios: Sequence[ScenarioMeta], workers: int, recorded: Mapping[str, float]) -> list[ScenarioMeta]:
    """Longest first, arranged for the way in which pytest-xdist's load scheduling hands out its first items.

    With two items or more for each worker, every worker is first given two neighbours, and then one more whenever
    one is done: so each of the longest gets one of the shortest as its neighbour. With fewer they are dealt round:
    those that get a second one must have the shorter first ones. (xdist/scheduler/load.py, LoadScheduling.schedule)
    """
    longest = sorted(scenarios, key=lambda each: (-estimate(each, recorded), each.id))
    if workers <= 1:
        return longest
    if len(longest) < 2 * workers:
        return longest[:workers][::-1] + longest[workers:]
    heads, middle, tails = longest[:workers], longest[workers : len(longest) - workers], longest[-workers:]
    pairs = [each for pair in zip(heads, reversed(tails), strict=True) for each in pair]
    return pairs + middle


def shuffled(scenarios: Sequence[ScenarioMeta], seed: int) -> list[ScenarioMeta]:
    """A random order that the seed repeats; starts from the order of ids, so that files do not matter."""
    mixed = sorted(scenarios, key=lambda each: each.id)
    random.Random(seed).shuffle(mixed)  # noqa: S311 - an order, no secret
    return mixed


def makespan(scenarios: Sequence[ScenarioMeta], workers: int, recorded: Mapping[str, float]) -> float:
    """Seconds that the run is likely to take: shared ones on so many workers, then exclusive ones one by one."""
    lanes = [0.0] * max(1, workers)
    alone = 0.0
    for each in sorted(scenarios, key=lambda each: -estimate(each, recorded)):
        if each.exclusive:
            alone += estimate(each, recorded)
        else:
            lanes[lanes.index(min(lanes))] += estimate(each, recorded)
    return max(lanes) + alone
