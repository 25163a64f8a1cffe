"""What goes into a resolution, and how the resolver is called."""

from __future__ import annotations

import stat
from datetime import date
from pathlib import Path

import pytest

from diraccert.distributions import compiler, wheel
from diraccert.distributions.compiler import Inputs, Uv, inputs_of
from diraccert.model.errors import InfrastructureError
from diraccert.model.manifest import Manifest, Noted
from diraccert.rooms import builtin
from tests.unit.distributions import toys


def noted(*whats: str) -> tuple[Noted, ...]:
    return tuple(Noted(what=what, reason="r") for what in whats)


def manifest(**more: object) -> Manifest:
    return Manifest(**{"name": "x", "line": "8.0", "packages": ("DIRAC==8.0.86",), **more})  # type: ignore[arg-type]


def test_dirac_is_asked_for_as_a_server_the_rest_as_written() -> None:
    found = inputs_of(manifest(packages=("DIRAC==8.0.86", "WebAppDIRAC==5.0.15"), additions=noted("toy")))
    assert found.requirements == ("DIRAC[server]==8.0.86", "WebAppDIRAC==5.0.15", "toy")


def test_a_dropped_package_is_overridden_by_what_never_holds() -> None:
    found = inputs_of(manifest(drop=noted("gfal2-python"), overrides=noted("suds==1")))
    assert found.overrides == ("suds==1", "gfal2-python ; sys_platform == 'never'")


def test_what_the_manifest_asks_for_exactly_may_be_younger_than_its_day() -> None:
    stated = {"overrides": noted("M2Crypto==0.51.0"), "pins": noted("suds<2"), "resolve_before": date(2023, 1, 25)}
    found = inputs_of(manifest(**stated))
    assert found.exempt == ("m2crypto",)
    assert found.constraints == ("suds<2",)


@pytest.fixture
def stub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program in place of uv; the test writes its text."""
    path = tmp_path / "uv"
    path.write_text("#!/bin/sh\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(compiler.uv, "find_uv_bin", lambda: str(path))
    return path


def test_the_resolver_gets_the_day_in_utc_and_files_in_a_folder_of_its_own(stub, monkeypatch) -> None:
    monkeypatch.setenv("VIRTUAL_ENV", "/elsewhere")
    stub.write_text(
        '#!/bin/sh\necho "$@"; cat requirements.in overrides.txt constraints.txt\n'
        'echo "env:$VIRTUAL_ENV"; echo hm >&2\n'
    )
    done = Uv().compile(
        Inputs(("DIRAC[server]==8.0.1",), ("suds==1",), ("numpy<2",), before=date(2023, 1, 25), exempt=("m2crypto",))
    )
    assert "--exclude-newer 2023-01-25T00:00:00+00:00 --exclude-newer-package m2crypto=false" in done.text
    assert "--python-version 3.11 --python-platform x86_64-manylinux_2_36" in done.text
    assert "--generate-hashes" in done.text
    assert done.text.endswith("DIRAC[server]==8.0.1\nsuds==1\nnumpy<2\nenv:\n")
    assert (done.rc, done.messages) == (0, "hm\n")


def test_a_package_from_source_is_asked_for_by_its_wheel(stub, tmp_path) -> None:
    stub.write_text("#!/bin/sh\ncat requirements.in\n")
    made = wheel.read(toys.wheel(tmp_path / "w"))
    packages = ("DIRAC[testing]==8.0.87.dev3", "WebAppDIRAC==5.0.15")
    assert Uv().compile(inputs_of(manifest(packages=packages), [made])).text == (
        f"DIRAC[server,testing] @ {made.path.as_uri()}\nWebAppDIRAC==5.0.15\n"
    )


def test_a_question_for_versions_asks_for_no_dependencies(stub) -> None:
    stub.write_text('#!/bin/sh\necho "$@"\n')
    text = Uv().compile(Inputs(("DIRAC<8",), dependencies=False, prereleases=True, lowest=True)).text
    assert "--no-deps --prerelease allow --resolution lowest-direct" in text
    assert "--generate-hashes" not in text


def test_a_resolver_that_hangs_is_our_error(stub) -> None:
    stub.write_text("#!/bin/sh\nexec sleep 30\n")
    with pytest.raises(InfrastructureError, match=r"resolving DIRAC==1 took longer than 0 s"):
        Uv(limit=0.2).compile(Inputs(("DIRAC==1",)))


def test_a_resolver_that_is_not_there_is_our_error(stub) -> None:
    stub.unlink()
    with pytest.raises(InfrastructureError, match="uv is missing"):
        Uv().compile(Inputs(("DIRAC==1",)))


def test_old_sources_are_resolved_with_what_they_are_installed_with() -> None:
    role = builtin() / "roles/dirac/files/build-constraints.txt"
    lines = [line for line in role.read_text().splitlines() if not line.startswith("#")]
    assert tuple(lines) == compiler.BUILD_PINS
