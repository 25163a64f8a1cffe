"""What upstream's tests import beside DIRAC: a folder of locked packages, made on this machine and kept."""

from __future__ import annotations

import hashlib
import os
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import uv

from diraccert.certification.upstream.suite import FIXTURES
from diraccert.distributions import child
from diraccert.distributions.compiler import PLATFORM
from diraccert.model.errors import InfrastructureError

LIMIT = 120.0


def folder(rooms: Sequence[Path], python: str, cache: Path) -> Path:
    """A folder for the end of sys.path, for the ``python`` (such as 3.11) of the images.

    Nothing of it is installed where DIRAC is, and no image holds it: what is certified stays what it was. Raises
    InfrastructureError when it is not there and cannot be had.
    """
    lock = next(path for room in rooms if (path := room / FIXTURES / "requirements.txt").is_file())
    made = cache / hashlib.sha256(f"{python} {PLATFORM} ".encode() + lock.read_bytes()).hexdigest()[:32]
    if made.is_dir():
        return made
    with tempfile.TemporaryDirectory(prefix=".making-", dir=cache) as temporary:
        new = Path(temporary) / "packages"
        argv = [
            uv.find_uv_bin(), "pip", "install", "-q", "--no-deps", "--require-hashes",
            "--only-binary", ":all:", "--python-version", python, "--python-platform", PLATFORM,
            "--target", str(new), "-r", str(lock),
        ]  # fmt: skip
        environment = {"UV_PYTHON_DOWNLOADS": "never", "UV_NO_PROGRESS": "1", **os.environ}
        environment.pop("VIRTUAL_ENV", None)
        try:
            done = child.run(argv, temporary, environment, LIMIT)
        except subprocess.TimeoutExpired as problem:
            raise InfrastructureError(
                "the packages for upstream's tests did not come", "look at the index"
            ) from problem
        if done.returncode != 0:
            said = " ".join(done.stderr.split())[-300:]
            raise InfrastructureError(f"the packages for upstream's tests cannot be had: {said}", "look at the index")
        if not made.is_dir():
            new.rename(made)
    return made
