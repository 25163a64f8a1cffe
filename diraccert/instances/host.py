"""One host of an instance: run programs in it, put files into it, read files from it."""

from __future__ import annotations

import secrets
import shlex
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Thread

from diraccert.images.daemon import Daemon
from diraccert.instances.stream import STDOUT, Stream
from diraccert.model.errors import InfrastructureError

# What a call starts carries this in its environment, so that all of it can be ended: the Docker API cannot end one.
MARK = "DIRAC_CERT_CALL"
_END_MARKED = (
    "for round in 1 2 3; do found=; "
    f'for e in $(grep -lzsx "{MARK}=$0" /proc/[0-9]*/environ); do '
    'p=${e#/proc/}; kill -KILL "${p%/environ}" 2>/dev/null && found=1; done; '
    '[ -n "$found" ] || exit 0; done'
)
_PUT = (
    'set -e; mkdir -p "$(dirname "$0")"; new="$0.new.$$"; (umask 077; cat >"$new"); '
    'chown "$2" "$new"; chmod "$1" "$new"; mv -f "$new" "$0"'
)
FILE_LIMIT = 60.0
_DRAIN_LIMIT = 2.0


@dataclass(frozen=True)
class Completed:
    """How a program ended. ``rc`` is 137 and ``limited`` is true when its limit ended it."""

    rc: int
    out: str
    err: str
    seconds: float
    limited: bool = False


@dataclass(frozen=True)
class Host:
    """A running container of an instance; ``container`` is its name."""

    daemon: Daemon
    name: str
    container: str

    def run(
        self,
        argv: Sequence[str],
        user: str = "root",
        env: Mapping[str, str] | None = None,
        stdin: str | bytes | None = None,
        limit: float = 60,
    ) -> Completed:
        """Run a program and wait for its end, at most ``limit`` seconds: then it and all it started are killed.

        Raises a docker error (an infrastructure error to whoever watches) when the host is not there; a program that
        does not exist ends with 126 or 127, as in a shell.
        """
        began = time.monotonic()
        data = stdin.encode() if isinstance(stdin, str) else stdin
        call = secrets.token_hex(8)
        # `head` ends the input: not every connection to a daemon can be closed one way.
        given = list(argv) if data is None else ["sh", "-c", 'head -c "$0" | "$@"', str(len(data)), *argv]
        stream = self.open(given, user=user, env={**(env or {}), MARK: call}, stdin=data is not None)
        output: dict[int, list[bytes]] = {}
        with stream:
            limited = False
            try:
                if data:
                    # Beside the reading: a program that answers as it reads would otherwise fill both ways.
                    Thread(target=_send, args=(stream, data), daemon=True).start()
                self._collect(stream, output, began + limit)
            except TimeoutError:
                limited = True
                self._end(call)
                with suppress(TimeoutError):
                    self._collect(stream, output, time.monotonic() + _DRAIN_LIMIT)
            except BaseException:
                self._end(call)
                raise
            rc = 137 if limited else stream.returncode()
        out = b"".join(output.pop(STDOUT, [])).decode(errors="replace")
        err = b"".join(piece for pieces in output.values() for piece in pieces).decode(errors="replace")
        return Completed(rc, out, err, time.monotonic() - began, limited)

    def open(
        self,
        argv: Sequence[str],
        user: str = "root",
        env: Mapping[str, str] | None = None,
        *,
        stdin: bool = True,
        tty: bool = False,
    ) -> Stream:
        """Start a program and answer its streams, for what talks with it as it runs."""
        return Stream(self.daemon, self.container, argv, user=user, env=env, stdin=stdin, tty=tty)

    @contextmanager
    def open_while(self, argv: Sequence[str]) -> Iterator[Stream]:
        """A program that is read while the block lasts, and is killed at its end, with all that it started."""
        call = secrets.token_hex(8)
        with self.open(argv, env={MARK: call}, stdin=False) as stream:
            try:
                yield stream
            finally:
                self._end(call)

    def put(self, path: str, data: bytes, mode: int = 0o644, owner: str = "root:root") -> None:
        """Write a file, whole or not at all, with its folders. ``owner`` is USER or USER:GROUP, as for chown.

        It goes through a program, not as an archive: only so does it reach a file system in memory.
        """
        self._demand(["sh", "-c", _PUT, path, f"{mode:o}", owner], f"could not write {path}", data)

    def read(self, path: str) -> bytes:
        """The contents of a file. InfrastructureError when it cannot be read."""
        with self.open(["cat", "--", path], stdin=False) as stream:
            output: dict[int, list[bytes]] = {}
            self._collect(stream, output, time.monotonic() + FILE_LIMIT)
            if stream.returncode() != 0:
                raise InfrastructureError(f"{self.name}: could not read {path}: {_text(output)}")
        return b"".join(output.get(STDOUT, []))

    def must(self, argv: Sequence[str], limit: float = 60) -> str:
        """Run what has to work, and answer its output. InfrastructureError says what it answered instead."""
        return self._demand(argv, f"`{shlex.join(argv)}` failed", None, limit)

    def _demand(self, argv: Sequence[str], what: str, data: bytes | None, limit: float = FILE_LIMIT) -> str:
        done = self.run(argv, stdin=data, limit=limit)
        if done.rc != 0:
            why = f"not done in {limit:g} s" if done.limited else f"rc {done.rc}"
            said = " / ".join((done.err or done.out).strip().splitlines()[-3:])
            raise InfrastructureError(f"{self.name}: {what}: {why}: {said}")
        return done.out

    @staticmethod
    def _collect(stream: Stream, output: dict[int, list[bytes]], until: float) -> None:
        while (piece := stream.receive(until)) is not None:
            output.setdefault(piece[0], []).append(piece[1])

    def _end(self, call: str) -> None:
        with self.open(["sh", "-c", _END_MARKED, call], stdin=False) as stream:
            self._collect(stream, {}, time.monotonic() + FILE_LIMIT)


def _send(stream: Stream, data: bytes) -> None:
    with suppress(OSError):  # the program ended without reading all of it
        stream.send(data)


def _text(output: Mapping[int, list[bytes]]) -> str:
    return " ".join(b"".join(b"".join(pieces) for pieces in output.values()).decode(errors="replace").split())
