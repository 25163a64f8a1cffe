"""How a certification ends when its own end goes wrong."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from diraccert import reporting
from diraccert.certification import durations
from diraccert.certification.run import _Certification
from diraccert.model.errors import InfrastructureError
from diraccert.model.outcomes import Outcome, Verdict
from diraccert.model.run import Host, Run, ScenarioResult
from diraccert.results.events import Ending

ENDED = Ending(time=datetime(2026, 11, 22, tzinfo=UTC))


def certification(outcome: Outcome, done: list[str], *, temporary: bool = True, keep: bool = False) -> Any:
    """A certification with one scenario, whose parts only note what is asked of them."""
    result = ScenarioResult(id="WMS-01", title="t", area="wms", owner="o", outcome=outcome)
    run = Run(
        run_id="r", verdict=Verdict.YES, distribution="8.0.86", host=Host(cores=2, memory_gb=8, system="Linux"),
        started=ENDED.time, seconds=1, scenarios=(result,),
    )  # fmt: skip
    stood = SimpleNamespace(
        temporary=temporary,
        instance=SimpleNamespace(down=lambda: done.append("down")),
        hold=SimpleNamespace(close=lambda: done.append("let go")),
    )
    made = _Certification.__new__(_Certification)
    made.request = SimpleNamespace(keep=keep)  # type: ignore[assignment]
    made.record = SimpleNamespace(write=lambda _: run, folder=Path("nowhere"))  # type: ignore[assignment]
    made.stood = stood  # type: ignore[assignment]
    return made


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is written."""
    monkeypatch.setattr(durations, "record", lambda _: None)
    monkeypatch.setattr(reporting, "render", lambda *_: None)


@pytest.mark.parametrize(
    ("outcome", "temporary", "keep", "expected"),
    [
        (Outcome.PASS, True, False, ["down", "let go"]),
        (Outcome.FAIL, True, False, ["let go"]),
        (Outcome.PASS, True, True, ["let go"]),
        (Outcome.PASS, False, False, ["let go"]),
    ],
    ids=["nothing failed", "something is to be seen", "kept", "warm"],
)
def test_an_instance_of_this_run_alone_goes_with_it(
    outcome: Outcome, temporary: bool, keep: bool, expected: list[str]
) -> None:
    done: list[str] = []
    certification(outcome, done, temporary=temporary, keep=keep)._end(ENDED)
    assert done == expected


def test_it_goes_also_when_no_report_can_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise InfrastructureError("no space is left", "free some")

    monkeypatch.setattr(reporting, "render", full)
    done: list[str] = []
    with pytest.raises(InfrastructureError, match="no space"):
        certification(Outcome.PASS, done)._end(ENDED)
    assert done == ["down", "let go"]
