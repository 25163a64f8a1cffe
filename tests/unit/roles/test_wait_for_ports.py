"""What components wait with before they start: it must not touch the ports of its own host (finding HTTPS-PROBED)."""

import socket
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "roles/host/files/bin/wait-for-ports"


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6], ids=["IPv4", "IPv6"])
def test_a_port_of_this_host_is_seen_without_a_connection(family: socket.AddressFamily) -> None:
    with socket.create_server(("", 0), family=family) as server:
        server.setblocking(False)
        subprocess.run(["bash", SCRIPT, f"127.0.0.1:{server.getsockname()[1]}"], check=True, timeout=10)
        with pytest.raises(BlockingIOError):
            server.accept()


def test_it_waits_for_what_does_not_listen_yet() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))  # bound only: nothing listens
        waiting = subprocess.Popen(["bash", SCRIPT, f"127.0.0.1:{server.getsockname()[1]}"])
        try:
            with pytest.raises(subprocess.TimeoutExpired):
                waiting.wait(0.3)
            server.listen()
            assert waiting.wait(10) == 0
        finally:
            waiting.kill()
