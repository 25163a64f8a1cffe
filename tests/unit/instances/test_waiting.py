from __future__ import annotations

import pytest

from diraccert.instances.waiting import wait_for
from diraccert.model.errors import InfrastructureError


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float, /) -> None:
        self.now += seconds


def test_it_answers_what_the_condition_answers_and_polls_at_50_ms() -> None:
    clock, answers = Clock(), iter([None, "", "there"])
    assert wait_for(lambda: next(answers), 10, "it", clock=clock) == "there"
    assert clock.now == pytest.approx(0.1)


def test_it_asks_at_least_once() -> None:
    assert wait_for(lambda: "there", 0, "it", clock=Clock())


def test_its_error_says_what_was_last_seen_what_the_log_says_and_what_to_do() -> None:
    clock = Clock()
    with pytest.raises(InfrastructureError) as told:
        wait_for(
            lambda: clock.now > 5,
            2,
            "port 8443",
            last_seen=lambda: "refused",
            recent=lambda: "a line",
            way_out="look",
            clock=clock,
        )
    assert str(told.value) == "waited 2 s for port 8443; last seen: refused; recent log: a line (look)"
    assert 2 <= clock.now < 2.1


def test_without_more_the_last_answer_is_what_was_seen() -> None:
    with pytest.raises(InfrastructureError, match=r"last seen: 0$"):
        wait_for(lambda: 0, 1, "a row", clock=Clock())
