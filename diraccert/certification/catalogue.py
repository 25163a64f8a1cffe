"""All scenarios of the rooms, as pytest collects them."""

from __future__ import annotations

import contextlib
import io
import os
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from diraccert.certification.collecting import declared_in
from diraccert.certification.loggate import GATE
from diraccert.model.errors import CertError
from diraccert.model.scenario import ScenarioMeta

#: Files are called like the card they replace, with a number: wms/wms_01_hello_world.py.
PYTHON_FILES = "*_[0-9][0-9]*.py test_*.py"
PLUGIN = "diraccert.certification.plugin"
NO_AUTOLOAD = "PYTEST_DISABLE_PLUGIN_AUTOLOAD"
#: How pytest's output marks what is wrong: the file, a usage error, a line of an exception.
MISTAKE = re.compile(r"^(?:_+ ERROR collecting (?=\S+ _+$)|ERROR: |E {2,})")


def folders(rooms: Sequence[Path]) -> list[Path]:
    """The folders of scenarios in the rooms that have one."""
    return [room / "scenarios" for room in rooms if (room / "scenarios").is_dir()]


def base_arguments(paths: Sequence[Path]) -> list[str]:
    """What pytest is told in every process of a run: nothing of the surroundings' configuration, our plugin only."""
    return [
        "-c", os.devnull, "--rootdir", str(paths[0]), "-o", f"python_files={PYTHON_FILES}", "--import-mode=importlib",
        "-p", PLUGIN, "-p", "no:cacheprovider", "-p", "no:doctest", "--strict-markers", "--tb=short", *map(str, paths),
    ]  # fmt: skip


class Collector:
    """Keeps what pytest collected."""

    def __init__(self) -> None:
        self.found: list[ScenarioMeta] = []
        self.interrupted = False

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """pytest keeps a Ctrl-C to itself, and answers the code of errors, which are interrupts of its own kind."""
        self.interrupted = excinfo.type is KeyboardInterrupt

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """After the plugin has looked at every declaration."""
        self.found = [each.meta for each in declared_in(session.items)]


def read(rooms: Sequence[Path]) -> list[ScenarioMeta]:
    """The metadata of every scenario, with that of the log gate; raises CertError when one is declared wrongly."""
    paths = folders(rooms)
    if not paths:
        return [GATE]
    collector, said = Collector(), io.StringIO()
    with alone(paths), contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        code = pytest.main([*base_arguments(paths), "--collect-only", "-q"], plugins=[collector])
    if collector.interrupted:
        raise KeyboardInterrupt
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        lines = [line for line in said.getvalue().splitlines() if line.strip()]
        telling = [MISTAKE.sub("", line).rstrip(" _") for line in lines if MISTAKE.match(line)] or lines[-3:]
        raise CertError("the scenarios cannot be collected: " + "; ".join(telling[-5:]))
    return [*collector.found, GATE]


@contextlib.contextmanager
def alone(paths: Sequence[Path]) -> Iterator[None]:
    """Plugins that happen to be installed are not loaded, as they cost time and change what runs; and the modules of
    scenarios are forgotten afterwards, as those of other rooms may have the same names."""
    before, modules = os.environ.get(NO_AUTOLOAD), set(sys.modules)
    os.environ[NO_AUTOLOAD] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[NO_AUTOLOAD]
        else:
            os.environ[NO_AUTOLOAD] = before
        for name in set(sys.modules) - modules:
            file = getattr(sys.modules[name], "__file__", None)
            if file and any(path in Path(file).parents for path in paths):
                del sys.modules[name]
