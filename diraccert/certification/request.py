"""What a person asks of ``certify``, and which scenarios that means."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from diraccert.model.errors import BadInput
from diraccert.model.outcomes import Outcome
from diraccert.model.progress import Progress
from diraccert.model.run import Dependencies, Run
from diraccert.results import store
from diraccert.results.events import Finished

RUNS = Path("reports") / "runs"


@dataclass(frozen=True)
class Request:
    """One certification as it was asked for.

    ``dist`` is a version, a requirement list or a manifest file; ``sources`` are git checkouts and wheels of packages
    that replace its own (it may be left empty then); ``selection`` an expression (see selection.py).
    ``fresh`` takes a new instance and removes it afterwards unless something failed; ``keep`` leaves even that one.
    ``dependencies`` are those of that time, not of the manifest's day; ``as_of`` stands for the day of the commit that
    a DIRAC from source was made of, when several are to be compared. ``seed`` orders scenarios at random, repeatably.
    ``workers`` 0 stands for a number that suits the machine.
    """

    dist: str
    selection: str
    rooms: tuple[Path, ...]
    workers: int = 0
    keep: bool = False
    fresh: bool = False
    report_dir: Path | None = None
    seed: int | None = None
    sources: tuple[Path, ...] = ()
    dependencies: Dependencies | None = None
    as_of: date | None = None


def selection_of(suite: str, select: str, rerun: Run | None, only: Sequence[Outcome]) -> str:
    """The expression that the options mean together; raises BadInput when they contradict one another."""
    if suite and select:
        raise BadInput("--suite and --select both say what to run", "give one: --select 'smoke and wms' combines them")
    wanted = select or suite or ("" if rerun else "full")
    if rerun is None:
        return wanted
    again = [each.id for each in rerun.scenarios if not only or each.outcome in only]
    if not again:
        spoken = " or ".join(only)
        raise BadInput(
            f"run {rerun.run_id} has no scenario that ended with {spoken}", "see its report, or leave --only away"
        )
    return f"({', '.join(again)}) and ({wanted})" if wanted else ", ".join(again)


def outcomes_of(only: str) -> tuple[Outcome, ...]:
    """The outcomes in a list such as ``FAIL,ERROR``; raises BadInput for another word."""
    words = [word.strip().upper() for word in only.split(",") if word.strip()]
    unknown = [word for word in words if word not in Outcome.__members__]
    if unknown:
        raise BadInput(f"--only knows no outcome {unknown[0]}", f"write some of {', '.join(Outcome)}")
    return tuple(Outcome(word) for word in words)


def folder_of(name: str) -> Path:
    """The folder of a run that is named by its folder, or by its id below reports/runs."""
    folder = Path(name)
    return folder if folder.is_dir() else RUNS / name


def run_named(name: str) -> Run:
    """The run in a folder, or of this id; raises BadInput when there is none."""
    return store.read(folder_of(name))


@dataclass(frozen=True)
class Watcher:
    """Who follows a certification: ``announce`` gets the steps of the plan with the seconds that each is likely to
    take (again when more is known), ``ended`` each scenario's end."""

    progress: Progress
    announce: Callable[[Sequence[tuple[str, float]]], None]
    ended: Callable[[Finished], None]
