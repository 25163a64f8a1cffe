"""The store of one run: ``run.json`` in its folder."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import ValidationError

from diraccert.model.errors import BadInput
from diraccert.model.run import SCHEMA_VERSION, Run
from diraccert.results.whole_file import write_whole

NAME = "run.json"


def write(run: Run, folder: Path) -> Path:
    """Write run.json whole or not at all and answer its path; InfrastructureError when that is not possible."""
    path = folder / NAME
    write_whole(path, run.model_dump_json(indent=2) + "\n")
    return path


def read(folder: Path) -> Run:
    """The run in ``folder``. Raises BadInput when there is none, it is broken, or a newer release wrote it."""
    path = folder / NAME
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadInput(
            f"there is no {NAME} in {folder}", "give the folder of a run, for instance one of reports/runs/"
        ) from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise BadInput(f"{path} is broken at {where}: {error.msg}", "certify again to have a new one") from error
    except (OSError, ValueError, RecursionError) as error:  # no UTF-8, numbers or a depth that Python does not take
        raise BadInput(f"{path} cannot be read: {error}", "give the folder of a run") from error
    version = data.get("schema_version") if isinstance(data, dict) else None
    if isinstance(version, int) and version > SCHEMA_VERSION:
        raise BadInput(
            f"{path} has schema version {version}, this release reads up to {SCHEMA_VERSION}",
            "upgrade dirac-certification",
        )
    try:
        return Run.model_validate_json(json.dumps(data))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "its top"
        raise BadInput(
            f"{path} is not a record of a run: {where}: {first['msg']}", "see docs/run.schema.json"
        ) from error
