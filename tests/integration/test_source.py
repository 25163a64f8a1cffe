"""A checkout of DIRAC from its commit to a repair: a change of one file builds nothing but the wheel."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from diraccert.cli.main import main
from diraccert.images.daemon import connect
from diraccert.instances import status
from diraccert.instances.instance import Instance
from diraccert.instances.up import find
from diraccert.model.run import Run
from diraccert.results import store
from tests.integration import dirac_checkout

pytestmark = [
    pytest.mark.nightly,
    pytest.mark.docker,
    pytest.mark.instance,
    pytest.mark.network,
    pytest.mark.timeout(3000),
    pytest.mark.xdist_group("instance"),
]

HANDLER = "src/DIRAC/FrameworkSystem/Service/NotificationHandler.py"
API = "src/DIRAC/Interfaces/API/Dirac.py"
Certify = Callable[..., tuple[int, Run]]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return dirac_checkout.make(tmp_path_factory.mktemp("source") / "DIRAC", "8.0.86")


@pytest.fixture(scope="module")
def certify(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Certify]:
    """Certify the checkout as it stands: the exit code and the run. Its instance goes at the end."""
    runs: list[Run] = []

    def call(select: str) -> tuple[int, Run]:
        folder = tmp_path_factory.mktemp("run")
        given = ["certify", "8.0.86", "--source", str(checkout), "--select", select, "--report-dir", str(folder)]
        code = main(given)
        runs.append(store.read(folder))
        return code, runs[-1]

    yield call
    standing = {each.name for each in status.instances(connect())}
    for name in {run.instance for run in runs} & standing:
        assert main(["down", name]) == 0


def on_all(run: Run, code: str) -> set[str]:
    """What this Python says on every host that has DIRAC."""
    instance: Instance = find(connect(), run.instance)
    return {
        instance.host(host).must(["/opt/dirac/venv/bin/python", "-c", code]).strip()
        for host in ("server", "client", "worker")
    }


def outcomes(run: Run) -> dict[str, Any]:
    return {each.id: str(each.outcome) for each in run.scenarios}


def test_a_checkout_of_dirac_from_its_commit_to_a_repair(checkout: Path, certify: Certify) -> None:
    code, committed = certify("UPG-01a, AAI-01")
    assert (code, set(outcomes(committed).values())) == (0, {"PASS"})
    assert committed.sources[0].changed == ()
    assert committed.distribution == committed.sources[0].label

    whole = (checkout / HANDLER).read_text()
    (checkout / API).write_text((checkout / API).read_text() + "\nCHANGED = 'yes'\n")
    (checkout / HANDLER).write_text(f"{whole}\nopen('/tmp/cert-loaded', 'w').close()\n")
    code, changed = certify("UPG-01a, AAI-01")
    assert (code, set(outcomes(changed).values())) == (0, {"PASS"})
    assert changed.sources[0].changed == (HANDLER, API)
    assert changed.distribution.endswith("-dirty")
    assert "build" not in changed.timings, "after a change of code everything else is used again"
    assert (changed.images, changed.instance) == (committed.images, committed.instance)
    assert on_all(changed, "import DIRAC.Interfaces.API.Dirac as d; print(d.CHANGED)") == {"yes"}
    find(connect(), changed.instance).host("server").must(["test", "-e", "/tmp/cert-loaded"])

    (checkout / HANDLER).write_text("raise RuntimeError('broken on purpose')\n")
    code, broken = certify("UPG-01a")
    assert code == 1, "a service that does not start any more is the product's fault"
    assert "FAIL" in outcomes(broken).values()
    assert "ERROR" not in outcomes(broken).values()

    (checkout / HANDLER).write_text(whole)
    code, repaired = certify("UPG-01a")
    assert (code, set(outcomes(repaired).values())) == (0, {"PASS"})
    assert repaired.instance == committed.instance
