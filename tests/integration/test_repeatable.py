"""The newest release as a whole: as expected, the same again on the same warm instance, and in another order."""

from __future__ import annotations

from pathlib import Path

import pytest

from diraccert.certification.request import Request, Watcher
from diraccert.certification.run import certify
from diraccert.model.progress import Silent
from diraccert.proving import expected
from diraccert.proving.expected import differences
from diraccert.rooms import builtin
from tests.integration import release

pytestmark = [
    pytest.mark.nightly,
    pytest.mark.docker,
    pytest.mark.instance,
    pytest.mark.network,
    pytest.mark.timeout(3600),
    pytest.mark.xdist_group("instance"),
]

#: The order of the third run, so that a difference can be looked into.
SEED = 20261122


def test_a_release_has_the_outcomes_that_are_known_again_and_in_any_order(tmp_path: Path) -> None:
    known = expected.read(release.DEFAULT, [builtin()])
    # a race of the product shows by chance; that it is the one that is known is compared all the same
    chance = {each.scenario for each in known.known if each.sometimes}
    outcomes, instances, unexpected = {}, set(), {}
    for name, seed in (("first", None), ("again", None), ("shuffled", SEED)):
        request = Request(release.DEFAULT, "full", (builtin(),), report_dir=tmp_path / name, seed=seed)
        run, _ = certify(request, Watcher(Silent(), lambda steps: None, lambda end: None))
        outcomes[name] = {each.id: each.outcome for each in run.scenarios if each.id not in chance}
        instances.add(run.instance)
        unexpected[name] = differences(run, known)
    assert len(instances) == 1, "each run had an instance of its own"
    assert len(outcomes["first"]) > 60
    assert unexpected == {"first": [], "again": [], "shuffled": []}
    assert outcomes["again"] == outcomes["first"]
    assert outcomes["shuffled"] == outcomes["first"]
