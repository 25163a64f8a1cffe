"""The token of a scenario in one run: in every name that it makes, and in none of its signatures."""

from __future__ import annotations

import re
import secrets

TOKEN = re.compile(r"\b[a-z]{2,4}\d{2}[a-z]?-[0-9a-f]{4}\b")


def new(id_: str) -> str:
    """A token such as ``wms02a-3f2a`` of the scenario ``id_``."""
    return f"{id_.replace('-', '').lower()}-{secrets.token_hex(2)}"


def removed(text: str) -> str:
    """The text with ``<token>`` for every token, so that two runs that met one error have one signature."""
    return TOKEN.sub("<token>", text)
