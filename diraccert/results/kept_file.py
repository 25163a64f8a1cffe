"""The YAML files that people keep beside the scenarios: findings, baselines, expected outcomes; read as one model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from diraccert.distributions.located import At, Problems, load
from diraccert.model.errors import BadInput

Kept = TypeVar("Kept", bound=BaseModel)


def read(path: Path, model: type[Kept], way_out: str, **given: Any) -> Kept:
    """What the file says, with ``given`` for what it does not say.

    Raises BadInput that names the line and the key: of a file that is none, is no YAML, or is not of the model.
    """
    problems = Problems(path)
    top = load(path, problems, way_out)
    problems.stop(way_out)
    try:
        return model.model_validate({**given, **_plain(top)})
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise BadInput(f"{path}: line {_line(top, first['loc'])}: {key}: {_words(first['msg'])}", way_out) from error


def _plain(at: At) -> Any:
    """The values without their lines."""
    if isinstance(at.value, dict):
        return {key: _plain(value) for key, value in at.value.items()}
    return [_plain(value) for value in at.value] if isinstance(at.value, list) else at.value


def _line(top: At, location: Sequence[int | str]) -> int:
    """The line of the key that a model's error is of, or of the nearest that the file has around it."""
    at = top
    for part in location:
        inside = at.value
        if isinstance(inside, dict) and part in inside:
            at = inside[str(part)]
        elif isinstance(inside, list) and isinstance(part, int) and part < len(inside):
            at = inside[part]
        else:
            break
    return at.line


def _words(message: str) -> str:
    return message.removeprefix("Value error, ")
