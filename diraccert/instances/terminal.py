"""A shell in a host on the terminal of this process."""

from __future__ import annotations

import os
import select
import shutil
import signal
import sys
import termios
import tty
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

from docker.errors import APIError

from diraccert.instances.host import Host
from diraccert.instances.stream import Stream

TOUCH_EVERY = 300.0
_PIECE = 65536


def attach(host: Host, argv: Sequence[str], user: str, used: Callable[[], None]) -> int:
    """Run ``argv`` on this terminal and answer its exit code; ``used`` is called now and then while it is quiet."""
    env = {"TERM": os.environ.get("TERM", "xterm"), "DIRAC_CERT_HOST": host.name}
    with host.open(argv, user=user, env=env, tty=True) as stream, _raw(sys.stdin.fileno()), _resizing(stream):
        inputs: list[int] = [sys.stdin.fileno(), stream.fileno()]
        while True:
            ready, _, _ = select.select(inputs, [], [], TOUCH_EVERY)
            if not ready:
                used()
            if stream.fileno() in ready:
                piece = stream.receive(None)
                if piece is None:
                    return stream.returncode()
                _write(sys.stdout.fileno(), piece[1])
            if sys.stdin.fileno() in ready:
                data = os.read(sys.stdin.fileno(), _PIECE)
                if data:
                    stream.send(data)
                else:
                    inputs.remove(sys.stdin.fileno())


@contextmanager
def _raw(terminal: int) -> Iterator[None]:
    """Every key goes to the shell there, Ctrl-C too."""
    before = termios.tcgetattr(terminal)
    # Not the default, which throws away what was typed before.
    tty.setraw(terminal, termios.TCSADRAIN)
    try:
        yield
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)


@contextmanager
def _resizing(stream: Stream) -> Iterator[None]:
    """The shell there knows the size of the terminal, also when it changes."""

    def resize(*_: object) -> None:
        size = shutil.get_terminal_size()
        # The shell may have just ended, or not quite begun.
        with suppress(APIError):
            stream.resize(size.lines, size.columns)

    before = signal.signal(signal.SIGWINCH, resize)
    resize()
    try:
        yield
    finally:
        signal.signal(signal.SIGWINCH, before)


def _write(to: int, data: bytes) -> None:
    while data:
        data = data[os.write(to, data) :]
