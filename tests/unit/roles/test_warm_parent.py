"""The warm parent as a process: what it does when a module goes on although it was refused something."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from diraccert.rooms import builtin

PARENT = builtin() / "roles/warm_start/files/parent/parent.py"
STUBBORN = "import socket\ntry:\n    socket.socket().connect(('127.0.0.1', 9))\nexcept:\n    made = None\n"
IMPORTED = "warm start: "


@pytest.fixture
def parent(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """``parent(One=..., Two=...)``: a parent of a release that consists of these services, and of nothing else."""
    running: list[subprocess.Popen[str]] = []

    def start(**services: str) -> subprocess.Popen[str]:
        folder = tmp_path / "DIRAC/ASystem/Service"
        folder.mkdir(parents=True)
        for name, text in services.items():
            (folder / f"{name}Handler.py").write_text(text)
        system = tmp_path / "system.json"
        told = [{"system": "A", "component": name, "protocol": "dips"} for name in services]
        system.write_text(json.dumps({"services": told}))
        argv = [sys.executable, str(PARENT), "component", str(tmp_path / "socket"), str(system), " " * 200]
        environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
        process = subprocess.Popen(argv, env=environment, stdout=subprocess.PIPE, text=True)
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.communicate()


def said(process: subprocess.Popen[str]) -> list[str]:
    """What the parent says until it has imported all."""
    lines = []
    assert process.stdout
    for line in process.stdout:
        lines.append(line.removeprefix(IMPORTED).strip())
        if line.strip().endswith(" modules"):
            return lines
    raise AssertionError(f"the parent ended: {lines}")


def test_a_parent_begins_anew_without_what_went_on_and_shares_the_rest(parent) -> None:
    process = parent(One="x = 1", Stubborn=STUBBORN, Uses="import DIRAC.ASystem.Service.StubbornHandler", Two="x = 2")
    lines = said(process)
    left = [line for line in lines if "goes on after a refusal" in line]
    assert left == [
        f"left to components: DIRAC.ASystem.Service.{name}Handler: goes on after a refusal"
        for name in ("Stubborn", "Uses")
    ]
    assert not [line for line in lines if "OneHandler" in line or "TwoHandler" in line]
    assert process.poll() is None


def test_a_parent_that_is_refused_nothing_leaves_nothing_of_the_release(parent) -> None:
    assert not [line for line in said(parent(One="x = 1")) if "ASystem" in line]
