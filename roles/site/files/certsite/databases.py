"""All schemas of the release as one script for the database server."""

from __future__ import annotations

import re
from typing import Any

from . import release


def script(site: dict[str, Any]) -> str:
    """SQL that makes every database of the release with its tables and lets the site's account in.

    ``source`` lines and comments are left out, as the script is fed to a client that has no such files.
    """
    parts = []
    for name, path in sorted(release.schemas().items()):
        if name in site["databases_left_out"]:
            continue
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        kept = [line for line in lines if not re.match(r"\s*(source\b|--)", line, re.IGNORECASE)]
        parts.append(f"CREATE DATABASE IF NOT EXISTS `{name}`;\nUSE `{name}`;\n" + "\n".join(kept) + "\n;")
    return "\n".join(parts) + "\n"


def expected(site: dict[str, Any]) -> dict[str, list[str]]:
    """The tables that each database has after a fresh installation, by name."""
    return {
        name: sorted(set(release.tables(path)))
        for name, path in sorted(release.schemas().items())
        if name not in site["databases_left_out"]
    }
