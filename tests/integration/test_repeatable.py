"""The same suite again on the same warm instance, and in another order, has the same outcomes."""

from __future__ import annotations

from pathlib import Path

import pytest

from diraccert.certification.request import Request
from diraccert.certification.run import Watcher, certify
from diraccert.model.progress import Silent
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


def test_scenarios_have_the_same_outcomes_again_and_in_any_order(tmp_path: Path) -> None:
    outcomes, instances = {}, set()
    for name, seed in (("first", None), ("again", None), ("shuffled", SEED)):
        request = Request(release.DEFAULT, "full", (builtin(),), report_dir=tmp_path / name, seed=seed)
        run, _ = certify(request, Watcher(Silent(), lambda steps: None, lambda end: None))
        outcomes[name] = {each.id: each.outcome for each in run.scenarios}
        instances.add(run.instance)
    assert len(instances) == 1, "each run had an instance of its own"
    assert len(outcomes["first"]) > 60
    assert outcomes["again"] == outcomes["first"]
    assert outcomes["shuffled"] == outcomes["first"]
