"""What a scenario says of itself."""

from __future__ import annotations

import re
from dataclasses import dataclass

AREAS = (
    "aai", "wms", "ces", "pilots", "dms", "fts_rms", "transformation", "rss", "monitoring",
    "diracx", "web", "cli", "extensions", "upgrade", "faults", "security", "upstream",
)  # fmt: skip

SUITES = ("smoke", "full")

#: The area, and so the suite, of DIRAC's own integration tests.
UPSTREAM = "upstream"

#: WMS-04, or WMS-02a for a part of a scenario that was split.
ID_PATTERN = re.compile(r"[A-Z]{2,4}-\d{2}[a-z]?")


@dataclass(frozen=True)
class ScenarioMeta:
    """Metadata of one scenario, as its ``@scenario(...)`` line declares it.

    ``id`` is the stable id (WMS-04, or WMS-02a for a part), ``area`` the folder, ``lines`` a PEP 440
    specifier of the DIRAC releases it applies to ("" for all), ``needs`` what the topology must offer,
    ``suites`` the suites it is part of, ``limit`` the seconds after which it is ended, ``about`` the seconds it
    usually takes (orders the run: longest first), ``exclusive`` that no other scenario may run beside it.
    """

    id: str
    title: str
    area: str
    owner: str
    replaces: str = ""
    lines: str = ""
    needs: tuple[str, ...] = ()
    suites: tuple[str, ...] = SUITES
    limit: float = 60.0
    about: float = 5.0
    exclusive: bool = False
