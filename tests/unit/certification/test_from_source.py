"""Which instance a run from source gets: the warm one with its packages put in, or one of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from diraccert.certification import from_source, holding, spoiling, standing
from diraccert.images.build_plan import ImageSet
from diraccert.instances import fitting as fittings
from diraccert.instances.fitting import Fitting
from diraccert.model.errors import InfrastructureError
from diraccert.model.progress import Silent

IMAGES = ImageSet("1a2b3c4d", {}, "source of DIRAC 8.0", ("server",))
NAME = "source-of-dirac-8-0-1a2b"


@dataclass
class Fake:
    """An instance that notes what is done to it; ``dead`` is what does not start until it is left out."""

    name: str
    has: str = ""
    dead: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    spoiled: bool = False

    def touch(self) -> None:
        self.done.append("touch")

    def wait_ready(self, progress: Any = None, limit: float = 0) -> None:
        self.done.append("ready?")
        if self.dead:
            raise InfrastructureError(f"{self.name} is not ready")

    def reset(self, await_ready: Callable[[], None]) -> None:
        self.done.append("reset")
        await_ready()

    def host(self, name: str) -> Fake:
        return self

    def run(self, argv: list[str]) -> Any:
        """``test -e`` for the mark of a spoiled instance."""
        assert argv == ["test", "-e", spoiling.MARK]
        return SimpleNamespace(rc=0 if self.spoiled else 1)

    def must(self, argv: list[str]) -> str:
        if argv[-1] == spoiling.MARK:
            self.spoiled = argv[0] == "touch"
            return ""
        self.done.append(argv[-1])
        left_out, self.dead = self.dead, []
        return "\n".join([*left_out, ""])


class World:
    """What stands, and what is stood up."""

    def __init__(self) -> None:
        self.instances: dict[str, Fake] = {}
        self.broken = ""
        self.dead: list[str] = []

    def up(
        self, daemon: Any, image_set: ImageSet, name: str, progress: Any, *, fitting: Fitting, await_ready: Any
    ) -> Fake:
        self.instances[name] = Fake(name, fitting.digest, list(self.dead), ["up"])
        await_ready(self.instances[name])
        return self.instances[name]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    made = World()
    monkeypatch.setenv("DIRAC_CERT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(from_source, "up", made.up)
    monkeypatch.setattr(standing, "sound", lambda _daemon, _set, name, _progress=None: made.instances.get(name))
    monkeypatch.setattr(standing, "broken", lambda _instance: made.broken)
    monkeypatch.setattr(fittings, "has", lambda instance, wanted: instance.has == wanted.digest)

    def refit(instance: Fake, wanted: Fitting) -> None:
        instance.has = wanted.digest
        instance.done.append("refit")

    monkeypatch.setattr(fittings, "refit", refit)
    return made


@pytest.fixture
def stand(world: World, tmp_path: Path) -> Iterator[Callable[..., from_source.Stood]]:
    stood = []

    def call(code: str, *, fresh: bool = False, alone: bool = False) -> from_source.Stood:
        path = tmp_path / f"{code}.whl"
        path.write_text(code)
        fitting = Fitting((path,), ("server",))
        stood.append(from_source.stand(None, IMAGES, fitting, Silent(), fresh=fresh, alone=alone))  # type: ignore[arg-type]
        return stood[-1]

    yield call
    for each in stood:
        if each.hold:
            each.hold.close()


def over(stood: from_source.Stood) -> Fake:
    """The run is over."""
    assert stood.hold
    stood.hold.close()
    instance: Any = stood.instance
    instance.done.clear()
    return instance  # type: ignore[no-any-return]


def test_the_first_run_stands_it_up_under_a_name_that_stays(world: World, stand) -> None:
    stood = stand("a")
    assert (stood.instance.name, stood.temporary) == (NAME, False)
    assert stood.instance.done == ["up", "ready?"]


def test_the_next_run_of_the_same_code_uses_it_as_it_is(world: World, stand) -> None:
    instance = over(stand("a"))
    assert stand("a").instance is instance
    assert instance.done == ["touch", "ready?"]


def test_other_code_is_put_in_and_the_instance_reset(world: World, stand) -> None:
    instance = over(stand("a"))
    assert stand("b").instance is instance
    assert instance.done == ["touch", "refit", "reset", "ready?"]


def test_two_runs_of_the_same_code_share_it(world: World, stand) -> None:
    assert stand("a").instance is stand("a").instance


def test_other_code_does_not_change_what_another_run_uses(world: World, stand) -> None:
    first = stand("a")
    second = stand("b")
    assert second.instance.name.startswith(f"{NAME}-")
    assert second.temporary
    assert "refit" not in first.instance.done
    over(first)
    assert stand("b").instance is first.instance


def test_a_fresh_one_is_for_this_run_alone(world: World, stand) -> None:
    stood = stand("a", fresh=True)
    assert stood.temporary
    assert stood.hold is None
    assert len(stood.instance.name) <= 40


def test_a_run_that_leaves_nothing_as_it_was_begins_with_a_reset_and_shares_with_nobody(world: World, stand) -> None:
    instance = over(stand("a"))
    assert stand("a", alone=True).instance is instance
    assert instance.done == ["touch", "reset", "ready?"]
    assert stand("a").instance is not instance


def test_such_a_run_does_not_take_what_another_uses(world: World, stand) -> None:
    first = stand("a")
    assert stand("a", alone=True).instance is not first.instance


def test_what_such_a_run_left_is_reset_before_the_next(world: World, stand) -> None:
    instance = over(stand("a", alone=True))
    over(stand("a"))
    assert instance.spoiled is False
    assert stand("a").instance is instance
    assert instance.done == ["touch", "ready?"]


def test_what_does_not_start_is_left_out_and_the_rest_certified(world: World, stand) -> None:
    world.dead = ["WorkloadManagement/JobManager"]
    stood = stand("a")
    assert stood.instance.done == ["up", "ready?", "--leave-out", "ready?"]


def test_a_broken_instance_is_our_error_and_is_not_held(world: World, stand, tmp_path: Path) -> None:
    world.dead, world.broken = ["everything"], "probe of the database failed"
    with pytest.raises(InfrastructureError, match="is not ready"):
        stand("a")
    hold = holding.take(tmp_path / "cache/turns", NAME)
    assert hold
    assert hold.alone
    hold.close()


def test_nobody_takes_what_another_run_changes(tmp_path: Path) -> None:
    first = holding.take(tmp_path, "x")
    assert first
    assert holding.take(tmp_path, "x") is None
    first.share()
    second = holding.take(tmp_path, "x")
    assert second
    assert not second.alone
    first.close()
    second.close()
