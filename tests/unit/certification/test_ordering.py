from hypothesis import given
from hypothesis import strategies as st

from diraccert.certification.ordering import estimate, makespan, order, shuffled
from diraccert.model.scenario import ScenarioMeta


def scenarios(*seconds, exclusive=()):
    return [
        ScenarioMeta(f"WMS-{number:02}", "t", "wms", "o", about=about, exclusive=number in exclusive)
        for number, about in enumerate(seconds)
    ]


def abouts(found):
    return [each.about for each in found]


def test_each_worker_first_gets_one_of_the_longest_and_one_of_the_shortest():
    assert abouts(order(scenarios(1, 2, 3, 4, 5, 6, 7, 8), 2, {})) == [8, 1, 7, 2, 6, 5, 4, 3]


def test_with_less_than_two_for_each_worker_the_second_ones_follow_the_shorter_first_ones():
    # xdist deals them round: workers get (3, 2), (4, 1), (5) of three
    assert abouts(order(scenarios(1, 2, 3, 4, 5), 3, {})) == [3, 4, 5, 2, 1]


def test_one_worker_takes_the_longest_first():
    assert abouts(order(scenarios(1, 3, 2), 1, {})) == [3, 2, 1]


def test_recorded_seconds_count_for_more_than_what_a_scenario_says():
    one = scenarios(5)[0]
    assert estimate(one, {"WMS-00": 40.0}) == 40.0
    assert estimate(one, {}) == 5


@given(st.lists(st.floats(0.1, 100), max_size=40), st.integers(1, 12))
def test_nothing_is_lost_or_doubled(seconds, workers):
    given_ = scenarios(*seconds)
    assert sorted(each.id for each in order(given_, workers, {})) == sorted(each.id for each in given_)


def test_a_seed_repeats_its_order_whatever_the_files_are():
    given_ = scenarios(*range(1, 20))
    assert shuffled(given_, 7) == shuffled(given_[::-1], 7)
    assert shuffled(given_, 7) != shuffled(given_, 8)


def test_makespan_runs_exclusive_ones_after_the_rest():
    assert makespan(scenarios(10, 4, 4, 3, exclusive={3}), 2, {}) == 10 + 3
    assert makespan([], 2, {}) == 0
