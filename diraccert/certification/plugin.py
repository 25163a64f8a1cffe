"""The pytest plugin: scenarios are collected with their metadata, run under their limit, and told as events.

Loaded in every process of a run: in workers it runs scenarios and tells what happens in them, in the controller it
writes how they ended (also for a worker that died).
"""

from __future__ import annotations

from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from diraccert.certification import stretch
from diraccert.certification.collecting import Declared, declared_in, in_order
from diraccert.certification.evidence import compared
from diraccert.certification.fixtures import *  # noqa: F403 - pytest finds the fixtures of a plugin among its names
from diraccert.certification.fixtures import RECORDER, TOKEN
from diraccert.certification.leash import hold
from diraccert.certification.limits import limited
from diraccert.certification.scenario import MARK
from diraccert.certification.slot import SLOT, Slot
from diraccert.certification.upstream.items import pytest_collect_file  # noqa: F401 - a hook, found by its name
from diraccert.certification.watch import Watch
from diraccert.model.outcomes import Outcome
from diraccert.results import event_file
from diraccert.results.events import Event, Finished, Started, StepDone

WATCH = pytest.StashKey[Watch]()
CURRENT = pytest.StashKey[Watch]()
DECLARED = pytest.StashKey[Declared]()
RESULT = "scenario_result"
TEARDOWN_LIMIT = 30.0


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options with which ``dirac-cert certify`` starts pytest; a person needs --cert-instance only."""
    group = parser.getgroup("cert", "certification of DIRAC")
    group.addoption("--cert-instance", default="", help="name of the instance to certify (dirac-cert status)")
    group.addoption("--cert-run-dir", default="", help="folder of the run: events are written there")
    group.addoption("--cert-run-id", default="by-hand", help="keeps the sessions of runs apart")
    group.addoption("--cert-leash", type=int, default=-1, help="descriptor at whose end all of the run is killed")
    group.addoption("--cert-ids", default="", help="ids to run, in this order, separated by commas; all when empty")


def pytest_configure(config: pytest.Config) -> None:
    """Register the mark and what this process keeps."""
    config.addinivalue_line("markers", f"{MARK}(declaration): a certification scenario, as @scenario declares it")
    # pytest-xdist's own, which is not there when one process runs all
    config.addinivalue_line("markers", "xdist_group(name): what stays on one worker")
    config.stash[SLOT] = Slot(config.getoption("--cert-instance"), config.getoption("--cert-run-id"))


def pytest_unconfigure(config: pytest.Config) -> None:
    """Hang up."""
    if SLOT in config.stash:
        config.stash[SLOT].close()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Take the scenarios that are asked for, in the order that is asked for; a wrong declaration ends it all."""
    found = declared_in(items)
    for each in found:
        each.item.stash[DECLARED] = each
    wanted = [word for word in config.getoption("--cert-ids").split(",") if word]
    kept = in_order(found, wanted) if wanted else found
    chosen = [each.item for each in kept]
    config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
    items[:] = chosen


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Open the record of a scenario before anything of it runs."""
    config = item.config
    worker = str(getattr(config, "workerinput", {}).get("workerid", "main"))
    watch = Watch(item.stash[DECLARED].meta, worker, lambda event: tell(config, event))
    item.stash[WATCH], item.stash[RECORDER], item.stash[TOKEN] = watch, watch.recorder, watch.token
    config.stash[CURRENT] = watch
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, None, None]:
    """Arranging counts for the limit."""
    yield from _under_limit(item)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """What is left of the limit after arranging."""
    yield from _under_limit(item)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Generator[None, None, None]:
    """Cleaning up has its own limit, as the scenario's may be used up."""
    limit = stretch.seconds(TEARDOWN_LIMIT)
    with limited(limit, f"took longer than {limit:g} s"):
        yield


def _under_limit(item: pytest.Item) -> Generator[None, None, None]:
    watch = item.stash[WATCH]
    limit = stretch.seconds(watch.meta.limit)
    with limited(max(0.1, limit - watch.elapsed), f"took longer than its limit of {limit:g} s"):
        yield


def pytest_assertrepr_compare(config: pytest.Config, op: str, left: object, right: object) -> None:
    """Keep the two sides of a comparison that does not hold; pytest words it as always."""
    if CURRENT in config.stash:
        config.stash[CURRENT].comparison = compared(op, left, right)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Judge each phase in the process that ran it, where the exception and the instance are at hand."""
    report = yield
    watch = item.stash[WATCH]
    if call.excinfo is not None:
        watch.failed(call.excinfo.value, item, call.when)
    if call.when == "teardown":
        setattr(report, RESULT, watch.finished().model_dump_json())
    return report


class Controller:
    """Writes how scenarios ended; only in the process that every report reaches."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def pytest_runtest_logreport(self, report: Any) -> None:
        """A report with a result is a scenario's end; one without a phase is xdist's word that a worker died."""
        if hasattr(report, RESULT):
            event_file.append(self.folder, Finished.model_validate_json(getattr(report, RESULT)))
        elif report.when == "???":
            self._died(str(report.node.gateway.id))

    def _died(self, worker: str) -> None:
        events = event_file.read(self.folder)
        ended = {event.id for event in events if isinstance(event, Finished)}
        mine = [each for each in events if isinstance(each, Started) and each.worker == worker and each.id not in ended]
        for started in mine:
            steps = [event.step.what for event in events if isinstance(event, StepDone) and event.id == started.id]
            after = f", after the step: {steps[-1]}" if steps else ""
            now = datetime.now(UTC)
            event_file.append(self.folder, Finished(
                time=now, id=started.id, outcome=Outcome.ERROR, reason=f"worker {worker} died while it ran{after}",
                seconds=round((now - started.time).total_seconds(), 3),
            ))  # fmt: skip


def pytest_sessionstart(session: pytest.Session) -> None:
    """The controller, or the only process, writes the ends, and holds the leash."""
    config = session.config
    if hasattr(config, "workerinput"):
        return
    if folder := config.getoption("--cert-run-dir"):
        config.pluginmanager.register(Controller(Path(folder)), "cert-controller")
    if (leash := config.getoption("--cert-leash")) >= 0:
        hold(leash)


def tell(config: pytest.Config, event: Event) -> None:
    """Append an event of this process to the run's."""
    folder = config.getoption("--cert-run-dir")
    if folder:
        event_file.append(Path(folder), event)
