"""The next place of a search, for lines of all lengths and with places that stay open."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diraccert.proving.attempt import Judgement
from diraccert.proving.narrowing import Bounds, bounds, next_place, tries_left

GOOD, BAD, OPEN = Judgement.GOOD, Judgement.BAD, Judgement.OPEN


def searched(last: int, culprit: int, silent: frozenset[int] = frozenset()) -> tuple[Bounds, int]:
    """The bounds in the end, and how many places were tried."""
    judged, tried = {0: GOOD, last: BAD}, 0
    while (place := next_place(judged)) is not None:
        assert place not in judged
        judged[place] = OPEN if place in silent else BAD if place >= culprit else GOOD
        tried += 1
    return bounds(judged), tried


@pytest.mark.parametrize("last", range(1, 40))
def test_every_culprit_of_every_line_is_found_in_as_few_tries_as_can_be(last: int) -> None:
    for culprit in range(1, last + 1):
        found, tried = searched(last, culprit)
        assert found == Bounds(culprit - 1, culprit)
        assert tried <= tries_left({0: GOOD, last: BAD})


@given(st.integers(1, 30), st.data())
def test_what_stays_open_only_widens_the_answer_to_what_is_open(last: int, data: st.DataObject) -> None:
    culprit = data.draw(st.integers(1, last))
    silent = data.draw(st.frozensets(st.integers(1, last)))
    found, _ = searched(last, culprit, silent)
    assert found.good < culprit <= found.bad
    assert set(found.inside) <= silent


def test_the_neighbours_of_an_open_place_are_next() -> None:
    judged = {0: GOOD, 10: BAD}
    assert next_place(judged) == 5
    judged[5] = OPEN
    assert next_place(judged) == 4
    judged[4] = OPEN
    assert next_place(judged) == 6


def test_places_beside_the_ends_that_stay_open_leave_a_range() -> None:
    assert searched(4, 2, frozenset({1, 3}))[0] == Bounds(0, 2)
    assert searched(4, 4, frozenset({3}))[0] == Bounds(2, 4)
    assert searched(3, 1, frozenset({1, 2}))[0] == Bounds(0, 3)


def test_of_several_changes_for_the_worse_the_oldest_is_taken() -> None:
    judged = {0: GOOD, 3: BAD, 5: GOOD, 9: BAD}
    assert bounds(judged) == Bounds(0, 3)
    assert tries_left(judged) == 2
