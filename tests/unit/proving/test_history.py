"""The line between two revisions, in real repositories."""

from __future__ import annotations

from pathlib import Path

import pytest

from diraccert.model.errors import BadInput
from diraccert.proving import history
from diraccert.proving.history import Commit
from tests.unit.distributions import toys
from tests.unit.proving.histories import Repository


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "DIRAC")


def subjects(line: history.Line) -> list[str]:
    return [each.subject.partition(" from ")[0] for each in line.commits]


def test_a_linear_history_is_all_its_commits(repository: Repository) -> None:
    for number in range(3):
        repository.commit(f"{number}", f"commit {number}")
    line = history.between(repository.folder, "v1", "HEAD")
    assert subjects(line) == ["the beginning", "commit 0", "commit 1", "commit 2"]
    assert not line.bent
    assert history.described(line, "v1", "HEAD") == "3 commits from v1 to HEAD by first parents"


def test_of_merges_the_merge_counts_and_not_what_was_merged(repository: Repository) -> None:
    repository.merge(11, "WMS-01=PASS")
    repository.merge(12, "WMS-01=FAIL", tag="v2")
    repository.merge(13, "WMS-01=FAIL")
    line = history.between(repository.folder, "v1", "v2")
    assert subjects(line) == ["the beginning", "Merge pull request #11", "Merge pull request #12"]
    assert line.commits[-1].id == repository.git("rev-parse", "v2").strip()
    assert line.commits[-1].title == "[1.0] fix: the 12th thing"


def test_it_may_be_bare_or_a_linked_work_tree_or_a_folder_inside(repository: Repository, tmp_path: Path) -> None:
    repository.merge(11, "x")
    (repository.folder / "inside").mkdir()
    repository.git("worktree", "add", "-q", str(tmp_path / "linked"))
    repository.git("clone", "-q", "--bare", ".", str(tmp_path / "bare.git"))
    for place in (repository.folder / "inside", tmp_path / "linked", tmp_path / "bare.git"):
        line = history.between(place, "v1", "main")
        with history.clone(line.repository, line.commits[-1]) as folder:
            assert (folder / "state").read_text() == "x"


def test_a_clone_has_the_commit_and_the_tags_and_leaves_the_checkout_alone(repository: Repository) -> None:
    repository.merge(11, "new")
    (repository.folder / "state").write_text("not committed")

    def everything() -> dict[str, bytes]:
        return {str(path): path.read_bytes() for path in repository.folder.rglob("*") if path.is_file()}

    before = everything()
    line = history.between(repository.folder, "v1", "main")
    with history.clone(line.repository, line.commits[0]) as folder:
        assert folder.name == "DIRAC"
        assert (folder / "state").read_text() == "WMS-01=PASS"
        assert toys.git(folder, "describe", "--tags").strip() == "v1"
    assert not folder.parent.exists()
    assert everything() == before


def test_a_good_revision_that_was_merged_in_begins_where_the_lines_part(repository: Repository) -> None:
    base = repository.commit("base", "base")
    repository.git("checkout", "-q", "-b", "upstream")
    repository.commit("up", "upstream's", tag="good")
    repository.git("checkout", "-q", "main")
    repository.commit("mine", "mine")
    repository.git("merge", "-q", "-s", "ours", "-m", "Merge branch 'upstream'", "upstream")
    line = history.between(repository.folder, "good", "main")
    assert [each.subject for each in line.commits] == ["base", "mine", "Merge branch 'upstream'"]
    assert line.commits[0].id == base
    assert line.bent
    assert (
        f"the newest commit of that line which good has, {base[:10]} base: 2 commits from there"
        in history.described(line, "good", "main")
    )


def test_bad_input_is_refused_with_the_way_out(repository: Repository, tmp_path: Path) -> None:
    repository.merge(11, "x", tag="v2")
    repository.git("checkout", "-q", "--orphan", "other")
    repository.commit("other", "another history", tag="lonely")
    (tmp_path / "plain").mkdir()
    for path, good, bad, says in (
        (tmp_path / "none", "v1", "v2", "no such folder"),
        (tmp_path / "plain", "v1", "v2", "is no git repository"),
        (repository.folder, "v1", "v22", "no revision v22 in .*; did you mean 'v2'"),
        (repository.folder, "", "v2", "there is no revision  in"),
        (repository.folder, "--all", "v2", "there is no revision --all"),
        (repository.folder, "v2", "v2^0", "are the same commit .*, with nothing between"),
        (repository.folder, "v2", "v1", r"v1 does not come after v2, but v2 after v1 \(.*: v1 v2\)"),
        (repository.folder, "lonely", "v2", "v2 does not come after lonely .*in the history of v2"),
    ):
        with pytest.raises(BadInput, match=says):
            history.between(path, good, bad)


def test_a_line_that_never_meets_the_good_revision_is_refused(repository: Repository) -> None:
    repository.git("checkout", "-q", "--orphan", "other")
    repository.commit("other", "another history")
    repository.git("merge", "-q", "-s", "ours", "--allow-unrelated-histories", "-m", "both", "v1")
    with pytest.raises(BadInput, match="do not lead to anything of v1"):
        history.between(repository.folder, "v1", "other")


@pytest.mark.parametrize(
    ("subject", "text", "number", "title"),
    [
        ("Merge pull request #7457 from alice/x", "[8.0] fix: y\n", "#7457", "[8.0] fix: y"),
        ("Merge pull request 'fix: y' (#12) from x into main", "Reviewed-on: z", "#12", "Reviewed-on: z"),
        ("Merge branch 'x' into 'main'", "fix: y\n\nSee merge request grid/DIRAC!34", "!34", "fix: y"),
        ("Merge branch 'x' into 'main'", "See merge request grid/DIRAC!34", "!34", ""),
        ("fix: y (#77)", "", "#77", ""),
        ("Merge pull request from GHSA-59qj-jcjv-662j", "[8.0] Remove", "", "[8.0] Remove"),
        ("fix: what #12 broke", "", "", ""),
    ],
)
def test_the_number_and_title_of_the_merged_request(subject: str, text: str, number: str, title: str) -> None:
    commit = Commit("a" * 40, subject, text, ("b", "c"))
    assert (commit.number, commit.title) == (number, title)


def test_what_is_no_merge_has_no_title() -> None:
    assert Commit("a" * 40, "fix: y (#77)", "because of z", ("b",)).title == ""


def test_a_message_cannot_play_tricks_with_the_terminal(repository: Repository) -> None:
    repository.commit("x", "\x1b[31mred\x1b[0m \x1b]0;title\x07")
    assert "\x1b" not in str(history.between(repository.folder, "v1", "HEAD").commits[-1])
