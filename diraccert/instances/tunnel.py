"""A port of this machine that leads to one of a host of an instance, over exec: instances have no address here."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from types import TracebackType
from typing import Self

from diraccert.instances.host import Host
from diraccert.instances.stream import STDOUT, Stream
from diraccert.model.errors import BadInput

_PIECE = 65536
# Runs in the host, which has Python in any case.
_BRIDGE = """
import os, select, socket, sys
there = socket.create_connection((sys.argv[1], int(sys.argv[2])), 10)
there.settimeout(None)
sources = [0, there]
while there in sources:
    ready, _, _ = select.select(sources, [], [])
    if 0 in ready:
        data = os.read(0, 65536)
        if data:
            there.sendall(data)
        else:
            sources.remove(0)
            there.shutdown(socket.SHUT_WR)
    if there in ready:
        data = there.recv(65536)
        if not data:
            break
        while data:
            data = data[os.write(1, data):]
"""


class Tunnel:
    """Listens at 127.0.0.1; each connection gets a program in the host that connects on.

    ``port`` 0 takes any free one; a port in use is BadInput. ``used`` is called for each connection.
    """

    def __init__(self, host: Host, there: int, port: int, used: Callable[[], None]) -> None:
        self.host, self.there, self._used = host, there, used
        try:
            self._listener = socket.create_server(("127.0.0.1", port))
        except OSError as error:
            raise BadInput(
                f"port {port} of this machine cannot be had: {error.strerror}", "choose another --port"
            ) from error
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Take no more connections; ``serve`` ends."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def serve(self) -> None:
        """Serve connections until ``close``."""
        while True:
            try:
                here, _ = self._listener.accept()
            except OSError:
                return
            Thread(target=self._connect, args=(here,), daemon=True).start()

    def _connect(self, here: socket.socket) -> None:
        self._used()
        argv = ["python3", "-c", _BRIDGE, self.host.name, str(self.there)]
        with here, self.host.open(argv) as stream:
            Thread(target=_upwards, args=(here, stream), daemon=True).start()
            with suppress(OSError):
                while (piece := stream.receive(None)) is not None:
                    if piece[0] == STDOUT:
                        here.sendall(piece[1])
            with suppress(OSError):
                here.shutdown(socket.SHUT_RDWR)


def _upwards(here: socket.socket, stream: Stream) -> None:
    with suppress(OSError):
        while data := here.recv(_PIECE):
            stream.send(data)
        stream.end_input()
