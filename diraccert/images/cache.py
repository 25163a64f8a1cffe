"""The folder of this user in which locks, durations, logs and resolved packages outlive a command."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from diraccert.model.errors import InfrastructureError


class NoCache(InfrastructureError, OSError):
    """The folder cannot be made. An OSError too, for those to whom the cache is a convenience only."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path} cannot be made: {why}", "name another folder with DIRAC_CERT_CACHE")


def folder(*parts: str) -> Path:
    """``DIRAC_CERT_CACHE``, else ``dirac-cert`` in the user's cache folder; made when it is not there.

    Raises `NoCache` when that is not possible.
    """
    told = os.environ.get("DIRAC_CERT_CACHE")
    above = os.environ.get("XDG_CACHE_HOME")
    home = Path(told) if told else (Path(above) if above else Path.home() / ".cache") / "dirac-cert"
    path = home.joinpath(*parts)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NoCache(path, error.strerror or str(error)) from error
    return path


def keep(path: Path, text: str) -> None:
    """Write a file of the cache. Of two commands at once the last one wins, and the file is always whole."""
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    new = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
