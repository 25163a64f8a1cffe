"""What ran when on which worker, as the geometry of a drawing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from diraccert.model.outcomes import Outcome
from diraccert.model.run import Run, ScenarioResult
from diraccert.reporting.wording import duration, one_line

WIDTH = 1000.0
LEFT = 64.0  # room for the workers' names
LANE = 30.0
TOP = 24.0  # room for the ticks' labels
_RIGHT = 16.0
_LETTER = 6.9  # width of a letter of a bar's label
_SIGNS = {Outcome.FAIL: "\u2715", Outcome.ERROR: "!"}
_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400)


@dataclass(frozen=True)
class Bar:
    """One scenario: where its bar lies, the label that fits in it, and what pointing at it says."""

    id: str
    outcome: str
    x: float
    y: float
    width: float
    label: str
    says: str


@dataclass(frozen=True)
class Tick:
    """A mark of the time axis."""

    x: float
    label: str


@dataclass(frozen=True)
class Timeline:
    """The drawing, in its own units: lanes (y and worker), bars and ticks."""

    width: float
    height: float
    lanes: tuple[tuple[float, str], ...]
    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]


def timeline(run: Run) -> Timeline | None:
    """The drawing of a run, its time counted from the first scenario's start; None when no scenario started."""
    begins = [row.started.timestamp() for row in run.scenarios if row.started]
    if not begins:
        return None
    zero = min(begins)
    span = max((_begin(row) - zero + row.seconds for row in run.scenarios if row.started), default=0.0) or 1.0
    scale = (WIDTH - LEFT - _RIGHT) / span
    workers = sorted({row.worker for row in run.scenarios if row.started}, key=_natural)
    lanes: list[tuple[float, str]] = []
    bars: list[Bar] = []
    y = TOP
    for worker in workers:
        lanes.append((y, one_line(worker, 8) or "main"))
        for rows in _beside([row for row in run.scenarios if row.started and row.worker == worker]):
            bars += [_bar(row, LEFT + (_begin(row) - zero) * scale, y, scale) for row in rows]
            y += LANE
    # a clock that was set during the run may make days of minutes
    step = next((step for step in _STEPS if span / step <= 10), max(_STEPS[-1], int(span / 10)))
    ticks = tuple(Tick(LEFT + at * scale, _clock(at)) for at in range(0, int(span) + 1, step))
    return Timeline(WIDTH, y + 6, tuple(lanes), tuple(bars), ticks)


def _begin(row: ScenarioResult) -> float:
    return row.started.timestamp() if row.started else 0.0


def _beside(rows: Sequence[ScenarioResult]) -> list[list[ScenarioResult]]:
    """Rows of bars that do not overlap: one, unless a worker died and another took its name."""
    lanes: list[list[ScenarioResult]] = []
    for row in sorted(rows, key=_begin):
        free = (lane for lane in lanes if _begin(lane[-1]) + lane[-1].seconds <= _begin(row) + 0.5)
        lane = next(free, None)
        if lane is None:
            lanes.append([row])
        else:
            lane.append(row)
    return lanes


def _bar(row: ScenarioResult, x: float, y: float, scale: float) -> Bar:
    width = max(3.0, row.seconds * scale - 1)
    sign = _SIGNS.get(row.outcome, "")
    fitting = (text for text in (f"{sign} {row.id}".strip(), sign) if len(text) * _LETTER + 8 < width)
    label = next(fitting, "")
    return Bar(row.id, row.outcome, x, y, width, label, f"{row.id} {row.outcome} {duration(row.seconds)}: {row.title}")


def _clock(seconds: int) -> str:
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60}:{seconds % 60:02d}"
    return f"{seconds // 3600}:{seconds % 3600 // 60:02d}:00"


def _natural(worker: str) -> tuple[str, int]:
    """gw2 before gw10."""
    name = worker.rstrip("0123456789")
    return name, int(worker[len(name) :] or -1)
