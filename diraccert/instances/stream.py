"""A program inside a container and its streams, over the Docker API alone: what run, attach and forward are made of."""

from __future__ import annotations

import select
import socket
import struct
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Self

from diraccert.images.daemon import Daemon

STDOUT, STDERR = 1, 2
_HEADER = struct.Struct(">BxxxL")
_PIECE = 65536


class Stream:
    """A started program. Close it (or use it in ``with``); closing ends the connection, not the program."""

    def __init__(
        self,
        daemon: Daemon,
        container: str,
        argv: Sequence[str],
        *,
        user: str = "root",
        env: Mapping[str, str] | None = None,
        stdin: bool = False,
        tty: bool = False,
    ) -> None:
        self._api = daemon.client.api
        self._tty = tty
        self.id: str = self._api.exec_create(
            container, list(argv), user=user, environment=dict(env or {}), stdin=stdin, tty=tty
        )["Id"]
        holder: Any = self._api.exec_start(self.id, socket=True, tty=tty)
        # Unix and TCP sockets come wrapped in a file-like object; TLS ones and SSH channels do not.
        self._holder = holder
        self._socket: socket.socket = getattr(holder, "_sock", holder)
        self._pending = _read_ahead(holder, self._socket)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def fileno(self) -> int:
        """The connection, for select."""
        return self._socket.fileno()

    def send(self, data: bytes) -> None:
        """Give data to the program's standard input."""
        self._socket.sendall(data)

    def end_input(self) -> None:
        """Tell the program that no more input comes. Only where the connection can be closed one way: not over TLS."""
        with suppress(OSError, AttributeError):
            self._socket.shutdown(socket.SHUT_WR)

    def receive(self, until: float | None) -> tuple[int, bytes] | None:
        """The next piece of output and which stream it is of, or None when the program has ended.

        ``until`` is a time of ``time.monotonic()``: TimeoutError when nothing has come by then.
        """
        if self._tty:
            data = self._some(until)
            return (STDOUT, data) if data else None
        # Nothing is taken before the frame is whole: after a TimeoutError the next call goes on from there.
        if not self._hold(_HEADER.size, until):
            return None
        kind, size = _HEADER.unpack_from(self._pending)
        if not self._hold(_HEADER.size + size, until):
            return None
        data = self._pending[_HEADER.size : _HEADER.size + size]
        self._pending = self._pending[_HEADER.size + size :]
        return kind, data

    def returncode(self) -> int:
        """What the program ended with; -1 while it runs."""
        code = self._api.exec_inspect(self.id)["ExitCode"]
        return -1 if code is None else int(code)

    def resize(self, rows: int, columns: int) -> None:
        """Tell a program with a terminal how large it is."""
        self._api.exec_resize(self.id, height=rows, width=columns)

    def close(self) -> None:
        """End the connection."""
        for closable in (self._socket, self._holder):
            with suppress(OSError):
                closable.close()

    def _hold(self, size: int, until: float | None) -> bool:
        """Wait until that many bytes are there; False when the program ended before."""
        while len(self._pending) < size:
            piece = self._receive(until)
            if not piece:
                return False
            self._pending += piece
        return True

    def _some(self, until: float | None) -> bytes:
        data, self._pending = self._pending, b""
        return data or self._receive(until)

    def _receive(self, until: float | None) -> bytes:
        self._await(until)
        try:
            return self._socket.recv(_PIECE)
        except ConnectionResetError:
            return b""

    def _await(self, until: float | None) -> None:
        """Not by the socket's own time limit: another thread may be sending."""
        decrypted = getattr(self._socket, "pending", None)
        if until is None or (decrypted and decrypted()):
            return
        readable, _, _ = select.select([self._socket], [], [], max(0.0, until - time.monotonic()))
        if not readable:
            raise TimeoutError


def _read_ahead(holder: Any, connection: socket.socket) -> bytes:
    """Output that came together with the answer's headers: the HTTP library has it in its buffer, and the SDK's socket
    no longer. It happens when this process was slow to read, and would lose the first line of a quick program."""
    response = getattr(holder, "_response", None)
    reader = getattr(getattr(getattr(response, "raw", None), "_fp", None), "fp", None)
    if reader is None or not hasattr(reader, "peek"):
        return b""
    connection.settimeout(0)
    try:
        waiting: bytes = reader.peek() or b""
        return bytes(reader.read(len(waiting)) or b"") if waiting else b""
    except OSError:
        return b""
    finally:
        connection.settimeout(None)
