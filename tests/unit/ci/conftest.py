"""Machines that lack things, and a daemon that is none."""

from __future__ import annotations

import os
import shutil
import socketserver
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from tests.unit.ci.machine import Machine

TOP = Path(__file__).resolve().parents[3]
# What any Debian, Alma or Mac has, and the scripts stand on.
BASE_COMMANDS = (
    *("awk", "bash", "cat", "chmod", "cksum", "dirname", "env", "grep", "ln", "mkdir", "mktemp", "nohup", "rm", "sed"),
    *("setsid", "sh", "sleep", "tail", "tee", "touch", "tr", "uname"),
)
LOCK = """\
# made by hand
typer==1 \\
    --hash=sha256:aa
uv==2 \\
    --hash=sha256:bb
    # via dirac-certification
zope==3 \\
    --hash=sha256:cc
"""


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    checkout, commands = tmp_path / "checkout", tmp_path / "bin"
    (checkout / "ci").mkdir(parents=True)
    (checkout / ".ci").mkdir()
    commands.mkdir()
    for name in ("ci/bootstrap", "ci/daemon.sh", "ci/certify", "ci/test", ".ci/run", "pyproject.toml"):
        shutil.copy(TOP / name, checkout / name)
    (checkout / "requirements").mkdir()
    for kind in ("run", "dev"):
        (checkout / "requirements" / f"{kind}.txt").write_text(LOCK)
    for name in BASE_COMMANDS:
        found = shutil.which(name)
        if found:
            (commands / name).symlink_to(os.path.realpath(found))
    made = Machine(checkout, commands, tmp_path / "calls")
    made.command("id", "echo 0")
    made.env["DIRAC_CERT_DAEMON_LOG"] = str(tmp_path / "dockerd.log")
    return made


class _Ping(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status = 200 if self.path == "/_ping" else 404
        self.wfile.write(f"HTTP/1.0 {status} .\r\n\r\n".encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the name is http.server's)
        pass


@pytest.fixture
def daemon_socket(tmp_path: Path) -> Iterator[str]:
    """The address of a daemon that answers a ping, and knows no image."""
    path = tmp_path / "daemon.sock"
    with socketserver.ThreadingUnixStreamServer(str(path), _Ping) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"unix://{path}"
        server.shutdown()
