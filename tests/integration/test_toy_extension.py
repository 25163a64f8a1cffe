"""An extension with rooms of its own is certified without a fork, and an override that does not run is seen."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from diraccert.cli.main import main
from diraccert.images.daemon import connect
from diraccert.instances import status
from diraccert.model.run import Run
from diraccert.results import store
from diraccert.rooms import builtin
from tests.unit.distributions import toys

pytestmark = [
    pytest.mark.nightly,
    pytest.mark.docker,
    pytest.mark.instance,
    pytest.mark.network,
    pytest.mark.timeout(3000),
    pytest.mark.xdist_group("instance"),
]

EVERY = {f"EXT-01{part}" for part in "abcdef"}
Certify = Callable[[str], tuple[int, Run]]


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout of the toy extension that may be changed; in it each package is a folder."""
    top = tmp_path_factory.mktemp("extensions")
    shutil.copytree(builtin() / "fixtures/toy", top / "toy", ignore=shutil.ignore_patterns("__pycache__"))
    toys.git(top, "init", "-q", "-b", "main")
    toys.commit(top)
    return top / "toy"


@pytest.fixture(scope="module")
def certify(toy: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Certify]:
    """Certify the toy as it stands: the exit code and the run. Its instance goes at the end."""
    runs: list[Run] = []

    def call(select: str) -> tuple[int, Run]:
        folder = tmp_path_factory.mktemp("run")
        given = ["--rooms", str(toy / "rooms"), "--source", str(toy), "--source", str(toy / "top")]
        code = main(["certify", "toy", *given, "--select", select, "--report-dir", str(folder)])
        runs.append(store.read(folder))
        return code, runs[-1]

    yield call
    standing = {each.name for each in status.instances(connect())}
    for name in {run.instance for run in runs} & standing:
        assert main(["down", name]) == 0


def outcomes(run: Run) -> dict[str, str]:
    return {each.id: str(each.outcome) for each in run.scenarios}


def test_each_override_is_what_runs_and_is_missed_when_it_does_not(toy: Path, certify: Certify) -> None:
    code, whole = certify("EXT-*, UPG-01a, UPG-01b")
    assert {*outcomes(whole)} > {*EVERY, "UPG-01a", "UPG-01b"}
    assert (code, {*outcomes(whole).values()}) == (0, {"PASS"})
    assert {each.name: each.version for each in whole.sources} == {"ToyDIRAC": "1.0", "TopToyDIRAC": "2.0"}

    database = toy / "ToyDIRAC/ProductionSystem/DB/ProductionDB.py"
    database.write_text(database.read_text().replace('if "broken" in prodName', 'if "never" in prodName'))
    client = toy / "top/TopToyDIRAC/Resources/Catalog/FileCatalogClient.py"
    client.write_text(client.read_text().replace("top-hidden", "never-hidden"))
    agent = toy / "ToyDIRAC/RequestManagementSystem/Agent/CleanReqDBAgent.py"
    agent.write_text(agent.read_text().replace("cleans up", "does not"))
    code, less = certify("EXT-01*")
    assert code == 1
    missed = {"EXT-01a", "EXT-01c", "EXT-01e"}
    assert outcomes(less) == {each: "FAIL" if each in missed else "PASS" for each in EVERY}
    assert (less.images, less.instance) == (whole.images, whole.instance), "other code needs no other images"
