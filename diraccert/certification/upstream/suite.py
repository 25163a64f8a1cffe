"""The modules of upstream's integration tests as a checkout has them: what each is, needs, and may not run beside."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml

from diraccert.certification.upstream import scripts
from diraccert.certification.upstream.scripts import Pass
from diraccert.model.manifest import Noted
from diraccert.model.run import NotSelected
from diraccert.model.scenario import UPSTREAM, ScenarioMeta

FIXTURES = Path("fixtures") / "upstream"
TESTS = Path("tests") / "Integration"
OWNER = "upstream"


@dataclass(frozen=True)
class Module:
    """One test file of upstream's: ``id`` is UP-FOLDER-NAME, ``key`` FOLDER/NAME, NAME the file's without Test_.

    ``touches`` are what modules may not change at the same time; ``alone``: nothing else may run beside it.
    ``limit`` and ``about`` are seconds, of all passes together.
    """

    id: str
    key: str
    passes: tuple[Pass, ...]
    needs: tuple[str, ...] = ()
    touches: tuple[str, ...] = ()
    alone: bool = False
    limit: float = 180.0
    about: float = 15.0

    @property
    def meta(self) -> ScenarioMeta:
        """How it is announced, selected and reported."""
        hosts = " and ".join(dict.fromkeys(each.host for each in self.passes))
        return ScenarioMeta(
            id=self.id, title=f"upstream's tests of {self.key} on the {hosts}", area=UPSTREAM, owner=OWNER,
            replaces=f"{TESTS}/{self.passes[0].path}", needs=self.needs, suites=(UPSTREAM,), limit=self.limit,
            about=self.about, exclusive=self.alone,
        )  # fmt: skip


@dataclass(frozen=True)
class Suite:
    """What a checkout has. ``top`` is its folder, ``modules`` are in upstream's order, ``left_out`` is what upstream
    itself does not run; ``stale`` says why a module, by id, does not fit its own release."""

    top: Path
    modules: tuple[Module, ...] = ()
    left_out: tuple[NotSelected, ...] = ()
    stale: Mapping[str, str] = field(default_factory=dict)

    @property
    def metas(self) -> list[ScenarioMeta]:
        """All modules as scenarios."""
        return [each.meta for each in self.modules]


def identity(path: str) -> tuple[str, str]:
    """The id and the key of a test file, ``path`` below tests/Integration."""
    folder, _, name = path.rpartition("/")
    plain = name.rpartition(".")[0].removeprefix("Test_")
    return f"UP-{folder.replace('/', '.')}-{plain}", f"{folder}/{plain}"


def read(top: Path, told: Sequence[Mapping[str, Any]], stale: Sequence[Noted] = ()) -> Suite:
    """The suite of the checkout at ``top``; ``told`` is what fixtures/upstream/modules.yml says of modules, ``stale``
    what the manifest says of this release's."""
    found: dict[str, Module] = {}
    for host, script in scripts.SCRIPTS.items():
        text = (top / TESTS / script).read_text(encoding="utf-8", errors="replace")
        for each in scripts.read(host, text):
            id_, key = identity(each.path)
            known = found.get(id_) or _with(Module(id_, key, (), touches=(key.rpartition("/")[0],)), told)
            found[id_] = replace(known, passes=(*known.passes, each))
    return Suite(top, tuple(found.values()), _left_out(top, found), {each.what: each.reason for each in stale})


def has_tests(top: Path) -> bool:
    """Whether a checkout has the scripts that say what is run."""
    return all((top / TESTS / script).is_file() for script in scripts.SCRIPTS.values())


def facts(rooms: Sequence[Path]) -> list[dict[str, Any]]:
    """What modules.yml says, the general before the special, those of later rooms before those of the first."""
    told = []
    for room in reversed(rooms):
        path = room / FIXTURES / "modules.yml"
        if path.is_file():
            entries = yaml.safe_load(path.read_text(encoding="utf-8"))
            told += sorted(entries, key=lambda entry: len(entry["module"]))
    return told


def groups(modules: Sequence[Module]) -> dict[str, str]:
    """A name for each module, by id, that is the same for modules which (also by a third one) touch the same."""
    found = {each.id: each.id for each in modules}
    owner: dict[str, str] = {}
    for each in modules:
        for touched in each.touches:
            other = found[owner.setdefault(touched, each.id)]
            mine = found[each.id]
            found = {id_: other if name == mine else name for id_, name in found.items()}
    return found


def write(modules: Sequence[Module], path: Path) -> None:
    """Keep modules for the processes that run them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([asdict(each) for each in modules], indent=1), encoding="utf-8")


def load(path: Path) -> list[Module]:
    """The modules in a file that `write` wrote."""
    return [_loaded(each) for each in json.loads(path.read_text(encoding="utf-8"))]


def _loaded(told: dict[str, Any]) -> Module:
    passes = tuple(
        Pass(**{**each, "arguments": tuple(each["arguments"]), "before": tuple(each["before"])})
        for each in told["passes"]
    )
    return Module(**{**told, "passes": passes, "needs": tuple(told["needs"]), "touches": tuple(told["touches"])})


def _with(module: Module, told: Sequence[Mapping[str, Any]]) -> Module:
    """The module with all that is told of it; what comes later counts more."""
    for entry in told:
        if fnmatchcase(module.key, entry["module"]):
            values: dict[str, Any] = {
                key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()
            }
            del values["module"]
            module = replace(module, **values)
    return module


def _left_out(top: Path, run: Mapping[str, Module]) -> tuple[NotSelected, ...]:
    found = []
    for path in sorted((top / TESTS).rglob("Test_*")):
        if path.suffix not in (".py", ".sh"):
            continue
        id_, key = identity(path.relative_to(top / TESTS).as_posix())
        if id_ not in run:
            why = "upstream's own scripts do not run it"
            found.append(NotSelected(id=id_, title=f"upstream's tests of {key}", why=why))
    return tuple(found)
