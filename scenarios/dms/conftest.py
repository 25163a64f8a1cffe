"""Fixtures of the scenarios of the file catalogue."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from diraccert.certification.user import User

CATALOGUE = "DataManagement/FileCatalog"


@pytest.fixture
def register() -> Callable[..., dict[str, Any]]:
    """``register(alice, lfn, ..., element="SE-1", size=1)``: files that the catalogue knows and no storage has.

    Answers ``{"Successful": {lfn: ...}, "Failed": {lfn: reason}}``. For what is the catalogue's own matter.
    """

    def call(user: User, *lfns: str, element: str = "SE-1", size: int = 1) -> dict[str, Any]:
        entry = {"PFN": "", "SE": element, "Size": size, "GUID": "", "Checksum": "00010001"}
        answer: dict[str, Any] = user.rpc(CATALOGUE, "addFile", dict.fromkeys(lfns, entry))
        return answer

    return call
