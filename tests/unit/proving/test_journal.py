"""The journal: what is in it is there after whatever happened to the command."""

from __future__ import annotations

from pathlib import Path

import pytest

from diraccert.model.errors import BadInput
from diraccert.proving.attempt import Attempt
from diraccert.proving.journal import Search, default_path, opened
from tests.unit.proving.histories import ERROR, FAIL, PASS, attempt

SEARCH = Search(repository="/repo", good="a" * 40, bad="b" * 40, selection="WMS-01")
ONE, TWO = attempt("c1", WMS_01=PASS), attempt("c2", WMS_01=FAIL)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "deep" / "journal.jsonl"
    with opened(made, SEARCH) as journal:
        journal.add(ONE)
        journal.add(TWO)
    return made


def test_the_next_command_has_the_finished_attempts(path: Path) -> None:
    with opened(path, SEARCH) as journal:
        assert journal.attempts == {"c1": ONE, "c2": TWO}
    assert len(path.read_text().splitlines()) == 3


def test_of_several_attempts_the_last_counts(path: Path) -> None:
    again = attempt("c1", WMS_01=FAIL)
    with opened(path, SEARCH) as journal:
        journal.add(again)
    with opened(path, SEARCH) as journal:
        assert journal.attempts["c1"] == again


@pytest.mark.parametrize("torn", [b'{"commit":"c3","verd', b"{", b'{"commit":"\xc3'])
def test_a_line_that_a_killed_command_left_torn_is_cut_off(path: Path, torn: bytes) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole + torn)
    with opened(path, SEARCH) as journal:
        assert set(journal.attempts) == {"c1", "c2"}
        journal.add(attempt("c3", WMS_01=PASS))
    assert path.read_bytes().startswith(whole + b'{"commit":"c3"')
    with opened(path, SEARCH) as journal:
        assert set(journal.attempts) == {"c1", "c2", "c3"}


def test_a_torn_first_line_is_a_new_journal(tmp_path: Path) -> None:
    path = tmp_path / "j"
    path.write_bytes(b'{"repository":"/re')
    with opened(path, SEARCH) as journal:
        journal.add(ONE)
    with opened(path, SEARCH) as journal:
        assert journal.attempts == {"c1": ONE}


def test_retry_forgets_what_an_error_of_ours_left_open(path: Path) -> None:
    with opened(path, SEARCH) as journal:
        journal.add(Attempt(commit="c3", reason="the daemon went away"))
        journal.add(attempt("c4", WMS_01=ERROR, DMS_01=FAIL))
    with opened(path, SEARCH, retry=True) as journal:
        assert set(journal.attempts) == {"c1", "c2"}
    with opened(path, SEARCH) as journal:
        assert set(journal.attempts) == {"c1", "c2", "c3", "c4"}


def test_a_search_without_a_finished_run_leaves_no_journal(tmp_path: Path) -> None:
    with opened(tmp_path / "j", SEARCH):
        assert (tmp_path / "j").exists()
    assert not (tmp_path / "j").exists()


@pytest.mark.parametrize("change", [{"bad": "d" * 40}, {"selection": "smoke"}, {"dist": "8.0.86"}])
def test_the_journal_of_another_search_is_refused(path: Path, change: dict[str, str]) -> None:
    other = SEARCH.model_copy(update=change)
    with pytest.raises(BadInput, match=r"journal of another search.*WMS-01.*another --journal"), opened(path, other):
        pass


@pytest.mark.parametrize("content", ["my notes", '{"a": 1}\n', '{"repository":"/r"}\n', '{"repository":"/r","x":\n'])
def test_a_file_that_is_no_journal_is_refused_and_left_as_it_is(tmp_path: Path, content: str) -> None:
    path = tmp_path / "notes"
    path.write_text(content)
    with pytest.raises(BadInput, match="is no journal"), opened(path, SEARCH):
        pass
    assert path.read_text() == content


def test_a_folder_is_no_journal(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be opened"), opened(tmp_path, SEARCH):
        pass


def test_two_commands_do_not_write_to_one_journal(path: Path) -> None:
    with opened(path, SEARCH), pytest.raises(BadInput, match="another bisect goes on"), opened(path, SEARCH):
        pass


def test_a_path_that_is_not_utf_8_can_be_written(tmp_path: Path) -> None:
    search = Search.model_validate({**SEARCH.model_dump(), "repository": "/\udcff"})
    with opened(tmp_path / "j", search) as journal:
        journal.add(ONE)
    with opened(tmp_path / "j", search) as journal:
        assert journal.attempts == {"c1": ONE}


def test_every_search_has_a_file_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIRAC_CERT_CACHE", str(tmp_path))
    assert default_path(SEARCH) == default_path(SEARCH.model_copy())
    assert default_path(SEARCH) != default_path(SEARCH.model_copy(update={"selection": "smoke"}))
    assert default_path(SEARCH).parent == tmp_path / "bisect"
