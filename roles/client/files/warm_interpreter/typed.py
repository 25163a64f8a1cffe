"""Typed JSON: what DIRAC's own JSON loses (integer keys, tuples, bytes, times) survives."""

from __future__ import annotations

import base64
import datetime

#: What JSON has no word for: type, name of its kind, and what stands for its value. A subclass goes before its base.
KINDS = (
    (tuple, "tuple", lambda value: [encode(each) for each in value]),
    ((set, frozenset), "set", lambda value: [encode(each) for each in value]),
    ((bytes, bytearray), "bytes", lambda value: base64.b64encode(bytes(value)).decode()),
    (datetime.datetime, "datetime", lambda value: value.isoformat()),
    (datetime.date, "date", lambda value: value.isoformat()),
    (datetime.timedelta, "timedelta", lambda value: value.total_seconds()),
    (object, "object", lambda value: [type(value).__name__, repr(value)[:2000]]),
)
#: Subclasses (DIRAC's own strings and numbers, enumerations) become what they are made of.
PLAIN = (bool, str, int, float)


def encode(value):
    """A value as JSON types. ``{"~": KIND, "v": ...}`` stands for what JSON has no word for."""
    if value is None:
        return None
    for plain in PLAIN:
        if isinstance(value, plain):
            return plain(value) if plain is not str else str.__str__(value)
    if isinstance(value, list):
        return [encode(each) for each in value]
    if isinstance(value, dict):
        if "~" not in value and all(isinstance(key, str) for key in value):
            return {str.__str__(key): encode(each) for key, each in value.items()}
        return {"~": "dict", "v": [[encode(key), encode(each)] for key, each in value.items()]}
    kind, stand_in = next((kind, stand_in) for types, kind, stand_in in KINDS if isinstance(value, types))
    return {"~": kind, "v": stand_in(value)}


DECODERS = {
    "dict": lambda pairs: {decode(key): decode(each) for key, each in pairs},
    "tuple": lambda items: tuple(decode(each) for each in items),
    "set": lambda items: {decode(each) for each in items},
    "bytes": base64.b64decode,
    "datetime": datetime.datetime.fromisoformat,
    "date": datetime.date.fromisoformat,
    "timedelta": lambda seconds: datetime.timedelta(seconds=seconds),
}


def decode(value):
    """The value that ``encode`` made this of; raises ValueError for a kind that a request may not hold."""
    if isinstance(value, list):
        return [decode(each) for each in value]
    if isinstance(value, dict):
        if "~" not in value:
            return {key: decode(each) for key, each in value.items()}
        if value["~"] not in DECODERS:
            raise ValueError(f"no value of kind {value['~']!r} can be sent")
        return DECODERS[value["~"]](value["v"])
    return value
