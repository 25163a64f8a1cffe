import time
from types import SimpleNamespace

import pytest

from diraccert.certification.evidence import compared
from diraccert.certification.limits import LimitExceeded, limited
from diraccert.certification.outcomes import confirmed, judge
from diraccert.certification.patience import wait_for
from diraccert.certification.probes import PROBES, failing, probes_of
from diraccert.certification.product import ProductError
from diraccert.model.errors import InfrastructureError
from diraccert.model.outcomes import Outcome


@pytest.mark.parametrize(
    ("error", "outcome", "reason"),
    [
        (AssertionError("assert 1 == 2\n +  where"), Outcome.FAIL, "assert 1 == 2"),
        (AssertionError(), Outcome.FAIL, "an assertion does not hold"),
        (ProductError("no"), Outcome.FAIL, "no"),
        (LimitExceeded("took long"), Outcome.FAIL, "took long, during: a step"),
        (InfrastructureError("no daemon", "start it"), Outcome.ERROR, "InfrastructureError: no daemon (start it)"),
        (KeyError("x"), Outcome.ERROR, "KeyError: 'x'"),
        (SystemExit(3), Outcome.ERROR, "SystemExit: 3"),
    ],
)
def test_what_an_exception_means(error, outcome, reason):
    judged = judge(error, "a step")
    assert (judged.outcome, judged.reason) == (outcome, reason)


def test_what_is_found_where_nothing_should_be_is_named():
    wrong = {"cta-one": "no usage", "cta-another": "a traceback"}
    surplus = compared("==", wrong, {}).surplus
    shortened = AssertionError("assert {'cta-one':...traceback'} == {}\n  Left contains 2 more items:")
    assert judge(shortened, surplus=surplus).reason == "2 where none was expected: cta-another, cta-one"
    assert judge(AssertionError("assert {'a': 1} == {}"), surplus=("a",)).reason == "assert {'a': 1} == {}"
    assert judge(AssertionError("my words ..."), surplus=surplus).reason == "my words ..."


@pytest.mark.parametrize(("op", "left", "right"), [("==", {"a": 1}, {"b": 1}), ("!=", {"a": 1}, {}), ("==", 3, {})])
def test_only_a_comparison_with_nothing_has_a_surplus(op, left, right):
    assert compared(op, left, right).surplus == ()


def test_a_fail_on_a_broken_instance_is_an_error_and_an_error_stays():
    assert confirmed(judge(ProductError("no")), "").outcome is Outcome.FAIL
    judged = confirmed(judge(ProductError("no")), "probe of the database failed")
    assert (judged.outcome, judged.reason) == (Outcome.ERROR, "probe of the database failed; seen as: no")
    assert confirmed(judge(KeyError("x")), "broken").reason == "KeyError: 'x'"


def answers(broken_probe=None, error=None):
    def run(host, argv, limit):
        if broken_probe and (host, argv) == (broken_probe.host, broken_probe.argv):
            if error:
                raise error
            return SimpleNamespace(rc=1, err="first\nlast line\n")
        return SimpleNamespace(rc=0, err="")

    return run


def test_probes_that_pass_say_nothing():
    assert failing(answers()) == ""


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.what)
def test_each_probe_can_fail_and_is_named(probe):
    assert failing(answers(probe)) == f"probe of the {probe.what} failed: last line"
    gone = failing(answers(probe, InfrastructureError("it is gone")))
    assert gone == f"probe of the {probe.what} failed: it is gone"


def test_what_stands_beside_the_system_is_asked_whether_it_is_ready():
    assert probes_of(["worker", "server", "client", "mysql"]) == PROBES
    [mine] = set(probes_of(["mysql", "server", "client", "worker", "opensearch"])) - set(PROBES)
    assert mine.host == "opensearch"
    assert "/opt/dirac-cert/ready" in mine.argv[-1]
    probes = probes_of(["opensearch"])
    assert failing(answers(mine), probes) == "probe of the opensearch failed: last line"


def test_a_limit_leaves_wherever_it_waits_and_is_taken_back():
    began = time.monotonic()
    with pytest.raises(LimitExceeded, match="too long"), limited(0.1, "too long"):
        spin()
    assert time.monotonic() - began < 5
    with limited(0.05, "x"):
        pass
    wait_for(lambda: time.monotonic() - began > 0.3, 5)


def not_yet():
    raise ProductError("not yet")


def spin():
    """What a scenario may write."""
    while True:
        try:
            while True:
                pass
        except Exception:  # noqa: BLE001
            pass


def test_waiting_answers_the_value_and_says_what_was_last_seen():
    seen = iter([0, 0, 3])
    assert wait_for(lambda: next(seen), 5) == 3
    with pytest.raises(ProductError, match=r"waited 0\.1 s for the job; last seen: not yet"):
        wait_for(not_yet, 0.1, "the job")


def test_waiting_passes_other_errors_on():
    def broken():
        raise InfrastructureError("no line")

    with pytest.raises(InfrastructureError, match="no line"):
        wait_for(broken, 5)
