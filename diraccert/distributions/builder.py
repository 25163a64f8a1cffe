"""Builds wheels: ``uv build``."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import uv

from diraccert.distributions import child
from diraccert.model.errors import InfrastructureError

LIMIT = 600.0
"""Seconds that a build may take; DIRAC's takes four, one that compiles takes minutes."""


@dataclass(frozen=True)
class Built:
    """How a build ended: its exit code and what it said."""

    rc: int
    messages: str


class Builder(Protocol):
    """Makes a wheel of a folder."""

    def build(self, folder: Path, out: Path) -> Built:
        """Put the wheel into ``out``. A build that fails is a value; raises `InfrastructureError` when none ran."""


class UvBuilder:
    """The builder of the ``uv`` package, in an environment of its own for each build."""

    def __init__(self, limit: float = LIMIT) -> None:
        self.limit = limit

    def build(self, folder: Path, out: Path) -> Built:
        """See Builder."""
        argv = [uv.find_uv_bin(), "build", "--wheel", "--python", sys.executable, "--no-create-gitignore"]
        try:
            quietly = ["--color", "never", "--no-progress", "--out-dir", str(out), str(folder)]
            done = child.run([*argv, *quietly], folder, _environment(), self.limit)
        except OSError as problem:
            raise InfrastructureError(f"uv cannot run: {problem}", "reinstall dirac-certification") from problem
        except subprocess.TimeoutExpired as problem:
            raise InfrastructureError(
                f"building {folder.name} took longer than {self.limit:.0f} s", "build a wheel by hand, and give that"
            ) from problem
        return Built(done.returncode, done.stderr or done.stdout)


def _environment() -> dict[str, str]:
    """No version by decree, and no environment that happens to be active."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in {"VIRTUAL_ENV", "CONDA_PREFIX"} and not name.startswith(("SETUPTOOLS_SCM_", "GIT_"))
    }
    return {"UV_HTTP_TIMEOUT": "30", "UV_PYTHON_DOWNLOADS": "never", **kept}
