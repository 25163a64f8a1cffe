from __future__ import annotations

import io

import pytest
from rich.console import Console

from diraccert.cli.progress import Drawn, Plain, duration, shown


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def text(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def console(terminal: bool = False) -> Console:
    return Console(file=io.StringIO(), width=70, force_terminal=terminal, highlight=False)


def test_plain_lines_tell_plan_phases_and_now_and_then_a_note(clock: Clock) -> None:
    plain = Plain(console(), clock)
    plain.plan([("lock", 5), ("image base", 65)])
    plain.phase("lock", 5)
    for clock.now in (1, 6, 7):
        plain.note(f"at {clock.now}")
    clock.now = 8
    plain.phase("image base", 65)
    clock.now = 10
    plain.end()
    assert text(plain.console).splitlines() == [
        "plan: lock 5 s, image base 1 min 5 s; about 1 min 10 s in all",
        "[0 s] lock: about 5 s",
        "[6 s]   at 6",
        "[8 s] lock: 8 s",
        "[8 s] image base: about 1 min 5 s",
        "[10 s] image base: 2 s",
    ]


def test_what_is_left_is_the_rest_of_this_phase_and_those_to_come(clock: Clock) -> None:
    drawn = Drawn(console(), clock)
    drawn.plan([("a", 10), ("b", 20), ("c", 30)])
    drawn.phase("b", 20)
    clock.now = 5
    assert drawn.left() == 15 + 30
    clock.now = 100
    assert drawn.left() == 30
    drawn.phase("not planned", 7)
    assert drawn.left() == 7 + 30


def test_a_terminal_shows_phase_time_left_and_note(clock: Clock) -> None:
    drawn = Drawn(console(terminal=True), clock)
    drawn.plan([("image base", 30)])
    drawn.phase("image base", 30)
    drawn.note("importing it")
    clock.now = 12
    drawn.console.print(drawn)
    assert "image base  12 s, about 18 s left" in text(drawn.console)
    assert "importing it" in text(drawn.console)


def test_which_one_is_shown_depends_on_the_terminal() -> None:
    with shown(console()) as plain:
        assert isinstance(plain, Plain)
    with shown(console(terminal=True)) as drawn:
        assert isinstance(drawn, Drawn)
        drawn.phase("a", 1)
    assert drawn.current == ""


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.84, "0.8 s"), (5, "5 s"), (9.97, "10 s"), (65, "1 min 5 s"), (59.7, "1 min 0 s")]
)
def test_durations_read_well(seconds: float, said: str) -> None:
    assert duration(seconds) == said
