"""The installed wheel certifies, outside any checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import uv

from diraccert.rooms import builtin

pytestmark = [
    pytest.mark.docker,
    pytest.mark.instance,
    pytest.mark.network,
    pytest.mark.xdist_group("instance"),
]


def run(*argv: str | Path, cwd: Path, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(argv, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{argv}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
    return done


def test_the_installed_wheel_certifies_outside_any_checkout(tmp_path: Path) -> None:
    checkout, place = builtin(), tmp_path / "elsewhere"
    place.mkdir()
    run(
        uv.find_uv_bin(),
        "build",
        "-q",
        "--wheel",
        "--no-build-isolation",
        "--python",
        sys.executable,
        "-o",
        tmp_path,
        checkout,
        cwd=tmp_path,
    )
    (wheel,) = tmp_path.glob("*.whl")
    python = tmp_path / "venv/bin/python"
    run(uv.find_uv_bin(), "venv", "-q", "--python", sys.executable, tmp_path / "venv", cwd=tmp_path)
    locked = checkout / "requirements/run.txt"
    run(uv.find_uv_bin(), "pip", "sync", "-q", "--require-hashes", "--python", python, locked, cwd=tmp_path)
    run(uv.find_uv_bin(), "pip", "install", "-q", "--no-deps", "--python", python, wheel, cwd=tmp_path)
    env = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    program, report = tmp_path / "venv/bin/dirac-cert", place / "run"
    wanted = ("--select", "DMS-01,AAI-01", "--report-dir", report)
    done = run(program, "certify", "8.0.86", *wanted, cwd=place, env=env)
    # the rooms in the wheel have the same digests as those of the checkout: its images are used as they are
    assert "image system" not in done.stdout + done.stderr
    record = json.loads((place / "run/run.json").read_text())
    assert record["verdict"] == "yes"
    assert {each["id"] for each in record["scenarios"] if each["outcome"] == "PASS"} >= {"DMS-01", "AAI-01"}
    assert (place / "run/report.html").is_file()
