"""Locks: what is kept, for how long, and what is never kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from diraccert.distributions import wheel as wheels
from diraccert.distributions.compiler import Compiled, Inputs
from diraccert.distributions.lock import Package, resolve
from diraccert.model.errors import BadInput, InfrastructureError
from diraccert.model.manifest import Manifest, Noted
from tests.unit.distributions import toys

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TEXT = "dirac==8.0.86 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\nstomp-py==9.0.0 \\\n    --hash=sha256:cc\n"
DEAD = Compiled(2, "", "error: Request failed after 2 retries\n  cause: Failed to fetch: http://h/simple/dirac/\n")
REFUSED = Compiled(1, "", "error: No solution found\n  cause: Because a and b, we can conclude that c.\n")


class Fake:
    """A resolver that answers what it is told, and counts."""

    def __init__(self, *answers: Compiled) -> None:
        self.answers = list(answers)
        self.asked: list[Inputs] = []

    def compile(self, inputs: Inputs) -> Compiled:
        self.asked.append(inputs)
        return self.answers.pop(0)


def good(text: str = TEXT) -> Compiled:
    return Compiled(0, text, "Resolved 2 packages\n")


def manifest(before: date | None = None, version: str = "8.0.86", **more: object) -> Manifest:
    fields = {"name": version, "line": "8.0", "packages": (f"DIRAC=={version}",), "resolve_before": before, **more}
    return Manifest(**fields)  # type: ignore[arg-type]


def at(moment: datetime) -> Callable[[], datetime]:
    return lambda: moment


def test_a_lock_tells_its_packages_and_its_digest(tmp_path) -> None:
    lock = resolve(manifest(), tmp_path, Fake(good()))
    assert lock.packages == (Package("dirac", "8.0.86"), Package("stomp-py", "9.0.0"))
    assert lock.text == TEXT
    assert len(lock.digest) == 64
    assert lock.note == ""


def test_the_lock_of_a_day_is_kept_for_ever(tmp_path) -> None:
    fake, dated = Fake(good()), manifest(before=date(2023, 1, 25))
    first = resolve(dated, tmp_path, fake, at(NOON))
    assert resolve(dated, tmp_path, fake, at(NOON + timedelta(days=1000))) == first
    assert len(fake.asked) == 1


def test_the_lock_of_today_is_resolved_again_after_a_day(tmp_path) -> None:
    fake = Fake(good(), good("dirac==8.0.86\n"))
    resolve(manifest(), tmp_path, fake, at(NOON))
    assert resolve(manifest(), tmp_path, fake, at(NOON + timedelta(hours=23))).text == TEXT
    assert resolve(manifest(), tmp_path, fake, at(NOON + timedelta(hours=25))).text == "dirac==8.0.86\n"


def test_an_old_lock_serves_with_a_note_when_the_index_is_dead(tmp_path) -> None:
    fake = Fake(good(), DEAD)
    resolve(manifest(), tmp_path, fake, at(NOON))
    lock = resolve(manifest(), tmp_path, fake, at(NOON + timedelta(days=3)))
    assert lock.text == TEXT
    assert "the package index does not answer: the lock is that of 2026-11-22 12:00 UTC" in lock.note


def test_an_old_lock_does_not_hide_a_refusal(tmp_path) -> None:
    fake = Fake(good(), REFUSED)
    resolve(manifest(), tmp_path, fake, at(NOON))
    with pytest.raises(BadInput):
        resolve(manifest(), tmp_path, fake, at(NOON + timedelta(days=3)))


@pytest.mark.parametrize(("answer", "error"), [(DEAD, InfrastructureError), (REFUSED, BadInput)])
def test_what_fails_leaves_nothing_behind(tmp_path, answer, error) -> None:
    with pytest.raises(error):
        resolve(manifest(), tmp_path / "locks", Fake(answer))
    assert not list(tmp_path.rglob("*"))


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[]", '{"made": "then", "text": "x"}', '{"made": 1}', "[" * 9000,
        '{"made": "2026-11-22T12:00:00+00:00", "text": ""}', '{"made": "2026-11-22T12:00:00", "text": "dirac==8.0.86"}',
    ],
)  # fmt: skip
def test_a_kept_lock_that_is_not_whole_is_resolved_again(tmp_path, text) -> None:
    fake = Fake(good(), good())
    resolve(manifest(), tmp_path, fake, at(NOON))
    (kept,) = tmp_path.iterdir()
    kept.write_text(text)
    assert resolve(manifest(), tmp_path, fake, at(NOON)).text == TEXT
    assert len(fake.asked) == 2
    assert [path.name for path in tmp_path.iterdir()] == [kept.name]


def test_whatever_goes_into_a_resolution_makes_a_lock_of_its_own(tmp_path, monkeypatch) -> None:
    changed = [
        manifest(),
        manifest(version="8.0.85"),
        manifest(before=date(2026, 1, 1)),
        manifest(overrides=(Noted(what="suds==1", reason="r"),)),
        manifest(drop=(Noted(what="suds", reason="r"),)),
        manifest(pins=(Noted(what="suds<2", reason="r"),)),
        manifest(additions=(Noted(what="toy", reason="r"),)),
        manifest(python="3.12"),
    ]
    for one in changed:
        resolve(one, tmp_path, Fake(good()), at(NOON))
    monkeypatch.setenv("UV_INDEX_URL", "http://elsewhere.invalid")
    resolve(manifest(), tmp_path, Fake(good()), at(NOON))
    assert len(list(tmp_path.iterdir())) == len(changed) + 1


def test_a_folder_that_cannot_be_written_is_our_error(tmp_path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InfrastructureError, match="cannot keep the lock"):
        resolve(manifest(), tmp_path / "file", Fake(good()))


def test_the_names_of_a_reason_do_not_change_the_lock(tmp_path) -> None:
    fake = Fake(good())
    for reason in ("one", "another"):
        resolve(manifest(drop=(Noted(what="suds", reason=reason),)), tmp_path, fake, at(NOON))
    assert len(fake.asked) == 1


def test_a_lock_of_sources_is_that_of_what_they_ask_for(tmp_path) -> None:
    """Two states of a checkout that ask for the same have one resolution, and each its own line in the lock."""
    answer = TEXT.replace(
        "dirac==8.0.86 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n",
        "dirac @ file:///home/me/dirac-8.0.87.dev3-py3-none-any.whl \\\n    --hash=sha256:dd\n",
    )
    fake = Fake(good(answer), good(answer))
    locks = []
    for version in ("8.0.87.dev3", "8.0.87.dev4"):
        made = wheels.read(toys.wheel(tmp_path / version, version=version))
        locks.append(resolve(manifest(version=version), tmp_path / "locks", fake, wheels=[made]))
        assert f"dirac=={version} \\\n    --hash=sha256:{made.sha256}\n" in locks[-1].text
        assert Package("dirac", version) in locks[-1].packages
    assert len(fake.asked) == 1
    assert fake.asked[0].requirements == ("DIRAC[server]",)
    assert locks[0].index == locks[1].index == "stomp-py==9.0.0 \\\n    --hash=sha256:cc\n"
    asking = toys.wheel(tmp_path / "more", told="Requires-Dist: numpy\nProvides-Extra: server\n")
    resolve(manifest(version="8.0.87.dev3"), tmp_path / "locks", fake, wheels=[wheels.read(asking)])
    assert len(fake.asked) == 2


def test_without_sources_all_of_a_lock_comes_from_the_index(tmp_path) -> None:
    assert resolve(manifest(), tmp_path, Fake(good())).index == TEXT


def test_a_day_that_is_still_to_come_is_refused(tmp_path) -> None:
    fake = Fake()
    with pytest.raises(BadInput, match="2026-11-23 is still to come"):
        resolve(manifest(before=date(2026, 11, 23)), tmp_path, fake, at(NOON))
    assert not fake.asked
    assert not list(tmp_path.iterdir())
