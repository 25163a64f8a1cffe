"""The command, from its words to its exit code, on a real repository; only the certification is made up."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from diraccert.certification import catalogue
from diraccert.cli import main as command
from diraccert.model.scenario import ScenarioMeta
from diraccert.proving import commit_run
from tests.unit.proving.histories import Repository, StateRun

SCENARIOS = [ScenarioMeta("WMS-01", "t", "wms", "o"), ScenarioMeta("DMS-01", "t", "dms", "o")]


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """Five merges after v1, of which #13 broke WMS-01."""
    monkeypatch.setenv("DIRAC_CERT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere.sock")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(catalogue, "read", lambda rooms: SCENARIOS)
    made = Repository(tmp_path / "DIRAC")
    for number in (11, 12, 13, 14, 15):
        made.merge(number, f"{number}: WMS-01={'FAIL' if number > 12 else 'PASS'} DMS-01=PASS", tag=f"v{number}")
    return made


@pytest.fixture
def certify(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StateRun:
    made = StateRun(tmp_path / "reports" / "runs")
    monkeypatch.setattr(commit_run, "certify", made)
    return made


def bisect(repository: Repository, *more: str, good: str = "v1", bad: str = "v15", select: str = "wms") -> int:
    return command.main(["bisect", good, bad, "--select", select, "--source", str(repository.folder), *more])


def journals(tmp_path: Path) -> list[Path]:
    return list(tmp_path.rglob("*.jsonl"))


def test_it_names_the_merge_and_its_request(repository, certify, tmp_path: Path, capsys) -> None:
    assert bisect(repository) == 0
    told = capsys.readouterr()
    lines = told.out.strip().splitlines()
    culprit = repository.git("rev-parse", "v13")[:10]
    assert lines[0] == f"WMS-01: broken by {culprit} Merge pull request #13 from alice/branch13"
    assert lines[1] == "  [1.0] fix: the 13th thing"
    assert f"  report: {tmp_path}/reports/runs/" in lines[-1]
    assert "5 commits from v1 to v15 by first parents" in told.err
    assert len(certify.states) == 4
    assert not any("on the way" in state for state in certify.states)


def test_json_is_all_that_is_on_standard_output(repository, certify, capsys) -> None:
    assert bisect(repository, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["culprit"]["request"] == "#13"
    assert told["last_good"]["request"] == "#12"


@pytest.mark.parametrize("at", [1, 2, 3, 4])
def test_after_an_interrupt_the_same_command_goes_on(repository, certify, at: int, capsys) -> None:
    certify.interrupt_at = at
    assert bisect(repository) == 130
    assert (f"goes on; runs that are finished: {at - 1} " in capsys.readouterr().err) == (at > 1)
    certify.interrupt_at = 0
    assert bisect(repository) == 0
    assert "pull request #13" in capsys.readouterr().out
    assert len(certify.states) == 5
    assert len(set(certify.states)) == 4


def test_a_commit_with_an_error_of_ours_is_stepped_over(repository, certify, capsys) -> None:
    broken = repository.folder.parent / "Other"
    other = Repository(broken)
    for number, outcome in ((11, "ERROR"), (12, "PASS"), (13, "ERROR"), (14, "FAIL"), (15, "FAIL")):
        other.merge(number, f"{number}: WMS-01={outcome}", tag=f"v{number}")
    assert bisect(other) == 2
    told = capsys.readouterr().out
    assert "WMS-01: broken by one of 2 commits" in told
    assert "#13 from alice/branch13: not known: WMS-01 ERROR: WMS-01 says ERROR" in told
    count = len(certify.states)
    assert bisect(other) == 2
    assert len(certify.states) == count
    assert bisect(other, "--retry-skipped") == 2
    assert certify.states[count:] == ["13: WMS-01=ERROR"]


def test_a_journal_of_ones_own(repository, certify, tmp_path: Path, capsys) -> None:
    assert bisect(repository, "--journal", "mine.jsonl") == 0
    assert journals(tmp_path) == [tmp_path / "mine.jsonl"]
    assert bisect(repository, "--journal", "mine.jsonl", good="v11") == 64
    assert "is the journal of another search" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"good": "v13"}, "v13 is not good: of what fails on v15 nothing passes there (WMS-01 FAIL); report: "),
        ({"bad": "v12"}, "v12 is not bad: no scenario fails there (2 PASS); report: "),
        ({"good": "v15", "bad": "v1"}, "v1 does not come after v15, but v15 after v1"),
        ({"bad": "v1"}, "are the same commit"),
        ({"good": "v99"}, "there is no revision v99"),
        ({"select": "nonesuch"}, "no scenario, area or suite is called 'nonesuch'"),
        ({"select": "wms and dms"}, "chooses no scenario"),
    ],
)
def test_bad_input_is_one_line(repository, certify, capsys, more: dict[str, str], says: str) -> None:
    assert bisect(repository, **more) == 64
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("dirac-cert: ")]
    assert len(lines) == 1
    assert says in lines[0]


def test_no_daemon_ends_it_and_leaves_nothing(repository, tmp_path: Path, monkeypatch, capsys) -> None:
    def refuse(*_: object) -> None:
        from diraccert.images.daemon import connect

        connect()

    monkeypatch.setattr(commit_run, "certify", refuse)
    assert bisect(repository) == 2
    assert "ci/bootstrap" in capsys.readouterr().err
    assert journals(tmp_path) == []
    assert not (tmp_path / "reports").exists()
