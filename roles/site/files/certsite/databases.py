"""All schemas of the release as one script for the database server."""

from __future__ import annotations

import re
from typing import Any

from . import release


def script(site: dict[str, Any]) -> str:
    """SQL that makes every database of the release with its tables and lets the site's account in.

    ``source`` lines and comments are left out, as the script is fed to a client that has no such files. A database
    without a schema is empty: its service makes the tables.
    """
    parts, schemas = [], release.schemas()
    for name in sorted(release.databases()):
        if name in site["databases_left_out"]:
            continue
        text = schemas[name].read_text(encoding="utf-8", errors="replace") if name in schemas else ""
        kept = [line for line in text.splitlines() if not re.match(r"\s*(source\b|--)", line, re.IGNORECASE)]
        parts.append(f"CREATE DATABASE IF NOT EXISTS `{name}`;\nUSE `{name}`;\n" + "\n".join(kept) + "\n;")
    return "\n".join(parts) + "\n"


def expected(site: dict[str, Any]) -> dict[str, list[str]]:
    """The tables that the .sql file of each database makes, by name; none for one without."""
    schemas = release.schemas()
    return {
        name: sorted(set(release.tables(schemas[name]))) if name in schemas else []
        for name in sorted(release.databases())
        if name not in site["databases_left_out"]
    }
