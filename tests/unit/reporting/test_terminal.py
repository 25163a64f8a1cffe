"""The summary at the end of the command."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from diraccert.reporting import terminal
from tests.unit.reporting.sample_runs import SAMPLES


def printed(name: str, *, on_a_terminal: bool = False) -> str:
    file = io.StringIO()
    console = Console(
        file=file, width=60, force_terminal=on_a_terminal, color_system="standard" if on_a_terminal else None
    )
    terminal.summary(SAMPLES[name](), console, Path("reports/runs/r1"))
    return file.getvalue()


def test_a_green_run_is_three_lines() -> None:
    assert printed("green").splitlines() == [
        "DIRAC 8.0.86: certified",
        "19 scenarios: 18 PASS, 1 SKIP, 3 not selected, in 5 min 01 s",
        "report: reports/runs/r1/report.html",
    ]


def test_a_busy_machine_is_said() -> None:
    busy = SAMPLES["green"]().model_copy(update={"stretch": 2.53})
    assert str(terminal.lines(busy)[-1]).endswith("; limits were 2.53 times those of an idle machine")


def test_a_red_run_has_a_line_for_each_cause_and_the_command_to_look() -> None:
    lines = printed("red").splitlines()
    assert lines[0] == "DIRAC 8.0.86: not certified: 2 causes"
    assert lines[1].startswith(
        "  FAIL  WMS-05 Reschedule and delay: WorkloadManagement/JobManager: Cannot reschedule job 118"
    )
    assert lines[2:4] == ["        also of this: TS-01, WMS-07", "        look: dirac-cert attach calm-heron server"]
    assert lines[4].startswith("  FAIL  DMS-03 ")
    assert lines[-2] == "19 scenarios: 4 FAIL, 15 PASS, 3 not selected, in 5 min 01 s"


def test_a_run_without_a_verdict_says_why() -> None:
    assert printed("unknown").startswith("DIRAC 8.0.86: not known: the database's disk was full\n  ERROR WMS-01 ")
    assert printed("interrupted").startswith("DIRAC 8.0.86: not known: interrupted\n")
    assert "the run did not get to its end" in printed("interrupted")
    assert "no scenario ran, in" in printed("empty")


def test_a_refused_run_that_broke_off_says_why() -> None:
    broken_off = SAMPLES["red"]().model_copy(update={"complete": False, "reason": "no disk"})
    assert str(terminal.lines(broken_off)[-1]).endswith("; the run did not get to its end: no disk")


def test_a_terminal_gets_the_same_words_in_colour() -> None:
    coloured = printed("red", on_a_terminal=True)
    assert "\x1b[1;31m" in coloured
    console = Console(width=200)
    assert "DIRAC 8.0.86: not certified: 2 causes" in str(terminal.lines(SAMPLES["red"]())[0])
    assert console.width == 200


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_plain_lines_hold_nothing_that_a_terminal_acts_on(name: str) -> None:
    text = printed(name)
    assert not [char for char in text if ord(char) < 32 and char != "\n"]
    assert text.encode()


def test_text_of_the_product_is_no_markup() -> None:
    assert "[red]x[/red]" in printed("hostile")


def test_many_causes_are_cut() -> None:
    run = SAMPLES["many"]()
    rows = tuple(
        row.model_copy(update={"caused_by": "", "outcome": "FAIL", "reason": f"{row.title} {row.id}"})
        for row in run.scenarios
    )
    lines = [str(line) for line in terminal.lines(run.model_copy(update={"scenarios": rows}))]
    assert "  and 100 more causes" in lines
