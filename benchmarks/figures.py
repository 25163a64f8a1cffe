"""What was measured against what limit, and the sums and medians of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Figure:
    """Values of one target, one a round, in ``unit``; its median may be at most ``limit``.

    ``dominant`` says in words what most of it is spent on.
    """

    name: str
    unit: str
    values: tuple[float, ...]
    limit: float
    dominant: str = ""

    def __post_init__(self) -> None:
        if not self.values:
            raise ValueError(f"nothing was measured of {self.name}")
        if self.limit <= 0:
            raise ValueError(f"the limit of {self.name} is {self.limit:g}")

    @property
    def median(self) -> float:
        """The middle value, or the mean of the two in the middle."""
        return median(self.values)

    @property
    def ratio(self) -> float:
        """The median as a part of the limit."""
        return self.median / self.limit

    @property
    def holds(self) -> bool:
        """Whether the target is met."""
        return self.ratio <= 1

    def as_mapping(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "name": self.name,
            "unit": self.unit,
            "values": [round(value, 3) for value in self.values],
            "median": round(self.median, 3),
            "limit": round(self.limit, 3),
            "ratio": round(self.ratio, 3),
            "holds": self.holds,
            "dominant": self.dominant,
        }


def least_makespan(scenario_seconds: Iterable[float], cpu_seconds: float, cores: int = 2) -> float:
    """What no schedule can beat: the longest scenario, or all computing spread over the cores, in seconds."""
    return max(max(scenario_seconds, default=0.0), cpu_seconds / cores)


def largest(parts: Mapping[str, float], unit: str, count: int = 3) -> str:
    """The largest of these parts in words: ``server 7.1 s, mysql 0.9 s``."""
    ordered = sorted(parts.items(), key=lambda part: -part[1])[:count]
    return ", ".join(f"{name} {amount:.3g} {unit}" for name, amount in ordered)


def medians(rounds: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The median of each part over rounds; a part that a round does not have counts as 0 there."""
    names = {name for each in rounds for name in each}
    return {name: median(each.get(name, 0.0) for each in rounds) for name in names}
