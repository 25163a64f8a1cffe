"""What outlives a command, as other commands and other hands leave it."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from diraccert.certification import durations as of_scenarios
from diraccert.images import cache, durations, kept


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An own cache folder."""
    monkeypatch.setenv("DIRAC_CERT_CACHE", str(tmp_path))
    return tmp_path


def test_commands_that_write_at_once_do_not_get_in_each_others_way(folder: Path) -> None:
    texts = [json.dumps([number] * 2000) for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda text: [cache.keep(folder / "x.json", text) for _ in range(40)], texts))
    assert (folder / "x.json").read_text() in texts
    assert [path.name for path in folder.iterdir()] == ["x.json"]


def test_what_cannot_be_kept_leaves_nothing_behind(folder: Path) -> None:
    (folder / "x.json").mkdir()
    with pytest.raises(OSError, match=r"x\.json"):
        cache.keep(folder / "x.json", "text")
    assert [path.name for path in folder.iterdir()] == ["x.json"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"base": null}', '{"base": NaN}', '{"base": [Infinity]}', "[" * 9000])
def test_durations_that_were_spoilt_are_a_guess(folder: Path, text: str) -> None:
    for name in ("durations.json", "scenarios.json"):
        (folder / name).write_text(text)
    assert durations.expected("base") == durations.DEFAULTS["base"]
    assert of_scenarios.expected() == {}
    durations.record("base", 3.0)
    assert durations.expected("base") == 3.0


def test_what_a_plan_needs_is_unknown_when_that_was_spoilt(folder: Path) -> None:
    (folder / "needed").mkdir()
    for name, text in (("a", '["dirac-cert/base:1"]'), ("b", "{"), ("c", "7"), ("d", "")):
        (folder / "needed" / f"{name}.json").write_text(text)
    assert kept.needed() == {
        "a": frozenset({"dirac-cert/base:1"}), "b": frozenset(), "c": frozenset(), "d": frozenset(),
    }  # fmt: skip
