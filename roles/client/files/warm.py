#!/usr/bin/env python3
"""The warm interpreter: DIRAC is imported once, and every request runs in a fork of that process.

    warm.py serve SOCKET [--imports a.b,c.d] [--plain]    as root, by the Python that has DIRAC
    warm.py bridge SOCKET                                 joins stdin and stdout to the socket

Three kinds of process, none of which ever has a thread before it forks:

- the *zygote* imports and accepts; it runs no request, so that no request can harm it;
- a *keeper* for each connection reads one request a line, forks, watches, and answers one line;
- a *child* for each request drops to the account, runs in a session of its own, and is gone afterwards, with
  everything that it started.

A request is a JSON object: ``op`` (script, exec, rpc, call, python, put, read, ping), ``account``, ``folder``
(working directory, made when missing), ``env``, ``limit`` in seconds; and perhaps ``lock`` (a file to hold
meanwhile) with ``unless`` (answer at once when this file exists; it is removed when the request fails).
The reply has ``rc``, ``out``, ``err``, ``seconds``, and one of ``value``, ``error``; ``limit`` is true when
the request was killed at its limit. Values are typed JSON (warm_interpreter/typed.py): neither side unpickles anything.
"""

from __future__ import annotations

import argparse
import os
import select
import socket
import sys


def bridge(path):
    """Copy between stdin and stdout and the socket until either side ends."""
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(path)
        ways = {0: line.fileno(), line.fileno(): 1}
        while True:
            for descriptor in select.select(list(ways), [], [])[0]:
                chunk = os.read(descriptor, 65536)
                if not chunk:
                    return
                while chunk:
                    chunk = chunk[os.write(ways[descriptor], chunk) :]


def main():
    parser = argparse.ArgumentParser(description="The warm interpreter of a client host.")
    parser.add_argument("mode", choices=("serve", "bridge"))
    parser.add_argument("socket")
    parser.add_argument("--imports", help="modules to import instead of DIRAC's, separated by commas")
    parser.add_argument("--plain", action="store_true", help="initialise nothing before a call")
    given = parser.parse_args()
    if given.mode == "bridge":
        return bridge(given.socket)
    # Only the Python that has DIRAC finds this folder: the bridge is called without one, as it must start at once.
    from warm_interpreter import zygote

    modules = zygote.DIRAC_MODULES if given.imports is None else tuple(filter(None, given.imports.split(",")))
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    return zygote.serve(given.socket, modules, (lambda: None) if given.plain else zygote.initialise_dirac)


if __name__ == "__main__":
    main()
