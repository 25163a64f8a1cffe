"""Packages from source on their way into hosts."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from diraccert.instances import fitting as fittings
from diraccert.instances.fitting import Fitting
from diraccert.instances.instance import Instance
from diraccert.model.errors import InfrastructureError


class Container:
    """A container that keeps what it was given."""

    name = "c"

    def __init__(self, *, takes: bool = True) -> None:
        self.takes = takes
        self.given: list[bytes] = []

    def put_archive(self, path: str, data: bytes) -> bool:
        assert path == "/"
        self.given.append(data)
        return self.takes


class Host:
    """A host that takes what its container was given, when it is told to."""

    def __init__(self, name: str, containers: dict[str, Container], *, works: bool = True) -> None:
        self.name = self.container = name
        self.containers = containers
        self.works = works
        self.taken = ""
        self.busy = 0

    def must(self, argv: list[str], limit: float = 0) -> str:
        if argv == ["rm", "-rf", f"/{fittings.NEW}"]:
            assert not self.containers[self.name].given or self.taken
            return ""
        assert argv == [fittings.FIT]
        with tarfile.open(fileobj=io.BytesIO(self.containers[self.name].given[-1])) as archive:
            member = archive.extractfile(f"{fittings.NEW}/digest")
            assert member
            self.taken = member.read().decode() if self.works else self.taken
        return ""

    def run(self, argv: list[str]) -> Any:
        if argv[0] == "pgrep":
            self.busy -= 1
            return SimpleNamespace(rc=0 if self.busy >= 0 else 1)
        return SimpleNamespace(out=f"{self.taken if self.busy <= 0 else ''}\n")

    @property
    def daemon(self) -> Any:
        said = SimpleNamespace(logs=lambda tail: b"/opt/dirac-cert/fit.d/packages: no space\nand so on\n")
        return SimpleNamespace(client=SimpleNamespace(containers=SimpleNamespace(get=lambda _: said)))


def fitting(tmp_path: Path, text: str = "wheel") -> Fitting:
    path = tmp_path / "dirac.whl"
    path.write_text(text)
    return Fitting((path,), ("server", "client"))


def instance(*, works: bool = True) -> tuple[Instance, dict[str, Container]]:
    containers = {name: Container() for name in ("mysql", "server", "client")}
    daemon = SimpleNamespace(client=SimpleNamespace(containers=containers))
    hosts = {name: Host(name, containers, works=works) for name in containers}
    return Instance(daemon, "mine", "d", "x", hosts), containers  # type: ignore[arg-type]


def test_a_parcel_holds_the_files_and_their_digest(tmp_path: Path) -> None:
    mine = fitting(tmp_path)
    with tarfile.open(fileobj=io.BytesIO(mine.parcel())) as archive:
        assert archive.getnames() == [f"{fittings.NEW}/digest", f"{fittings.NEW}/dirac.whl"]
        assert archive.getmember(f"{fittings.NEW}/dirac.whl").size == len("wheel")


def test_a_digest_is_that_of_names_and_contents(tmp_path: Path) -> None:
    first = fitting(tmp_path).digest
    assert fitting(tmp_path).digest == first
    assert fitting(tmp_path, "other").digest != first


def test_the_hosts_that_have_packages_take_them(tmp_path: Path) -> None:
    mine, (standing, containers) = fitting(tmp_path), instance()
    assert not fittings.has(standing, mine)
    fittings.refit(standing, mine)
    assert fittings.has(standing, mine)
    assert not fittings.has(standing, fitting(tmp_path, "other"))
    assert [name for name, each in containers.items() if each.given] == ["server", "client"]


def test_a_host_that_did_not_take_them_is_an_error_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fittings, "GRACE", 0.0)
    standing, _ = instance(works=False)
    said = "server of instance mine did not take the packages that come from source: .*: no space / and so on"
    with pytest.raises(InfrastructureError, match=said):
        fittings.refit(standing, fitting(tmp_path))


def test_a_host_may_be_ready_before_it_has_taken_them(tmp_path: Path) -> None:
    mine, (standing, _) = fitting(tmp_path), instance()
    fittings.refit(standing, mine)
    standing.host("server").busy = 3  # type: ignore[attr-defined]
    assert not fittings.has(standing, mine)
    fittings.check(standing, mine)


def test_a_container_that_takes_no_archive_is_an_error_of_ours() -> None:
    with pytest.raises(InfrastructureError, match="did not take"):
        fittings.put(Container(takes=False), b"")  # type: ignore[arg-type]
