"""What the tests of a module did, and what that means for the module."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from diraccert.certification.product import shorten
from diraccert.certification.upstream.scripts import Pass
from diraccert.model.errors import InfrastructureError

SHOWN = 12
PRODUCT = "DIRAC"
NO_TESTS = 5
"""pytest's exit code for a file in which it finds none."""


class FailedTests(AssertionError):
    """Tests of the product fail: outcome FAIL. ``names`` are the tests, ``got`` the first one's assertion,
    ``text`` the assertion lines of all."""

    def __init__(self, message: str, names: Sequence[str], got: str, text: str) -> None:
        super().__init__(message)
        self.names, self.got, self.text = tuple(names), got, text


class NothingRan(Exception):
    """Every test skips itself: outcome SKIP."""


@dataclass(frozen=True)
class OneTest:
    """One test's end: ``outcome`` passed, failed or skipped; ``text`` are the lines of its report that tell."""

    name: str
    outcome: str
    raised: str = ""
    text: str = ""


@dataclass(frozen=True)
class Unloadable:
    """A file that could not be imported: what was raised; which module was missing, and which file asked for it."""

    name: str
    raised: str
    missing: str = ""
    importer: str = ""

    @property
    def is_ours(self) -> bool:
        """Whether a test asks for a package that is not DIRAC's own, and that we did not bring along."""
        return bool(self.missing) and self.missing.split(".")[0] != PRODUCT and "/tests/" in self.importer


@dataclass(frozen=True)
class Done:
    """One pass that is over: its exit code, the end of its output, and what it told."""

    ran: Pass
    rc: int
    output: str
    tests: tuple[OneTest, ...] = ()
    unloadable: tuple[Unloadable, ...] = ()

    @property
    def counted(self) -> str:
        """``12 passed, 1 failed``."""
        outcomes = [each.outcome for each in self.tests]
        counts = [f"{outcomes.count(word)} {word}" for word in ("passed", "failed", "skipped") if word in outcomes]
        return ", ".join([*counts, *(f"{each.name} cannot be imported" for each in self.unloadable)]) or f"rc {self.rc}"


def of(ran: Pass, rc: int, output: str, told: str) -> Done:
    """What a pass told, a line of JSON each; a line that is torn is left out."""
    tests, unloadable = [], []
    for line in told.splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if "test" in entry and entry["outcome"] in ("passed", "failed", "skipped"):
            tests.append(OneTest(entry["test"], entry["outcome"], entry["raised"], entry["text"]))
        elif "unloadable" in entry:
            missing, importer = entry["missing"], entry["importer"]
            unloadable.append(Unloadable(entry["unloadable"], entry["raised"], missing, importer))
    return Done(ran, rc, output, tuple(tests), tuple(unloadable))


def judge(passes: Sequence[Done]) -> None:
    """Return when all is well; raise FailedTests, NothingRan, or InfrastructureError for a package that we lack."""
    for each in passes:
        for file in each.unloadable:
            if file.is_ours:
                raise InfrastructureError(
                    f"{each.ran.path} imports {file.missing}, which is not among the packages for upstream's tests",
                    "add it to fixtures/upstream/requirements.in",
                )
    failed = [(one.ran, test) for one in passes for test in _failures(one)]
    tests = [test for one in passes for test in one.tests]
    if failed:
        raise _failure(failed, max(len(tests), len(failed)))
    if tests and all(each.outcome == "skipped" for each in tests):
        why = "; ".join(dict.fromkeys(shorten(each.raised, 120) for each in tests))
        raise NothingRan(f"all its tests skip themselves: {why}")


def _failures(done: Done) -> list[OneTest]:
    failed = [each for each in done.tests if each.outcome == "failed"]
    failed += [OneTest(each.name, "failed", each.raised, each.raised) for each in done.unloadable]
    if failed or done.rc == 0 or (done.rc == NO_TESTS and done.tests):
        return failed
    said = [line for line in done.output.splitlines() if line.strip()][-8:]
    why = "there is no test in it" if done.rc == NO_TESTS else f"ends with exit code {done.rc}"
    return [OneTest(done.ran.path, "failed", f"{why}: {said[-1] if said else 'it says nothing'}", "\n".join(said))]


def _failure(failed: Sequence[tuple[Pass, OneTest]], count: int) -> FailedTests:
    names = [f"{_short(test.name)} (as {ran.group or 'the default group'})" for ran, test in failed]
    first = failed[0][1]
    others = (
        f"; also {', '.join(dict.fromkeys(_short(test.name) for _, test in failed[1:SHOWN]))}" if failed[1:] else ""
    )
    message = f"{len(failed)} of {count} tests fail: {_short(first.name)}: {shorten(first.raised, 180)}{others}"
    parts = [f"{name}\n{test.text or test.raised}" for name, (_, test) in zip(names, failed, strict=True)]
    more = [f"... and {len(parts) - SHOWN} more"] if len(parts) > SHOWN else []
    return FailedTests(message, names, first.text or first.raised, "\n\n".join([*parts[:SHOWN], *more]))


def _short(name: str) -> str:
    """``Core/Test_X.py::TestY::test_z`` and ``test_z (__main__.TestY)`` as ``TestY::test_z`` and ``test_z``."""
    return name.partition("::")[2] or name.partition(" (")[0]
