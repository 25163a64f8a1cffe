"""Fixtures of scenarios of several areas."""

from __future__ import annotations

import fcntl
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from diraccert.certification.user import User
from diraccert.instances.host import Host
from diraccert.instances.instance import Instance

CATALOGUE = "DataManagement/FileCatalog"


@pytest.fixture
def system(server: Host) -> dict[str, Any]:
    """What the installed release consists of, as roles/site found it in the release: system.json."""
    found: dict[str, Any] = json.loads(server.read("/opt/dirac-cert/system.json"))
    return found


@pytest.fixture
def metadata_field(alice: User, instance: Instance) -> Callable[..., str]:
    """``metadata_field("run", "int")``: the name of a searchable field of directories (``of="-f"``: of files).

    Fields are tables of the whole catalogue, and DIRAC asks each of them whenever anybody uploads a file: dropping
    one would make uploads of other scenarios fail. So they are made once and stay; values keep scenarios apart.
    """

    def make(name: str, kind: str, of: str = "-d") -> str:
        field = f"cert_{name}"
        # Two scenarios that make the same table at once would get in each other's way.
        with (Path(tempfile.gettempdir()) / f"dirac-cert-{instance.name}-fields.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            alice.rpc(CATALOGUE, "addMetadataField", field, kind, of)
        fields = alice.rpc(CATALOGUE, "getMetadataFields")
        assert fields["DirectoryMetaFields" if of == "-d" else "FileMetaFields"].get(field) == kind
        return field

    return make
