"""Where the built-in rooms are: scenarios, roles, fixtures, reports, ci and hackathon."""

from __future__ import annotations

from pathlib import Path

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
