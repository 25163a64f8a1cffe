"""Images of a shape, and hosts that take the files of packages from source, before they start and while they stand."""

from __future__ import annotations

import secrets
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from diraccert.images import build, plan
from diraccert.images.build_plan import BuildPlan
from diraccert.instances import fitting as fittings
from diraccert.instances.fitting import Fitting
from diraccert.instances.up import up
from diraccert.model.errors import InfrastructureError
from diraccert.model.manifest import Manifest
from diraccert.model.progress import Silent
from diraccert.model.run import Source

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
