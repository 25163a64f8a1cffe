"""Typed JSON as roles/client/files/warm.py speaks it: values that plain JSON would change come through unchanged.

``{"~": KIND, "v": ...}`` stands for what JSON has no word for: dictionaries with other keys than text, tuples,
sets, bytes, times. That file is copied alone into a container, so it has its own copy of these few lines; a test
holds the two against each other.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

TAG = "~"


@dataclass(frozen=True)
class Opaque:
    """An object that cannot travel: the name of its type and what ``repr`` says of it."""

    kind: str
    text: str

    def __repr__(self) -> str:
        return self.text


def encode(value: Any) -> Any:
    """``value`` in JSON's own types; raises TypeError for an object that cannot be sent."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list):
        return [encode(each) for each in value]
    if isinstance(value, Mapping):
        if TAG not in value and all(isinstance(key, str) for key in value):
            return {key: encode(each) for key, each in value.items()}
        return {TAG: "dict", "v": [[encode(key), encode(each)] for key, each in value.items()]}
    if isinstance(value, tuple):
        return {TAG: "tuple", "v": [encode(each) for each in value]}
    if isinstance(value, set | frozenset):
        return {TAG: "set", "v": [encode(each) for each in value]}
    if isinstance(value, bytes | bytearray):
        return {TAG: "bytes", "v": base64.b64encode(value).decode()}
    if isinstance(value, datetime):
        return {TAG: "datetime", "v": value.isoformat()}
    if isinstance(value, date):
        return {TAG: "date", "v": value.isoformat()}
    if isinstance(value, timedelta):
        return {TAG: "timedelta", "v": value.total_seconds()}
    raise TypeError(f"a {type(value).__name__} cannot be sent to DIRAC: {value!r}")


DECODERS: dict[str, Callable[[Any], Any]] = {
    "dict": lambda pairs: {decode(key): decode(each) for key, each in pairs},
    "tuple": lambda items: tuple(decode(each) for each in items),
    "set": lambda items: {decode(each) for each in items},
    "bytes": base64.b64decode,
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "timedelta": lambda seconds: timedelta(seconds=seconds),
    "object": lambda named: Opaque(*named),
}


def decode(value: Any) -> Any:
    """The value that ``encode``, here or there, made this of."""
    if isinstance(value, list):
        return [decode(each) for each in value]
    if isinstance(value, dict):
        if TAG not in value:
            return {key: decode(each) for key, each in value.items()}
        return DECODERS[value[TAG]](value["v"])
    return value
