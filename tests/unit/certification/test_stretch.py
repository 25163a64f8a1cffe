from __future__ import annotations

import pytest

from diraccert.certification import stretch


@pytest.mark.parametrize(
    ("load", "cores", "factor"), [(0.0, 2, 1.0), (2.0, 2, 1.0), (5.0, 2, 2.5), (200.0, 2, stretch.MOST), (1.0, 0, 1.0)]
)
def test_a_busy_machine_gets_more_time_and_an_idle_one_no_less(load: float, cores: int, factor: float) -> None:
    assert stretch.measured(load, cores) == factor


@pytest.mark.parametrize(
    ("told", "factor"), [("1.5", 1.5), ("0.1", 1.0), ("-3", 1.0), ("nan", 1.0), ("inf", stretch.MOST), ("much", 1.0)]
)
def test_a_stated_factor_is_used_within_reason(told: str, factor: float) -> None:
    assert stretch.stated({stretch.VARIABLE: told}) == factor


def test_without_a_word_limits_are_as_written() -> None:
    assert stretch.stated({}) == 1.0
