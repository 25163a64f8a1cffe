"""How a fork of the warm parent becomes what a launcher asks for."""

from __future__ import annotations

import array
import ctypes
import importlib
import os
import signal
import socket
import struct
import sys

PR_SET_NAME, PR_SET_PDEATHSIG = 15, 1
HEAD = struct.Struct("3I")
REQUEST_LIMIT = 5.0


class Request:
    """What a launcher has: working folder, arguments, environment, and its standard streams as descriptors."""

    def __init__(self, folder, argv, environment, streams):
        self.folder = folder
        self.argv = argv
        self.environment = environment
        self.streams = streams


def receive(connection):
    """The request on a fresh connection; raises OSError or ValueError for what is none."""
    connection.settimeout(REQUEST_LIMIT)
    head, control, _, _ = connection.recvmsg(HEAD.size, socket.CMSG_SPACE(3 * 4))
    streams = array.array("i")
    for level, kind, data in control:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            streams.frombytes(data)
    length, argc, envc = HEAD.unpack(head)
    text = bytearray()
    while len(text) < length:
        piece = connection.recv(length - len(text))
        if not piece:
            raise ValueError("the request ends early")
        text += piece
    words = [os.fsdecode(word) for word in bytes(text).split(b"\0")[:-1]]
    if len(words) != 1 + argc + envc or len(streams) != 3:
        raise ValueError("the request is torn")
    environment = dict(word.partition("=")[::2] for word in words[1 + argc :])
    return Request(words[0], words[1 : 1 + argc], environment, list(streams))


def become(request, scripts):
    """In the child: take on what the launcher has; answers the function that the program is."""
    libc = ctypes.CDLL(None)
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    os.setsid()
    for number, stream in enumerate(request.streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(request.folder)
    for name in set(os.environ) - set(request.environment):
        del os.environ[name]
    os.environ.update(request.environment)
    name = os.path.basename(request.argv[0])
    sys.argv = [os.path.join(os.path.dirname(sys.executable), name), *request.argv[1:]]
    # Where its script is, in place of where this file is.
    sys.path[0] = os.path.dirname(sys.argv[0])
    show(libc, [sys.executable, *sys.argv])
    data = sys.modules.get("DIRAC.ConfigurationSystem.Client.ConfigurationData")
    if data is not None:
        # What the local files say now, not what they said when the parent started.
        data.gConfigurationData.__init__()
    module, _, attribute = scripts[name].partition(":")
    return getattr(importlib.import_module(module), attribute)


def show(libc, words):
    """Make `ps` show these words: they go where the kernel finds this process's arguments."""
    with open("/proc/self/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    start, end = int(fields[45]), int(fields[46])
    text = b"\0".join(map(os.fsencode, words))[: end - start - 1]
    ctypes.memmove(start, text.ljust(end - start, b"\0"), end - start)
    libc.prctl(PR_SET_NAME, os.fsencode(os.path.basename(words[1])), 0, 0, 0)
