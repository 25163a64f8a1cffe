"""Dependencies of the release's own time, and of today."""

from __future__ import annotations

import subprocess
from datetime import date, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from diraccert.distributions import child, dependencies, deviations
from diraccert.distributions import wheel as wheels
from diraccert.distributions.compiler import Compiled, Inputs, Uv
from diraccert.distributions.manifest import read
from diraccert.model.errors import BadInput, InfrastructureError
from diraccert.model.manifest import Manifest, Noted
from diraccert.model.run import Dependencies
from diraccert.rooms import builtin
from tests.unit.distributions import toys

#: When the files of each came to the index; a wheel for another machine may follow years later.
UPLOADED = {
    "DIRAC==8.0.86": ("2026-10-26T13:51:42Z", "2026-10-26T13:51:40Z"),
    "DIRAC==8.0.2": ("2022-10-18T07:55:17Z", "2022-10-18T07:55:14Z"),
    "WebAppDIRAC==5.0.15": ("2026-11-02T23:59:59Z", "2029-01-01T00:00:00Z"),
}


class Index:
    """A package index that knows `UPLOADED`, behind a resolver."""

    def __init__(self, told: bool = True) -> None:
        self.told = told
        self.asked: list[Inputs] = []

    def compile(self, inputs: Inputs) -> Compiled:
        self.asked.append(inputs)
        (package,) = inputs.requirements
        if not inputs.uploads or package not in UPLOADED:
            return Compiled(1, "", f"error: No solution found\n  cause: Because there is no version of {package} ...\n")
        source, built = (f", upload-time = {time}" if self.told else "" for time in UPLOADED[package])
        name, _, version = package.partition("==")
        return Compiled(
            0,
            f'lock-version = "1.0"\n[[packages]]\nname = "{name.lower()}"\nversion = "{version}"\n'
            f'sdist = {{ url = "u"{source} }}\nwheels = [{{ url = "w"{built} }}]\n',
            "Resolved 1 package\n",
        )


def noon(day: str = "2026-11-22"):
    return lambda: datetime.fromisoformat(f"{day}T12:00:00+00:00")


def manifest(*packages: str, **more: object) -> Manifest:
    fields = {"name": "toy", "line": "8.0", "packages": packages or ("DIRAC==8.0.86",), **more}
    return Manifest(**fields)  # type: ignore[arg-type]


def test_nothing_asked_for_leaves_the_manifest_as_it_is() -> None:
    dated = manifest(resolve_before=date(2026, 11, 15))
    assert dependencies.chosen(dated, None, compiler=Index()) is dated


def test_the_time_of_a_release_is_the_day_of_its_upload_whatever_the_manifest_says() -> None:
    pins = (Noted(what="numpy<2", reason="p"),)
    found = dependencies.chosen(
        manifest(resolve_before=date(2026, 11, 15), pins=pins), Dependencies.RELEASE, compiler=Index(), now=noon()
    )
    # what came on the day itself is to be had
    assert found.resolve_before == date(2026, 10, 27)
    assert found.pins == pins
    assert (
        dependencies.spoken(found) == "Python packages as the index had them before 2026-10-27, the release's own time"
    )


def test_the_youngest_package_decides_and_a_file_that_came_later_does_not() -> None:
    both = manifest("DIRAC==8.0.86", "WebAppDIRAC==5.0.15")
    found = dependencies.chosen(both, Dependencies.RELEASE, compiler=Index(), now=noon())
    assert found.resolve_before == date(2026, 11, 3)


def test_never_before_the_floor_of_the_line() -> None:
    old = manifest("DIRAC==8.0.2", resolve_floor=date(2023, 1, 25))
    found = dependencies.chosen(old, Dependencies.RELEASE, compiler=Index(), now=noon())
    assert found.resolve_before == date(2023, 1, 25)
    assert "the release is older" in dependencies.spoken(found)


def test_a_release_of_today_has_the_packages_of_today() -> None:
    found = dependencies.chosen(manifest(), Dependencies.RELEASE, compiler=Index(), now=noon("2026-10-26"))
    assert found.resolve_before is None
    assert "on the day of the lock, the release's own time" in dependencies.spoken(found)


