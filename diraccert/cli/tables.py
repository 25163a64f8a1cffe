"""Tables that a person reads and a pipe takes: what somebody copies or greps is never cut short."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.table import Table

WIDE = 240
"""Columns where there is no terminal that could have fewer."""


def printer() -> Console:
    """Prints to stdout, as wide as the terminal."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)


def table(name: str, *others: str) -> Table:
    """A table of named things; on a narrow terminal the other columns give way, and then names take several lines."""
    made = Table(box=None, pad_edge=False)
    made.add_column(name, overflow="fold")
    for other in others:
        made.add_column(other)
    return made
