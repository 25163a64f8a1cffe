"""The search as a whole, on scripted runs."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from diraccert.model.errors import BadInput, CertError, InfrastructureError
from diraccert.proving.attempt import Attempt
from diraccert.proving.culprit_search import Answer, Searcher
from diraccert.proving.history import Commit, Line
from tests.unit.proving.histories import ERROR, FAIL, PASS, SKIP, ScriptedRun, attempt


class Notes(SimpleNamespace):
    """A memory that ends with the test."""

    def __init__(self) -> None:
        super().__init__(attempts={})

    def add(self, one: Attempt) -> None:
        self.attempts[one.commit] = one


def script(states: str) -> dict[str, Any]:
    """An attempt for each letter, by commits c0, c1 ...: g(ood), b(ad), e(rror), s(kip), x (does not build)."""
    made = {"g": PASS, "b": FAIL, "e": ERROR, "s": SKIP}
    return {
        f"c{at}": BadInput("does not build") if letter == "x" else attempt(f"c{at}", WMS_01=made[letter])
        for at, letter in enumerate(states)
    }


class Story:
    """A search on a line whose commits are as ``states`` says."""

    def __init__(self, states: str) -> None:
        self.run = ScriptedRun(script(states))
        self.notes, self.said = Notes(), []
        self.line = Line(Path("/repo"), tuple(Commit(f"c{at}", f"subject {at}") for at in range(len(states))))

    def search(self) -> Answer:
        return Searcher(self.line, ("v1", "v2"), self.run, self.notes, self.said.append).search()


def ids(answer: Answer) -> list[str]:
    return [each.id for each in answer.suspects]


@pytest.mark.parametrize(
    ("states", "good", "suspects"),
    [
        ("gb", "c0", ["c1"]),
        ("ggggbbbb", "c3", ["c4"]),
        ("gbbbbbbb", "c0", ["c1"]),
        ("gggggggb", "c6", ["c7"]),
        ("gggebbbb", "c2", ["c3", "c4"]),
        ("gggxbbbb", "c2", ["c3", "c4"]),
        ("ggegbbebb", "c3", ["c4"]),
        ("geebbbb", "c0", ["c1", "c2", "c3"]),
        ("ggggseb", "c3", ["c4", "c5", "c6"]),
        ("geexsb", "c0", ["c1", "c2", "c3", "c4", "c5"]),
    ],
)
def test_the_answer_is_the_culprit_or_the_range_that_stayed_open(states: str, good: str, suspects: list[str]) -> None:
    story = Story(states)
    answer = story.search()
    assert (answer.good.id, ids(answer)) == (good, suspects)
    assert [each.commit for each in answer.attempts] == [good, suspects[-1]]
    assert (answer.culprit.id if answer.culprit else None) == (suspects[0] if len(suspects) == 1 else None)
    assert set(answer.open) == set(suspects[:-1])
    assert len(set(story.run.asked)) == len(story.run.asked)


def test_both_ends_come_first_and_the_middle_next() -> None:
    story = Story("ggggggbbb")
    story.search()
    assert story.run.asked == ["c0", "c8", "c4", "c6", "c5"]
    assert "9 commits" not in " ".join(story.said)
    assert "8 commits left, at most 3 more runs: c4 subject 4" in story.said
    assert "bad: c6 subject 6 (WMS-01 FAIL)" in story.said


def test_a_commit_without_a_verdict_is_told_with_its_reason_and_its_neighbour_tried() -> None:
    story = Story("ggxbb")
    story.search()
    assert story.run.asked == ["c0", "c4", "c2", "c1", "c3"]
    assert "not known: c2 subject 2 (does not build)" in story.said


def test_an_interrupted_search_goes_on_where_it_was() -> None:
    story = Story("gggggebbb")
    whole = Story("gggggebbb")
    expected = whole.search()
    for stop in range(len(whole.run.asked)):
        story = Story("gggggebbb")
        at = whole.run.asked[stop]
        kept, story.run.told[at] = story.run.told[at], KeyboardInterrupt()
        with pytest.raises(KeyboardInterrupt):
            story.search()
        assert story.run.asked == whole.run.asked[: stop + 1]
        story.run.told[at] = kept
        assert story.search() == expected
        assert story.run.asked == [*whole.run.asked[: stop + 1], *whole.run.asked[stop:]]


def test_a_search_that_has_its_answer_runs_nothing_again() -> None:
    story = Story("ggbb")
    first = story.search()
    count = len(story.run.asked)
    assert story.search() == first
    assert len(story.run.asked) == count


def test_a_machine_that_cannot_certify_ends_the_search_and_no_commit_is_blamed() -> None:
    story = Story("gggbb")
    story.run.told["c2"] = InfrastructureError("no Docker daemon answers")
    with pytest.raises(InfrastructureError, match="no Docker daemon"):
        story.search()
    assert set(story.notes.attempts) == {"c0", "c4"}


@pytest.mark.parametrize(
    ("states", "error", "says"),
    [
        ("ggg", BadInput, "v2 is not bad"),
        ("bbb", BadInput, "v1 is not good"),
        ("xgb", BadInput, r"GOOD, v1 \(c0\), cannot be certified: does not build"),
        ("ggx", BadInput, r"BAD, v2 \(c2\), cannot be certified: does not build"),
        ("sgb", BadInput, "nothing of the selection is for v1: WMS-01 SKIP"),
        ("ggs", BadInput, "nothing of the selection is for v2: WMS-01 SKIP"),
        ("egb", InfrastructureError, "whether v1 is good is not known: WMS-01 ERROR"),
        ("gge", InfrastructureError, "whether v2 is bad is not known: WMS-01 ERROR"),
    ],
)
def test_ends_that_are_not_what_they_are_called(states: str, error: type[CertError], says: str) -> None:
    story = Story(states)
    with pytest.raises(error, match=says):
        story.search()
    assert "c1" not in story.run.asked


def test_an_end_without_a_verdict_is_tried_again_by_the_same_command() -> None:
    story = Story("geb")
    story.run.told["c0"] = attempt("c0", WMS_01=ERROR)
    with pytest.raises(InfrastructureError):
        story.search()
    story.run.told["c0"] = attempt("c0", WMS_01=PASS)
    assert ids(story.search()) == ["c1", "c2"]


def test_other_scenarios_do_not_decide_and_what_broke_later_is_told() -> None:
    story = Story("ggggg")
    for at, (wms, dms, rss) in enumerate(
        [(PASS, PASS, FAIL), (PASS, PASS, PASS), (FAIL, PASS, PASS), (FAIL, FAIL, FAIL), (FAIL, FAIL, FAIL)]
    ):
        story.run.told[f"c{at}"] = attempt(f"c{at}", WMS_01=wms, DMS_01=dms, RSS_01=rss)
    answer = story.search()
    assert answer.deciding == ("WMS-01", "DMS-01")
    assert ids(answer) == ["c2"]
    assert (answer.broken, answer.later) == (("WMS-01",), ("DMS-01",))
