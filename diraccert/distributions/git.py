"""Runs git in a repository, so that neither our surroundings nor a person's settings decide what it does."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from diraccert.distributions import child
from diraccert.model.errors import BadInput, InfrastructureError

LIMIT = 120.0
"""Seconds after which git is ended."""


def must(where: Path, *arguments: str) -> str:
    """What git says there; raises `InfrastructureError` with its own words when it fails."""
    done = run(where, *arguments)
    if done.returncode != 0:
        said = " / ".join(done.stderr.strip().splitlines()[-2:])
        raise InfrastructureError(f"git {arguments[0]} failed in {where}: {said}", "look at that repository")
    return done.stdout


def run(where: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run git there; that it fails is a value. Raises `InfrastructureError` when there is none, or it does not end."""
    # Of a hook or an alias that called us, git would take another repository than the one that is named.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    # Looking must not write: without this `git status` refreshes the index of the checkout.
    environment |= {"GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C.UTF-8", "GIT_TERMINAL_PROMPT": "0"}
    try:
        return child.run(["git", *arguments], where, environment, LIMIT, errors="surrogateescape")
    except FileNotFoundError as problem:
        raise InfrastructureError("git is missing", "`ci/bootstrap` installs it") from problem
    except subprocess.TimeoutExpired as problem:
        raise InfrastructureError(f"git {arguments[0]} took longer than {LIMIT:g} s in {where}") from problem


def refuse_untrusted(path: Path, said: str) -> None:
    """Raise `BadInput` when git ``said`` that it does not trust ``path``, as another account owns it."""
    if "dubious ownership" in said:
        raise BadInput(
            f"git does not trust {path}, which belongs to another account",
            f"`git config --global --add safe.directory {path.resolve()}`",
        )
