"""What a failure says is told from what was logged beside it."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from diraccert.model.outcomes import Outcome
from diraccert.model.run import Evidence, LogExcerpt, ScenarioResult, Step
from diraccert.results.shown import Showing, shows

LOGS = (LogExcerpt(component="WorkloadManagement/JobAgent", lines=("Traceback", "KeyError: 'JobID'", "it ended")),)
FAILED = ScenarioResult(
    id="WMS-01", title="t", area="wms", owner="o", outcome=Outcome.FAIL, reason="the job is Matched, and stays so",
    evidence=Evidence(got="'Matched'", expected="'Done'", traceback="frames\nAssertionError: it differs", logs=LOGS),
    steps=(Step(at=0, seconds=1, what="ask", ok=False, detail="exit code 17"), Step(at=1, seconds=1, what="look")),
)  # fmt: skip


@pytest.mark.parametrize("text", ["Matched, and*stays", "AssertionError: it", "assert 'Matched' == 'Done'"])
def test_a_failure_says_its_reason_its_comparison_and_what_was_raised(text: str) -> None:
    assert Showing(signature=text).shown_by(FAILED)


@pytest.mark.parametrize("text", ["KeyError: 'JobID'", "exit code 17"])
def test_neither_logs_nor_what_its_steps_were_answered(text: str) -> None:
    assert not Showing(signature=text).shown_by(FAILED)
    assert shows(FAILED, text), "it is there all the same"


def test_one_of_several_is_enough_but_of_a_list_every_text_counts() -> None:
    assert Showing(signature=("the job is lost", "the job is Matched")).shown_by(FAILED)
    assert Showing(signature=(("the job is Matched", "it differs"),)).shown_by(FAILED)
    assert not Showing(signature=(("the job is Matched", "it is the same"),)).shown_by(FAILED)


def test_a_log_counts_beside_what_the_failure_says_and_line_by_line() -> None:
    def known(log: str, says: str = "the job is Matched") -> bool:
        return Showing(signature=says, logs=log).shown_by(FAILED)

    assert known("KeyError: '*'")
    assert not known("ValueError: '*'")
    assert not known("KeyError: '*ended"), "that is of two lines"
    assert not known("KeyError: '*'", says="the job is Running")


def test_brackets_and_dots_mean_themselves() -> None:
    failed = FAILED.model_copy(update={"reason": "MySQLX_query[] takes 2"})
    assert Showing(signature="SQLX_query[]*2").shown_by(failed)
    assert not Showing(signature="MySQL._query").shown_by(failed)


@pytest.mark.parametrize("wide", ["", "*", "Error", "***Error**"])
def test_a_text_that_is_in_any_failure_is_refused(wide: str) -> None:
    with pytest.raises(ValidationError, match="in too many failures"):
        Showing(signature=wide)
    with pytest.raises(ValidationError, match="in too many failures"):
        Showing(signature=(("Matched, and stays so", wide),))
    with pytest.raises(ValidationError, match="in too many failures"):
        Showing(signature="the job is Matched", logs=wide)


def test_it_is_told_in_one_line() -> None:
    known = Showing(signature=("it is lost", ("it is late", "and wrong")), logs="KeyError: *")
    assert known.told == "it is lost or it is late with and wrong, and logged KeyError: *"
