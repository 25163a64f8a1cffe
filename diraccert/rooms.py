"""Where the built-in rooms are: scenarios, roles, fixtures, reports, ci and hackathon."""

from __future__ import annotations

import importlib.util
from importlib.metadata import entry_points
from pathlib import Path

ENTRY_POINTS = "diraccert.rooms"
"""The group of entry points by which a package of an extension or a team names its own rooms."""
ROOMS = ("scenarios", "roles", "fixtures", "reports", "ci", "hackathon")


def builtin(package: Path | None = None) -> Path:
    """The folder that holds the built-in rooms.

    In a checkout (or an editable install of one) the rooms lie beside the package; the wheel carries them inside it,
    in ``diraccert/packaged`` (see ``sources`` in pyproject.toml). ``package`` is the folder of the package,
    another than this module's in tests. Nothing is checked beyond which of the two it is.
    """
    here = package or Path(__file__).resolve().parent
    packaged = here / "packaged"
    return packaged if packaged.is_dir() else here.parent


def installed() -> tuple[Path, ...]:
    """The folders of the rooms that installed packages bring, in the order of their entry points' names.

    An entry point names a Python package whose folder holds rooms: ``toy = "toydirac_rooms"``. The package itself is
    not imported; the ones that it lies in are. One that is not there has none.
    """
    found = []
    for entry in sorted(entry_points(group=ENTRY_POINTS), key=lambda each: each.name):
        try:
            spec = importlib.util.find_spec(entry.module)
        except ModuleNotFoundError:
            continue
        folders = map(Path, (spec.submodule_search_locations or ()) if spec else ())
        found += [folder for folder in folders if any((folder / room).is_dir() for room in ROOMS)]
    return tuple(found)
