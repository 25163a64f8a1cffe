"""The suite upstream, on a small checkout: a module that passes, a failing, an uncollectable and a stale one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from diraccert.certification.upstream.scripts import SCRIPTS
from diraccert.certification.upstream.suite import TESTS
from diraccert.cli.main import main
from diraccert.images.daemon import connect
from diraccert.instances import status
from diraccert.model.outcomes import Outcome
from diraccert.model.run import Run, ScenarioResult
from diraccert.results import store
from tests.integration import dirac_checkout
from tests.unit.distributions import toys

pytestmark = [
    pytest.mark.nightly,
    pytest.mark.docker,
    pytest.mark.instance,
    pytest.mark.network,
    pytest.mark.timeout(3000),
    pytest.mark.xdist_group("instance"),
]

HEAD = "import DIRAC\n\nDIRAC.initialize()\n\n"
FILES = {
    # of the server's side, with the proxy of upstream's administrator
    "Core/Test_Database.py": HEAD + "from DIRAC.WorkloadManagementSystem.DB.JobDB import JobDB\n\n"
    "def test_connects():\n    assert JobDB().getDistinctJobAttributes('Status')['OK']\n",
    # of the client's side, as a user without privileges
    "Framework/Test_Whoami.py": HEAD + "from DIRAC.Core.Security.ProxyInfo import getProxyInfo\n\n"
    "def test_name():\n    assert getProxyInfo()['Value']['username'] == 'adminusername'\n\n"
    "def test_group():\n    assert getProxyInfo()['Value']['group'] == 'prod'\n",
    "Framework/Test_Lacking.py": "import a_package_that_nobody_has\n\ndef test_it():\n    pass\n",
    "Framework/Test_Old.py": "def test_it():\n    assert False\n",
    "Framework/Test_Forgotten.py": "def test_it():\n    pass\n",
}
SERVER = """
pytest --no-check-dirac-environment "${THIS_DIR}/Core/Test_Database.py" |& tee -a out.txt; (( ERR |= "${?}" ))
"""
CLIENT = """
dirac-login -C "${SERVERINSTALLDIR}/user/client.pem" -K "${SERVERINSTALLDIR}/user/client.key" |& tee -a out.txt
pytest --no-check-dirac-environment "${THIS_DIR}/Framework/Test_Whoami.py" |& tee -a out.txt; (( ERR |= "${?}" ))
pytest --no-check-dirac-environment "${THIS_DIR}/Framework/Test_Lacking.py" |& tee -a out.txt; (( ERR |= "${?}" ))
pytest --no-check-dirac-environment "${THIS_DIR}/Framework/Test_Old.py" |& tee -a out.txt; (( ERR |= "${?}" ))
"""
OPTIONS = """
def pytest_addoption(parser):
    parser.addoption("--no-check-dirac-environment", action="store_false")
"""
MANIFEST = """
packages: [DIRAC==8.0.86]
resolve_before: 2026-11-15
upstream_stale:
  - {what: UP-Framework-Old, reason: it was written for another release}
"""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    top = dirac_checkout.make(tmp_path_factory.mktemp("upstream") / "DIRAC", "8.0.86")
    files = {**FILES, SCRIPTS["server"]: SERVER, SCRIPTS["client"]: CLIENT, "../conftest.py": OPTIONS}
    for name, text in files.items():
        path = top / TESTS / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    toys.git(top, "add", "-A")
    toys.git(top, "commit", "-q", "-m", "tests")
    return top


@pytest.fixture(scope="module")
def run(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    folder = tmp_path_factory.mktemp("run")
    manifest = folder / "mine.yml"
    manifest.write_text(MANIFEST)
    given = ["certify", str(manifest), "--source", str(checkout), "--report-dir", str(folder)]
    assert main([*given, "--suite", "upstream"]) == 1
    done = store.read(folder)
    yield done
    if done.instance in {each.name for each in status.instances(connect())}:
        assert main(["down", done.instance]) == 0


def result(run: Run, id_: str) -> ScenarioResult:
    return next(each for each in run.scenarios if each.id == id_)


def test_what_holds_passes(run: Run) -> None:
    found = result(run, "UP-Core-Database")
    assert (found.outcome, found.reason) == (Outcome.PASS, "")
    assert found.steps[0].what == "pytest Core/Test_Database.py on server as prod"
    assert found.steps[0].detail == "1 passed"


def test_what_fails_shows_the_tests_and_their_assertions(run: Run) -> None:
    found = result(run, "UP-Framework-Whoami")
    assert found.outcome is Outcome.FAIL
    assert found.reason.startswith("1 of 2 tests fail: test_group: ")
    assert "'dirac_user' == 'prod'" in found.evidence.got
    assert found.evidence.asserted == "test_group (as the default group)"


def test_a_package_that_we_lack_is_our_error(run: Run) -> None:
    found = result(run, "UP-Framework-Lacking")
    assert found.outcome is Outcome.ERROR
    assert "a_package_that_nobody_has" in found.reason


def test_a_stale_module_is_skipped_with_the_reason(run: Run) -> None:
    found = result(run, "UP-Framework-Old")
    assert (found.outcome, found.reason) == (Outcome.SKIP, "it was written for another release")


def test_what_upstream_does_not_run_is_said(run: Run) -> None:
    assert {each.id: each.why for each in run.not_selected}["UP-Framework-Forgotten"] == (
        "upstream's own scripts do not run it"
    )


def test_the_next_run_finds_the_users_again(run: Run, checkout: Path, tmp_path: Path) -> None:
    """The suite has emptied what other scenarios stand on; the instance is put back before they run."""
    given = ["certify", "8.0.86", "--source", str(checkout), "--select", "AAI-01", "--report-dir", str(tmp_path)]
    assert main(given) == 0
    assert store.read(tmp_path).instance == run.instance
