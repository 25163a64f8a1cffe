"""Releases whose outcomes are known: certified for real, and compared with what ci/expected says of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from diraccert.certification.request import Request, Watcher
from diraccert.certification.run import certify
from diraccert.model.outcomes import Outcome
from diraccert.model.progress import Silent
from diraccert.model.run import Run
from diraccert.proving import expected
from diraccert.proving.expected import differences
from diraccert.rooms import builtin

pytestmark = [pytest.mark.docker, pytest.mark.instance, pytest.mark.xdist_group("instance")]

#: The pairs of docs/decisions/0004-proving.md: a release with a known defect, and the one that repaired it.
PAIRS = (("8.0.1", "8.0.2"), ("8.0.37", "8.0.38"))
#: Of the lines before 8.0, what was certified.
OLDER = ("7.3.26",)
#: A release as it is on the day it appears: nothing here speaks of it.
UNNAMED = "8.0.85"


def certified(release: str, selection: str, folder: Path) -> Run:
    watcher = Watcher(Silent(), lambda steps: None, lambda end: None)
    run, _ = certify(Request(release, selection, (builtin(),), report_dir=folder), watcher)
    return run


@pytest.mark.timeout(1800)
def test_the_newest_release_shows_what_is_known_of_it(tmp_path: Path) -> None:
    run = certified("8.0.86", "smoke", tmp_path)
    assert differences(run, expected.read("8.0.86", [builtin()])) == []


@pytest.mark.nightly
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("dist", ["8.0.86-opensearch", "9.1.22", "9.1.22-diracx"])
def test_what_stands_beside_a_release_shows_what_is_known_of_both(tmp_path: Path, dist: str) -> None:
    known = expected.read(dist, [builtin()])
    run = certified(dist, known.selections[0], tmp_path)
    assert differences(run, known) == []


@pytest.mark.nightly
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("dist", OLDER)
def test_an_older_line_shows_what_is_known_of_it(tmp_path: Path, dist: str) -> None:
    known = expected.read(dist, [builtin()])
    run = certified(dist, known.selections[0], tmp_path)
    assert differences(run, known) == []


@pytest.mark.nightly
@pytest.mark.timeout(1800)
def test_a_release_that_no_file_names_is_certified_by_its_line(tmp_path: Path) -> None:
    named = [path for room in ("ci", "roles", "scenarios") for path in (builtin() / room).rglob("*") if path.is_file()]
    assert not [path for path in named if UNNAMED.encode() in path.read_bytes()]
    run = certified(UNNAMED, "UPG-01a, UPG-01b, WMS-01, DMS-01", tmp_path)
    assert {each.outcome for each in run.scenarios} == {Outcome.PASS}
    assert len(run.scenarios) == 4


@pytest.mark.nightly
@pytest.mark.timeout(5400)
@pytest.mark.parametrize(("bad", "good"), PAIRS)
def test_a_release_with_a_known_defect_is_told_from_its_repair(tmp_path: Path, bad: str, good: str) -> None:
    known = {release: expected.read(release, [builtin()]) for release in (bad, good)}
    red = {}
    for release in (bad, good):
        run = certified(release, known[release].selections[0], tmp_path / release)
        assert differences(run, known[release]) == []
        red[release] = {each.id for each in run.scenarios if each.outcome is Outcome.FAIL}
    repaired = {id_ for id_ in red[bad] if not known[bad].of(id_).finding}
    assert repaired, f"{bad} shows nothing of its own"
    # races apart, what else is red in one of them is red in the other for the same reason
    assert all(known[good].of(id_).sometimes for id_ in red[good] ^ (red[bad] - repaired) if id_ not in repaired)
