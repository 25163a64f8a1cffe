"""Packages from source: images of a shape, hosts that take the files, and a change of one file that builds nothing."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from diraccert.cli.main import main
from diraccert.images import build, plan
from diraccert.images.daemon import connect
from diraccert.images.plan import BuildPlan
from diraccert.instances import fitting as fittings
from diraccert.instances import status
from diraccert.instances.fitting import Fitting
from diraccert.instances.instance import Instance
from diraccert.instances.up import find, up
from diraccert.model.errors import InfrastructureError
from diraccert.model.manifest import Manifest
from diraccert.model.progress import Silent
from diraccert.model.run import Run, Source
from diraccert.results import store
from tests.integration import dirac_checkout

pytestmark = [pytest.mark.docker]
TINY_ROOMS = Path(__file__).parent / "tiny_rooms"
tiny = pytest.mark.timeout(240)


def planned(realm, code: str, shape: str = "s", **variables: str) -> BuildPlan:
    source = Source(name="DIRAC", version="8.0.87.dev3", commit="c" * 40, sha256=code, shape=shape)
    packages = ("DIRAC[server]==8.0.87.dev3",)
    manifest = Manifest(name=code, line="8.0", packages=packages, variables=variables, sources=(source,))
    return plan.plan(realm.daemon, manifest, SimpleNamespace(text=code, index="tiny==1\n"), [TINY_ROOMS])


def fitting(folder: Path, made: BuildPlan, code: str) -> Fitting:
    (folder / "tiny.whl").write_text(code)
    return Fitting((folder / "tiny.whl",), made.image_set.fitted)


@tiny
def test_hosts_take_packages_before_they_start_and_while_they_stand(realm, tmp_path: Path) -> None:
    made = planned(realm, "one")
    images = build.build(realm.daemon, made, Silent())
    assert planned(realm, "two").stages == ()
    first = fitting(tmp_path, made, "one")
    instance = up(realm.daemon, images, f"source-{secrets.token_hex(2)}", Silent(), fitting=first)
    try:
        assert fittings.has(instance, first)
        server = instance.host("server")
        assert server.read("/opt/dirac-cert/installed") == b"one"
        assert instance.host("mysql").run(["test", "-e", "/opt/dirac-cert/sources"]).rc == 1
        second = fitting(tmp_path, made, "two")
        fittings.refit(instance, second)
        assert server.read("/opt/dirac-cert/installed") == b"two"
        assert not fittings.has(instance, replace(second, files=()))
    finally:
        instance.down()


@tiny
def test_hosts_that_do_not_take_them_are_not_left(realm, tmp_path: Path) -> None:
    made = planned(realm, "one")
    images = build.build(realm.daemon, made, Silent())
    before = realm.running()
    with pytest.raises(InfrastructureError, match="did not take the packages that come from source"):
        up(realm.daemon, images, f"source-{secrets.token_hex(2)}", Silent(), fitting=fitting(tmp_path, made, "broken"))
    assert realm.running() == before


@tiny
def test_images_of_code_that_refused_its_set_up_are_for_this_code_alone(realm) -> None:
    made = planned(realm, "one", "other", tiny_refuses="yes")
    images = build.build(realm.daemon, made, Silent())
    assert images == made.flawed_set
    again = planned(realm, "one", "other", tiny_refuses="yes")
    assert (again.stages, again.image_set) == ((), made.flawed_set)
    assert [stage.name for stage in planned(realm, "two", "other", tiny_refuses="yes").stages] == ["system"]


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


@pytest.mark.nightly
@pytest.mark.instance
@pytest.mark.network
@pytest.mark.timeout(3000)
@pytest.mark.xdist_group("instance")
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
