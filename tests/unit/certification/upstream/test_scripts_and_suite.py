"""What upstream's scripts run, and the modules that this makes."""

from __future__ import annotations

from pathlib import Path

import pytest

from diraccert.certification.selection import select
from diraccert.certification.upstream import asking, scripts, suite
from diraccert.certification.upstream.scripts import NEW_CATALOGUE, Pass
from diraccert.certification.upstream.suite import Module
from diraccert.distributions import checkout
from diraccert.model.errors import BadInput
from diraccert.model.manifest import Manifest, Noted
from diraccert.rooms import builtin
from tests.unit.certification.upstream import checkouts
from tests.unit.distributions import toys

DFC = "DataManagementSystem/Test_Client_DFC.py"


@pytest.fixture
def top(tmp_path: Path) -> Path:
    return checkouts.make(tmp_path / "DIRAC")


def test_the_server_script_says_what_runs_as_whom_and_after_what() -> None:
    assert scripts.read("server", checkouts.SERVER) == [
        Pass("Core/Test_MySQLDB.py", "server", "pytest", (), "prod"),
        Pass(DFC, "server", "python", (), "", (NEW_CATALOGUE, "restart Tornado Tornado")),
        Pass(DFC, "server", "python", (), "prod"),
        Pass("Resources/Storage/Test_GFAL.py", "server", "python", ("ProductionSandboxSE",), "prod"),
    ]


def test_the_client_script_has_shell_tests_and_older_logins_too() -> None:
    assert scripts.read("client", checkouts.CLIENT) == [
        Pass("Core/Test_MySQLDB.py", "client", "pytest", (), "jenkins_user"),
        Pass("WorkloadManagementSystem/Test_dirac-jobexec.sh", "client", "bash", (), "jenkins_user"),
    ]


def test_a_file_is_one_module_however_often_it_runs(top: Path) -> None:
    read = suite.read(top, [{"module": "*", "limit": 7}, {"module": "Data*/Client_DFC", "alone": True}])
    found = {each.id: each for each in read.modules}
    assert list(found) == [
        "UP-Core-MySQLDB",
        "UP-DataManagementSystem-Client_DFC",
        "UP-Resources.Storage-GFAL",
        "UP-WorkloadManagementSystem-dirac-jobexec",
    ]
    assert [each.host for each in found["UP-Core-MySQLDB"].passes] == ["server", "client"]
    assert found["UP-DataManagementSystem-Client_DFC"].alone
    assert found["UP-Core-MySQLDB"].meta.limit == 7
    assert found["UP-Core-MySQLDB"].meta.replaces == "tests/Integration/Core/Test_MySQLDB.py"
    assert [(each.id, each.why) for each in read.left_out] == [
        ("UP-Core-Forgotten", "upstream's own scripts do not run it")
    ]


def test_modules_are_the_same_after_they_were_written(top: Path, tmp_path: Path) -> None:
    modules = suite.read(top, suite.facts([builtin()])).modules
    suite.write(modules, tmp_path / "deep" / "modules.json")
    assert tuple(suite.load(tmp_path / "deep" / "modules.json")) == modules


def test_what_touches_the_same_is_one_group_also_by_way_of_a_third() -> None:
    def module(name: str, *touches: str) -> Module:
        return Module(name, name, (), touches=touches)

    found = suite.groups([module("a", "x"), module("b", "y"), module("c", "x", "y"), module("d"), module("e", "z")])
    assert found["a"] == found["b"] == found["c"]
    assert len(set(found.values())) == 3


def test_stale_modules_are_skipped_and_what_is_not_offered_is_not_selected(top: Path) -> None:
    manifest = Manifest(
        name="8.0.1", line="8.0", packages=("DIRAC==8.0.1",),
        upstream_stale=(Noted(what="UP-Core-MySQLDB", reason="it asks for a removed method"),),
    )  # fmt: skip
    asked = suite.read(top, [{"module": "Resources/*", "needs": ["s3"]}], manifest.upstream_stale)
    chosen = asking.with_stale(select(asked.metas, "upstream", "8.0.1", ["agents"]), asked)
    assert [(meta.id, why) for meta, why in chosen.skipped] == [("UP-Core-MySQLDB", "it asks for a removed method")]
    assert [each.id for each in chosen.run] == [
        "UP-DataManagementSystem-Client_DFC",
        "UP-WorkloadManagementSystem-dirac-jobexec",
    ]
    assert {each.id: each.why for each in chosen.not_selected} == {
        "UP-Resources.Storage-GFAL": "the topology does not offer s3",
        "UP-Core-Forgotten": "upstream's own scripts do not run it",
    }


@pytest.mark.parametrize(
    ("expression", "asked"),
    [("upstream", True), ("UP-Core-*", True), ("smoke, up-core-mysqldb", True), ("UPG-01", False), ("full", False)],
)
def test_only_a_selection_that_names_them_asks_for_them(expression: str, asked: bool) -> None:
    assert asking.is_asked(expression) is asked


def test_without_a_checkout_of_tests_the_suite_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"no package on the index has .*--source CHECKOUT --suite upstream"):
        asking.top_of("upstream", [])
    with pytest.raises(BadInput, match="no package on the index has"):
        asking.top_of("upstream", [Path("DIRAC-8.0.87-py3-none-any.whl")])
    toys.git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / "file").write_text("")
    toys.commit(tmp_path)
    with pytest.raises(BadInput, match=rf"{tmp_path} has no tests/Integration"):
        asking.top_of("upstream", [tmp_path])
    assert asking.top_of("smoke", [tmp_path]) is None


def test_the_checkout_that_has_tests_is_taken(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    toys.git(top, "init", "-q", "-b", "main")
    toys.commit(top)
    assert asking.top_of("UP-Core-MySQLDB", [top]) == checkout.look(top).top
