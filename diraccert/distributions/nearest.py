"""What somebody may have meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def hint(given: str, known: Iterable[str]) -> str:
    """``"; did you mean 'resolve_before'?"``, or the known names when none is near."""
    names = sorted(known)
    near = difflib.get_close_matches(given, names, n=1, cutoff=0.6)
    if near:
        return f"; did you mean {near[0]!r}?"
    return f"; known: {', '.join(names)}" if names else ""
