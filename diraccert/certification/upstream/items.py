"""Modules of upstream's tests as items of pytest, run like scenarios: one file names them, an item runs each."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from diraccert.certification.scenario import Declaration
from diraccert.certification.slot import slot_of
from diraccert.certification.upstream import outcome, running, suite
from diraccert.certification.upstream.outcome import Done
from diraccert.certification.upstream.suite import Module

FILE = "upstream-modules.json"


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """The file that the run wrote for this process."""
    return UpstreamFile.from_parent(parent, path=file_path) if file_path.name == FILE else None


class UpstreamFile(pytest.File):
    """The modules that a run selected."""

    def collect(self) -> Iterable[pytest.Item]:
        """An item for each; those that touch the same carry the mark that keeps them on one worker."""
        modules = suite.load(self.path)
        groups = suite.groups(modules)
        for each in modules:
            item = UpstreamItem.from_parent(self, name=each.id, module=each)
            item.add_marker(pytest.mark.scenario(Declaration(each.meta)))
            item.add_marker(pytest.mark.xdist_group(groups[each.id]))
            yield item


class UpstreamItem(pytest.Item):
    """One module: all its passes, one after the other, and what they mean together."""

    def __init__(self, *, module: Module, **named: Any) -> None:
        super().__init__(**named)
        self.module = module
        self.funcargs: dict[str, Any] = {}

    def setup(self) -> None:
        """Find the instance, which is also where a failure looks for logs."""
        self.funcargs["instance"] = slot_of(self.config).instance

    def runtest(self) -> None:
        """Every pass runs, whatever those before it did."""
        from diraccert.certification.fixtures import RECORDER

        instance, recorder = self.funcargs["instance"], self.stash[RECORDER]
        done: list[Done] = []
        for number, each in enumerate(self.module.passes):
            for what in each.before:
                with recorder.step(what):
                    running.before(instance, what)
            whose = each.group or "the default group"
            with recorder.step(f"{each.program} {each.path} on {each.host} as {whose}") as note:
                done.append(running.run(instance, each, f"{self.module.id}-{number + 1}", self.module.limit))
                note.detail, note.ok = done[-1].counted, done[-1].rc == 0
        outcome.judge(done)
