"""Which commit of a line is tried next, and when no more can be known: a pure rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from diraccert.proving.attempt import Judgement


@dataclass(frozen=True)
class Bounds:
    """Places in a line: ``good`` is good and ``bad`` is bad, and so what broke lies in ``good + 1 .. bad``."""

    good: int
    bad: int

    @property
    def inside(self) -> range:
        """The places between."""
        return range(self.good + 1, self.bad)


def bounds(judged: Mapping[int, Judgement]) -> Bounds:
    """The narrowest pair that is known. ``judged`` has a good first place and a bad last one.

    A line that was good, bad, good and bad has several changes for the worse; the oldest that is seen is taken.
    """
    bad = min(at for at, what in judged.items() if what is Judgement.BAD)
    good = max(at for at, what in judged.items() if what is Judgement.GOOD and at < bad)
    return Bounds(good, bad)


def next_place(judged: Mapping[int, Judgement]) -> int | None:
    """The place to try next: of those between the bounds that were not tried, the nearest to the middle.

    None when there is no such place: then the bounds are neighbours, or all between them stayed open.
    """
    now = bounds(judged)
    left = [at for at in now.inside if at not in judged]
    middle = (now.good + now.bad) // 2
    return min(left, key=lambda at: (abs(at - middle), at), default=None)


def tries_left(judged: Mapping[int, Judgement]) -> int:
    """How many more tries there will be at the most, if none stays open."""
    now = bounds(judged)
    return (sum(at not in judged for at in now.inside)).bit_length()
