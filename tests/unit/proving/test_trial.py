"""The judgement of a run on a broken instance, and the list of mutants itself."""

from __future__ import annotations

from fnmatch import fnmatchcase

import pytest

from diraccert.model.outcomes import Outcome
from diraccert.model.run import ScenarioResult
from diraccert.proving.mutants import CONTROLS, MUTANTS, Mutant, of_group
from diraccert.proving.trial import judge

DEAF = Mutant(
    name="deaf", what="nobody hears", group=1, caught_by="WMS-04", shows="Waiting*Killed", harm="true",
    consequences=("WMS-04?",),
)  # fmt: skip


def result(id_: str, outcome: Outcome, reason: str = "") -> ScenarioResult:
    return ScenarioResult(id=id_, title="t", area="wms", owner="o", outcome=outcome, reason=reason)


CAUGHT = result("WMS-04", Outcome.FAIL, "'Waiting' == 'Killed'")


def test_a_mutant_that_is_caught_for_what_it_is() -> None:
    others = result("DMS-01", Outcome.PASS), result("WMS-04b", Outcome.FAIL, "whatever")
    assert judge([CAUGHT, *others], [DEAF]) == []


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (result("WMS-04", Outcome.PASS), "deaf got through: WMS-04 is PASS"),
        (result("WMS-04", Outcome.ERROR, "no network"), "deaf got through: WMS-04 is ERROR: no network"),
        (result("WMS-04", Outcome.FAIL, "no proxy"), "deaf: WMS-04 fails, but not of 'Waiting*Killed': no proxy"),
        (result("DMS-01", Outcome.PASS), "deaf: WMS-04 did not run"),
    ],
)
def test_one_that_is_not(seen: ScenarioResult, said: str) -> None:
    assert judge([seen], [DEAF]) == [said]


@pytest.mark.parametrize("outcome", [Outcome.FAIL, Outcome.ERROR, Outcome.SKIP])
def test_what_no_mutant_reaches_must_pass(outcome: Outcome) -> None:
    wrong = judge([CAUGHT, result("DMS-01", outcome, "lost")], [DEAF])
    assert wrong == [f"DMS-01 is {outcome} although no mutant reaches it: lost"]


def test_mutants_have_names_of_their_own_and_do_something() -> None:
    names = [mutant.name for mutant in MUTANTS]
    assert len(set(names)) == len(names) >= 10
    assert [mutant.name for mutant in MUTANTS if not (mutant.edits or mutant.harm)] == []
    assert [mutant.name for mutant in MUTANTS if bool(mutant.harm) != bool(mutant.repair)] == []
    assert [edit for mutant in MUTANTS for edit in mutant.edits if edit.old == edit.new] == []


@pytest.mark.parametrize("group", sorted(CONTROLS))
def test_mutants_of_a_group_leave_one_another_and_the_controls_alone(group: int) -> None:
    mutants = of_group(group)
    caught = [mutant.caught_by for mutant in mutants]
    assert len(set(caught)) == len(caught) > 0
    modules = [edit.module for mutant in mutants for edit in mutant.edits]
    assert len(set(modules)) == len(modules)
    reach = [*caught, *(pattern for mutant in mutants for pattern in mutant.consequences)]
    assert [each for each in CONTROLS[group] if any(fnmatchcase(each, pattern) for pattern in reach)] == []
    assert {mutant.group for mutant in MUTANTS} == set(CONTROLS)
