"""Imports every module of the installed DIRAC, each in a fork of its own; runs in a container of the ``dirac`` image.

Prints a JSON object: how many modules there are, and those that cannot be imported with the error of each.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import warnings
from contextlib import suppress
from importlib.metadata import distribution
from pathlib import Path

BASE = ("DIRAC.Core.", "DIRAC.ConfigurationSystem.", "DIRAC.FrameworkSystem.private.")


def module_names() -> list[str]:
    """Every module of DIRAC that is no test: services, agents, console scripts and all the rest."""
    import DIRAC

    root = Path(DIRAC.__file__).parent
    names = {entry.module for entry in distribution("DIRAC").entry_points if entry.group == "console_scripts"}
    for path in root.rglob("*.py"):
        parts = path.relative_to(root.parent).with_suffix("").parts
        if not {"test", "tests", "Testing"} & set(parts) and path.stem != "__init__":
            names.add(".".join(parts))
    return sorted(names, key=lambda name: (not name.startswith(BASE), name))


def attempt(name: str) -> tuple[str, list[str]]:
    """Import ``name`` in a fork; answers its error ("" for none) and the modules of other packages that it brought."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        silent = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silent, 1)
        os.dup2(silent, 2)
        sys.argv = [name]
        before, error = set(sys.modules), ""
        try:
            importlib.import_module(name)
        except BaseException as problem:  # noqa: BLE001 - a module may exit, and that is what is asked for
            error = f"{type(problem).__name__}: {problem}"
        brought = sorted(
            found for found in set(sys.modules) - before if found.startswith(BASE) or not found.startswith("DIRAC")
        )
        with os.fdopen(writing, "w") as pipe:
            json.dump([error, brought], pipe)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        told = pipe.read()
    os.waitpid(child, 0)
    return tuple(json.loads(told)) if told else ("the interpreter died", [])


def main() -> None:
    """Try them all. What they bring of others and of DIRAC's base stays imported here, for the next forks."""
    warnings.simplefilter("ignore")
    names, errors = module_names(), {}
    for name in names:
        error, brought = attempt(name)
        if error:
            errors[name] = error
        for other in brought if not error else ():
            with suppress(Exception):  # found again, in its own words, by the module that needs it
                importlib.import_module(other)
    sys.stdout.write(json.dumps({"modules": len(names), "errors": errors}) + "\n")


if __name__ == "__main__":
    main()
