"""Modules of upstream's tests as pytest collects them, in a process of its own and by workers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from diraccert.certification.catalogue import base_arguments
from diraccert.certification.upstream import suite
from diraccert.certification.upstream.items import FILE
from diraccert.certification.upstream.scripts import Pass
from diraccert.certification.upstream.suite import Module
from diraccert.rooms import builtin


@pytest.mark.parametrize("spread", [[], ["-p", "xdist", "-n", "1", "--dist", "loadgroup"]])
def test_modules_are_collected_with_and_without_workers(spread: list[str], tmp_path: Path) -> None:
    """Without an instance each is an ERROR; what matters is that each was run, in the order that was asked for."""
    ids = ["UP-B-B", "UP-A-A"]
    modules = [Module(id_, "A/A", (Pass("A/Test_A.py", "server", "pytest"),), touches=("x",)) for id_ in ids]
    suite.write(modules, tmp_path / "upstream" / FILE)
    argv = [sys.executable, "-m", "pytest", *base_arguments([tmp_path / "upstream"]), *spread, "-rA"]
    environment = {"PYTHONPATH": str(builtin()), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [*argv, "--cert-ids", ",".join(reversed(ids))], env=environment, cwd=tmp_path, capture_output=True, text=True
    )
    told = [
        line.split("::")[1].split()[0].split("@")[0] for line in done.stdout.splitlines() if line.startswith("ERROR ")
    ]
    assert told == list(reversed(ids))
    assert "no instance is named" in done.stdout
