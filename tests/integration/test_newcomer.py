"""The first command of a newcomer, on a blank Debian that holds nothing but git and the daemon's socket."""

from __future__ import annotations

from pathlib import Path

import pytest

from diraccert.images.daemon import connect
from tests.integration import blank_machines

pytestmark = [
    pytest.mark.docker,
    pytest.mark.instance,
    pytest.mark.network,
    pytest.mark.xdist_group("instance"),
]


def test_a_newcomers_first_command_certifies_a_release(tmp_path: Path) -> None:
    with blank_machines.with_socket(connect(), tmp_path) as run:
        said = run("ci/certify --yes")
        assert "apt-get install python3 python3-venv" in said
        assert "DIRAC 8.0.86: certified" in said
        assert "report: " in said
        assert '"verdict": "yes"' in run("sh -c 'cat reports/runs/*/run.json'")