def test_todays_ask_no_index() -> None:
    index = Index()
    found = dependencies.chosen(
        manifest(resolve_before=date(2026, 11, 15)), Dependencies.TODAY, compiler=index, now=noon()
    )
    assert (found.resolve_before, index.asked) == (None, [])
    assert "on the day of the lock" in deviations.of(found)[-1].what


def test_a_version_that_is_not_there_is_bad_input() -> None:
    with pytest.raises(BadInput, match=r"8\.0\.999"):
        dependencies.chosen(manifest("DIRAC==8.0.999"), Dependencies.RELEASE, compiler=Index(), now=noon())


def test_an_index_that_tells_no_times_is_no_fault_of_the_release() -> None:
    with pytest.raises(InfrastructureError, match=r"does not tell when DIRAC==8\.0\.86"):
        dependencies.chosen(manifest(), Dependencies.RELEASE, compiler=Index(told=False), now=noon())


def test_a_manifest_may_want_the_releases_own_time_and_a_person_another() -> None:
    own = manifest(own_time=True)
    found = dependencies.chosen(own, None, compiler=Index(), now=noon())
    assert (found.resolve_before, found.dependencies) == (date(2026, 10, 27), Dependencies.RELEASE)
    assert dependencies.chosen(own, Dependencies.TODAY, compiler=Index(), now=noon()).resolve_before is None


def test_a_dirac_from_source_is_of_the_day_of_its_commit(tmp_path: Path) -> None:
    local = [wheels.read(toys.wheel(tmp_path))]
    own, day = manifest(own_time=True), date(2024, 2, 11)
    found = dependencies.chosen(own, None, local, Index(), noon(), committed=day)
    assert found.resolve_before == date(2024, 2, 12)
    # a wheel tells no day: what only the manifest wants is not to be had
    assert dependencies.chosen(own, None, local, Index(), noon()) is own


def test_a_wheel_of_dirac_has_no_time_of_release(tmp_path: Path) -> None:
    local = [wheels.read(toys.wheel(tmp_path))]
    with pytest.raises(BadInput, match="never uploaded, and tells no commit") as refused:
        dependencies.chosen(manifest(), Dependencies.RELEASE, local, Index(), noon())
    assert "--dependencies" in str(refused.value.way_out)
    assert dependencies.chosen(manifest(), Dependencies.TODAY, local, Index(), noon()).resolve_before is None


def test_another_package_from_source_has_no_say() -> None:
    portal = SimpleNamespace(key="webappdirac")
    both = manifest("DIRAC==8.0.86", "WebAppDIRAC==5.1.0.dev1")
    found = dependencies.chosen(both, Dependencies.RELEASE, [portal], Index(), noon())  # type: ignore[list-item]
    assert found.resolve_before == date(2026, 10, 27)


def test_the_resolver_is_asked_for_times(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []

    def run(argv: list[str], *_: object) -> subprocess.CompletedProcess[str]:
        asked.append(argv)
        return subprocess.CompletedProcess(argv, 0, "", "")

    monkeypatch.setattr(child, "run", run)
    Uv().compile(Inputs(requirements=("DIRAC==8.0.86",), dependencies=False, uploads=True))
    assert asked[0][asked[0].index("--format") + 1] == "pylock.toml"


@pytest.mark.parametrize("version", ["9.0.28", "9.1.22", "9.0.3", "9.1.99"])
def test_new_lines_need_no_file_for_each_release(version: str) -> None:
    found = read(version, [builtin()])
    assert (found.dirac_version, found.line, found.topology) == (version, version[:3], "standard+opensearch")
    assert {one.kind for one in deviations.of(found)} >= {"patch", "override", "dependencies"}


def test_the_floor_of_8_0_is_that_of_its_old_releases() -> None:
    assert read("8.0.86", [builtin()]).resolve_floor == read("8.0.1", [builtin()]).resolve_before
