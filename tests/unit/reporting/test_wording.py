"""The words that every report shares."""

from __future__ import annotations

import pytest

from diraccert.model.outcomes import Outcome, Verdict
from diraccert.reporting import wording
from diraccert.results.causes import causes_of
from tests.unit.reporting.sample_runs import SAMPLES


@pytest.mark.parametrize(
    ("name", "headline"),
    [
        ("green", "DIRAC 8.0.86: certified"),
        ("red", "DIRAC 8.0.86: not certified: 2 causes"),
        ("unknown", "DIRAC 8.0.86: not known: the database's disk was full"),
        ("interrupted", "DIRAC 8.0.86: not known: interrupted"),
        ("empty", "DIRAC 8.0.86: not known: the image of server could not be built: no space left on device"),
    ],
)
def test_the_headline(name: str, headline: str) -> None:
    assert wording.headline(SAMPLES[name]()) == headline


def test_the_headline_without_a_reason() -> None:
    unknown = SAMPLES["unknown"]().model_copy(update={"reason": ""})
    assert wording.answer_of(unknown) == "not known: our own infrastructure failed in 2 scenarios (1 cause)"
    empty = SAMPLES["empty"]().model_copy(update={"reason": ""})
    assert wording.answer_of(empty) == "not known: no scenario ran"
    skipped = [row.model_copy(update={"outcome": Outcome.SKIP}) for row in SAMPLES["green"]().scenarios]
    nothing = empty.model_copy(update={"scenarios": tuple(skipped)})
    assert wording.answer_of(nothing) == "not known: no scenario passed"


def test_a_run_that_is_refused_for_another_reason_than_a_failure() -> None:
    run = SAMPLES["green"]().model_copy(update={"verdict": Verdict.NO, "reason": "no service came up"})
    assert wording.headline(run) == "DIRAC 8.0.86: not certified: no service came up"


@pytest.mark.parametrize(
    ("given", "name"), [("8.0.86", "DIRAC 8.0.86"), ("v9.1.22", "DIRAC v9.1.22"), ("LHCb 12", "LHCb 12")]
)
def test_a_bare_version_is_one_of_dirac(given: str, name: str) -> None:
    assert wording.name_of(SAMPLES["green"]().model_copy(update={"distribution": given})) == name


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0.0 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (59.4, "59 s"),
        (59.6, "1 min 00 s"),
        (3599.7, "1 h 00 min"),
        (7500, "2 h 05 min"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    assert wording.duration(seconds) == text


def test_control_characters_become_visible() -> None:
    assert (
        wording.plain("\x1b[31mred\x1b[0m\x00\x07\r\nnext\tcell\x7f\u202e\ud800")
        == "red\u2400\u2407\nnext\tcell\u2421\ufffd\ufffd"
    )


def test_a_busy_machine_is_one_of_the_limits() -> None:
    run = SAMPLES["green"]().model_copy(update={"stretch": 2.5})
    assert wording.limits(run)[2].why == "The machine was busy: limits were 2.5 times those of an idle machine."
    assert wording.stretched(run.model_copy(update={"stretch": 1.0})) == ""


def test_limits_name_every_deviation_with_its_reason() -> None:
    run = SAMPLES["green"]()
    limits = wording.limits(run)
    assert [limit.what for limit in limits[:2]] == ["DIRACOS", "Real sites"]
    assert [(limit.what, limit.kind) for limit in limits[2:]] == [(d.what, d.kind) for d in run.patches]
    assert all(limit.why for limit in limits)


@pytest.mark.parametrize(
    ("known", "answer"),
    [
        (0, "not certified: 2 causes"),
        (1, "not certified: 2 causes, 1 of them a known finding"),
        (2, "not certified: 2 causes, all known findings"),
    ],
)
def test_how_many_causes_are_no_news(known: int, answer: str) -> None:
    run = SAMPLES["red"]()
    witnesses = [cause.witness.id for cause in causes_of(run.scenarios)]
    news = {id_: "" if number >= known else "OLD: it was ever so" for number, id_ in enumerate(witnesses)}
    rows = tuple(row.model_copy(update={"known": news.get(row.id, "")}) for row in run.scenarios)
    assert wording.answer_of(run.model_copy(update={"scenarios": rows})) == answer
