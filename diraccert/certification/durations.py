"""How long each scenario took in the last runs on this machine: orders the next one, and says what is left."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from pathlib import Path
from statistics import median

from diraccert.images import cache
from diraccert.model.outcomes import Outcome
from diraccert.model.run import ScenarioResult

REMEMBERED = 5


def _file() -> Path:
    return cache.folder() / "scenarios.json"


def _recorded() -> dict[str, list[float]]:
    try:
        read = json.loads(_file().read_text(encoding="utf-8"))
        return {
            str(id_): [float(each) for each in seconds if math.isfinite(float(each))] for id_, seconds in read.items()
        }
    except (OSError, ValueError, AttributeError, TypeError, RecursionError):
        return {}  # a guess is all that is lost


def expected() -> dict[str, float]:
    """The median of the last runs, by id."""
    return {id_: median(seconds) for id_, seconds in _recorded().items() if seconds}


def record(results: Iterable[ScenarioResult]) -> None:
    """Remember the scenarios that passed: how long a failure took says nothing of the next run."""
    known = _recorded()
    for each in results:
        if each.outcome is Outcome.PASS and each.seconds > 0:
            known[each.id] = [*known.get(each.id, []), round(each.seconds, 2)][-REMEMBERED:]
    cache.keep(_file(), json.dumps(known))
