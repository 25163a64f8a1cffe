"""How long each stage took the last time on this machine, to tell a person what to expect."""

from __future__ import annotations

import json
import math
from pathlib import Path

from diraccert.images import cache

DEFAULTS = {"base": 25.0, "debian": 60.0, "database": 30.0, "dirac": 80.0, "system": 90.0, "opensearch": 90.0}


def _file() -> Path:
    return cache.folder() / "durations.json"


def _recorded() -> dict[str, float]:
    try:
        read = json.loads(_file().read_text(encoding="utf-8"))
        return {str(stage): float(seconds) for stage, seconds in read.items() if math.isfinite(float(seconds))}
    except (OSError, ValueError, AttributeError, TypeError, RecursionError):
        return {}  # a guess is all that is lost


def expected(stage: str) -> float:
    """Seconds that the stage is likely to take."""
    return _recorded().get(stage, DEFAULTS.get(stage, 60.0))


def record(stage: str, seconds: float) -> None:
    """Remember how long the stage took."""
    cache.keep(_file(), json.dumps({**_recorded(), stage: round(seconds, 1)}))
