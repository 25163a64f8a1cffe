"""DIRAC 8.0.86 broken on purpose: the scenario that is there for it fails for that reason, and others pass."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from diraccert.distributions import lock, manifest
from diraccert.images import build, cache, plan
from diraccert.images.daemon import connect
from diraccert.instances.instance import Instance
from diraccert.instances.up import up
from diraccert.model.errors import InfrastructureError
from diraccert.model.progress import Silent
from diraccert.proving.breaking import KEPT, broken
from diraccert.proving.mutants import CONTROLS, Edit, Mutant, of_group
from diraccert.proving.trial import judge, run
from diraccert.rooms import builtin

pytestmark = [
    pytest.mark.docker,
    pytest.mark.instance,
    pytest.mark.xdist_group("instance"),
    pytest.mark.timeout(900),
]

RELEASE = "8.0.86"
MODULE = "/opt/dirac/venv/lib/python3.11/site-packages/DIRAC/__init__.py"


@pytest.fixture(scope="module")
def instance() -> Iterator[Instance]:
    """One instance of its own for all of them, as what breaks it must not meet anybody else's run."""
    daemon = connect()
    described = manifest.read(RELEASE, [builtin()])
    resolved = lock.resolve(described, cache.folder("distributions"))
    images = build.build(daemon, plan.plan(daemon, described, resolved, [builtin()]), Silent())
    standing = up(daemon, images, f"mutants-{secrets.token_hex(3)}", Silent())
    yield standing
    standing.down()


@pytest.mark.parametrize("group", sorted(CONTROLS))
def test_each_mutant_is_caught_by_its_scenario_and_by_no_other(instance: Instance, tmp_path: Path, group: int) -> None:
    mutants = of_group(group)
    ids = [*(mutant.caught_by for mutant in mutants), *CONTROLS[group]]
    with broken(instance, mutants):
        results = run(instance, ids, [builtin()], tmp_path / "run")
    instance.wait_ready()
    assert judge(results, mutants) == []


def test_a_mutant_whose_place_is_not_there_breaks_nothing(instance: Instance) -> None:
    before = instance.host("server").read(MODULE)
    there = Edit("__init__.py", "S_OK,", "S_FINE,")
    nowhere = Edit("Core/Base/API.py", "no such line of code", "")
    mutant = Mutant("nowhere", "a place that no release has", 0, "WMS-01", "", edits=(there, nowhere))
    with (
        pytest.raises(InfrastructureError, match=r"nowhere could not be applied: .*is there 0 times"),
        broken(instance, [mutant]),
    ):
        pytest.fail("an instance that could not be broken was taken for a broken one")
    assert instance.host("server").read(MODULE) == before
    assert instance.host("server").run(["test", "-e", MODULE + KEPT]).rc == 1
