"""What a failed scenario shows: what was asserted, expected and got, where, and what the components said meanwhile."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from traceback import FrameSummary, extract_tb
from types import TracebackType

from diraccert.certification import tokens
from diraccert.certification.culprit import culprit
from diraccert.certification.product import ProductError, shorten
from diraccert.certification.upstream.outcome import FailedTests
from diraccert.model.run import Evidence, LogExcerpt, Step
from diraccert.results.signature import normalise

ENGINE = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Comparison:
    """A comparison that did not hold, as pytest saw its two sides."""

    op: str
    left: str
    right: str
    surplus: tuple[str, ...] = ()
    """The names on the left where nothing was expected: ``{name: why ...} == {}``."""


def compared(op: str, left: object, right: object) -> Comparison:
    """The comparison of two values, as text of at most 600 characters each."""
    surplus: tuple[str, ...] = ()
    if op == "==" and isinstance(left, Collection) and isinstance(right, Collection) and not right:
        surplus = tuple(sorted(each for each in left if isinstance(each, str)))
    return Comparison(op, shorten(repr(left), 600), shorten(repr(right), 600), surplus)


def of_failure(
    error: BaseException, scenario_file: Path, steps: Sequence[Step], excerpts: tuple[LogExcerpt, ...],
    comparison: Comparison | None, attach: str, reason: str,
) -> Evidence:  # fmt: skip
    """The evidence for one failure; the rule of a scenario is ``assert GOT == EXPECTED``."""
    frames = own_frames(error.__traceback__, scenario_file)
    asserted = next((frame.line or "" for frame in reversed(frames) if Path(frame.filename) == scenario_file), "")
    expected, got = _sides(error, comparison)
    raised = f"{type(error).__name__}: {shorten(error, 600)}"
    if isinstance(error, FailedTests):
        asserted, expected, got = "; ".join(error.names), "every test passes", error.got
    component = culprit(reason, steps, excerpts)
    return Evidence(
        asserted=shorten(asserted), expected=shorten(expected, 600), got=shorten(got, 600),
        traceback=error.text if isinstance(error, FailedTests) else "\n".join([*map(_spoken, frames[-8:]), raised]),
        component=component, signature=normalise(tokens.removed(shorten(reason, 600))),
        logs=tuple(sorted(excerpts, key=lambda each: each.component != component)), attach=attach,
    )  # fmt: skip


def own_frames(traceback: TracebackType | None, scenario_file: Path) -> list[FrameSummary]:
    """The frames of a traceback that are a scenario's or the engine's, from the scenario on."""
    frames = list(extract_tb(traceback)) if traceback else []
    starts = [number for number, frame in enumerate(frames) if Path(frame.filename) == scenario_file]
    mine = frames[starts[0] :] if starts else frames
    rooms = (ENGINE, scenario_file.parent.parent)
    return [frame for frame in mine if any(room in Path(frame.filename).parents for room in rooms)]


def _sides(error: BaseException, comparison: Comparison | None) -> tuple[str, str]:
    if isinstance(error, AssertionError):
        if comparison is None:
            return "", str(error)
        expected = comparison.right if comparison.op == "==" else f"{comparison.op} {comparison.right}"
        return expected, comparison.left
    if isinstance(error, ProductError):
        return "an answer without an error", str(error)
    return "", f"{type(error).__name__}: {error}"


def _spoken(frame: FrameSummary) -> str:
    path = Path(frame.filename)
    return f"{path.parent.name}/{path.name}:{frame.lineno} {frame.name}: {shorten(frame.line or '', 160)}"


def words_of(token: str, mentioned: Iterable[str]) -> list[str]:
    """By what a scenario's traces are found in logs: its token, and what its steps met (job ids, LFNs)."""
    return [word for word in dict.fromkeys((token, *mentioned)) if len(word) >= 2]
