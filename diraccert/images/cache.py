"""The folder of this user in which locks, durations, logs and resolved packages outlive a command."""

from __future__ import annotations

import os
from pathlib import Path


def folder(*parts: str) -> Path:
    """``DIRAC_CERT_CACHE``, else ``dirac-cert`` in the user's cache folder; made when it is not there."""
    told = os.environ.get("DIRAC_CERT_CACHE")
    above = os.environ.get("XDG_CACHE_HOME")
    home = Path(told) if told else (Path(above) if above else Path.home() / ".cache") / "dirac-cert"
    path = home.joinpath(*parts)
    path.mkdir(parents=True, exist_ok=True)
    return path
