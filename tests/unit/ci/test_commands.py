"""The README's two commands and the CI's: what they pass on, and how they end."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer

from diraccert.cli.certify import add_to
from tests.unit.ci.machine import Machine

PRINT = '#!/bin/sh\nprintf "<%s>" "$@"\n'


@pytest.fixture
def ready(machine: Machine) -> Machine:
    """A machine whose bootstrap only says what it was called with, on stderr."""
    machine.file("ci/bootstrap", '#!/bin/sh\necho "$*" >&2\n')
    machine.file(".venv/bin/dirac-cert", PRINT)
    machine.file(".venv/bin/tox", PRINT)
    return machine


@pytest.mark.parametrize(
    ("given", "passed"),
    [
        ("", "<certify><8.0.86><--suite><smoke>"),
        ("8.0.38", "<certify><--suite><smoke><8.0.38>"),
        ("8.0.38 --suite full", "<certify><8.0.38><--suite><full>"),
        ("--suite full 8.0.38", "<certify><--suite><full><8.0.38>"),
        ("--suite=full", "<certify><8.0.86><--suite=full>"),
        ("--workers 4", "<certify><8.0.86><--suite><smoke><--workers><4>"),
        ("--workers=4 8.0.1", "<certify><--suite><smoke><--workers=4><8.0.1>"),
        ("--random-order 7", "<certify><8.0.86><--suite><smoke><--random-order><7>"),
        ("--select WMS-01", "<certify><8.0.86><--select><WMS-01>"),
        ("--keep --json", "<certify><8.0.86><--suite><smoke><--keep><--json>"),
        ("--rerun reports/runs/x --only FAIL", "<certify><--rerun><reports/runs/x><--only><FAIL>"),
        ("--source ../DIRAC", "<certify><--suite><smoke><--source><../DIRAC>"),
        ("8.0.86 --source=../Pilot", "<certify><--suite><smoke><8.0.86><--source=../Pilot>"),
        ("--help", "<certify><--help>"),
    ],
)
def test_certify_fills_in_what_is_not_chosen(ready: Machine, given: str, passed: str) -> None:
    done = ready.run("ci/certify", *given.split())
    assert (done.returncode, done.stdout, done.stderr) == (0, passed, "--quiet\n")


def test_certify_knows_each_option_that_takes_a_value() -> None:
    app = typer.Typer()
    add_to(app)
    options = [each for each in typer.main.get_command(app).params if each.param_type_name == "option"]
    valued = {name for each in options if not getattr(each, "is_flag", False) for name in each.opts}
    script = (Path(__file__).resolve().parents[3] / "ci/certify").read_text()
    known = re.search(r'^VALUED="(.*)"$', script, re.MULTILINE)
    assert known is not None
    assert set(known[1].split()) == valued


def test_options_of_the_set_up_go_to_bootstrap(ready: Machine) -> None:
    certified = ready.run("ci/certify", "--yes", "8.0.1", "--no-bootstrap")
    assert certified.stderr == "--quiet --yes --no-bootstrap\n"
    assert certified.stdout == "<certify><--suite><smoke><8.0.1>"
    tested = ready.run("ci/test", "--yes", "-e", "unit")
    assert (tested.stdout, tested.stderr) == ("<-e><unit>", "--quiet --dev --yes\n")


@pytest.mark.parametrize("command", ["ci/certify", "ci/test"])
def test_a_failed_set_up_ends_the_command_with_its_exit_code(ready: Machine, command: str) -> None:
    ready.file("ci/bootstrap", "#!/bin/sh\nexit 64\n")
    done = ready.run(command)
    assert (done.returncode, done.stdout) == (64, "")


def test_the_daemon_of_a_context_reaches_the_command(ready: Machine) -> None:
    ready.command("docker", "echo unix:///of/the/context.sock")
    ready.env["DOCKER_CONTEXT"] = "colima"
    ready.file(".venv/bin/dirac-cert", '#!/bin/sh\necho "$DOCKER_HOST"\n')
    assert ready.run("ci/certify").stdout == "unix:///of/the/context.sock\n"
    ready.env["DOCKER_HOST"] = "tcp://elsewhere:2375"
    assert ready.run("ci/certify").stdout == "tcp://elsewhere:2375\n"


TESTED = """#!/bin/sh
echo "============ 131 passed in 9.04s ============"
echo "== 1 failed, 17 passed, 2 deselected in 301.20s (0:05:01) =="
echo "  lint: OK (3.20=setup[0.11]+cmd[3.09] seconds)"
exit $TEST_CODE
"""


@pytest.mark.parametrize(("test", "certify", "expected"), [(0, 0, 0), (1, 0, 1), (0, 2, 1)])
def test_ci_run_ends_with_the_closing_lines(ready: Machine, test: int, certify: int, expected: int) -> None:
    ready.env |= {"TEST_CODE": str(test), "CERTIFY_CODE": str(certify)}
    ready.file("ci/test", TESTED)
    ready.file("ci/certify", '#!/bin/sh\necho "8.0.86: 14 PASS"\necho "report: somewhere"\nexit $CERTIFY_CODE\n')
    done = ready.run(".ci/run")
    assert done.returncode == expected
    assert re.sub(r"after \d+ s", "after 0 s", done.stdout.split("\n\n")[1]).splitlines() == [
        f"./ci/test --yes: exit {test} after 0 s",
        "131 passed in 9.04s",
        "1 failed, 17 passed, 2 deselected in 301.20s (0:05:01)",
        "  lint: OK (3.20=setup[0.11]+cmd[3.09] seconds)",
        f"./ci/certify --yes: exit {certify} after 0 s",
        "8.0.86: 14 PASS",
        "report: somewhere",
    ]
