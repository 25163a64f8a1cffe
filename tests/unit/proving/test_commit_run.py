"""The run of a commit: what is certified is a clone, and what is read afterwards does not speak of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from diraccert.certification.request import Request, Watcher
from diraccert.model.errors import BadInput
from diraccert.model.progress import Silent
from diraccert.proving import commit_run, history
from diraccert.proving.commit_run import CommitRun
from tests.unit.proving.histories import FAIL, PASS, Repository, StateRun

REQUEST = Request("8.0.86", "WMS-01", (), workers=3)
WATCHER = Watcher(Silent(), lambda steps: None, lambda end: None)


@pytest.fixture
def line(tmp_path: Path) -> history.Line:
    repository = Repository(tmp_path / "DIRAC")
    repository.merge(11, "WMS-01=FAIL DMS-01=PASS")
    return history.between(repository.folder, "v1", "main")


def test_each_commit_is_certified_from_a_clone_that_goes(
    line: history.Line, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certify = StateRun(tmp_path / "reports")
    monkeypatch.setattr(commit_run, "certify", certify)
    run = CommitRun(line.repository, REQUEST, WATCHER)
    good, bad = (run(commit) for commit in line.commits)
    assert (good.commit, good.outcomes) == (line.commits[0].id, {"WMS-01": PASS})
    assert (bad.commit, bad.outcomes) == (line.commits[1].id, {"WMS-01": FAIL, "DMS-01": PASS})
    assert bad.folder == tmp_path / "reports" / "2"
    assert [each.exists() for each in certify.sources] == [False, False]


def test_all_else_is_as_it_was_asked_for(line: history.Line, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def certify(request: Request, watcher: Watcher) -> object:
        seen.append(request)
        return StateRun(tmp_path)(request, watcher)

    monkeypatch.setattr(commit_run, "certify", certify)
    CommitRun(line.repository, REQUEST, WATCHER)(line.commits[0])
    assert (seen[0].dist, seen[0].selection, seen[0].workers) == ("8.0.86", "WMS-01", 3)


def test_what_is_refused_is_told_of_the_commit_and_mended_in_the_repository(
    line: history.Line, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def certify(request: Request, watcher: Watcher) -> object:
        (source,) = request.sources
        raise BadInput(f"{source} has no version tags", f"`git -C {source} fetch --tags`")

    monkeypatch.setattr(commit_run, "certify", certify)
    commit = line.commits[0]
    with pytest.raises(BadInput) as caught:
        CommitRun(line.repository, REQUEST, WATCHER)(commit)
    assert caught.value.message == f"DIRAC@{commit.id[:10]} has no version tags"
    assert caught.value.way_out == f"`git -C {tmp_path / 'DIRAC'} fetch --tags`"


def test_a_run_that_a_person_interrupts_is_none(
    line: history.Line, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commit_run, "certify", StateRun(tmp_path, interrupt_at=1))
    with pytest.raises(KeyboardInterrupt):
        CommitRun(line.repository, REQUEST, WATCHER)(line.commits[0])
