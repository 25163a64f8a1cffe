"""The operations of a request; they run in its child."""

from __future__ import annotations

import errno
import importlib
import os
import sys


def load(path):
    """The object that ``module:attribute`` names."""
    module, _, attributes = path.partition(":")
    target = importlib.import_module(module)
    for name in filter(None, attributes.split(".")):
        target = getattr(target, name)
    return target


#: The operations that use what is imported.
USE_MODULES = ("script", "rpc", "call", "python")


class Work:
    """The operations; ``scripts`` maps the names of console scripts to ``module:attribute``.

    ``threads`` are those that imported modules have: what uses the modules starts them.
    """

    def __init__(self, scripts, initialise, threads=()):
        self.scripts = scripts
        self.initialise = initialise
        self.threads = threads

    def do(self, request):
        if request["op"] in USE_MODULES:
            for thread in self.threads:
                thread.start()
        return getattr(self, "op_" + request["op"])(request)

    def op_ping(self, _request):
        return os.getpid()

    def op_exec(self, request):
        argv = request["argv"]
        sys.stdout.flush()
        try:
            os.execvpe(argv[0], argv, os.environ)
        except OSError as error:
            print(f"{argv[0]}: {error.strerror}", file=sys.stderr)
            raise SystemExit(127 if error.errno == errno.ENOENT else 126) from None

    def op_script(self, request):
        argv = request["argv"]
        entry = self.scripts.get(argv[0])
        if entry is None:
            return self.op_exec(request)
        sys.argv = [os.path.join(os.path.dirname(sys.executable), argv[0]), *argv[1:]]
        raise SystemExit(load(entry)())

    def op_rpc(self, request):
        self.initialise()
        from DIRAC.Core.Base.Client import Client

        client = Client(url=request["service"], timeout=max(1, int(request["limit"])))
        return getattr(client, request["method"])(*request["args"])

    def op_call(self, request):
        self.initialise()
        init = request.get("init") or ()
        target = load(request["path"])
        target = target(**init) if isinstance(init, dict) else target(*init)
        return getattr(target, request["method"])(*request["args"], **request["named"])

    def op_python(self, request):
        self.initialise()
        space = {"__name__": "scenario", **request["variables"]}
        exec(compile(request["code"], "<scenario>", "exec"), space)
        return space.get("result")

    def op_put(self, request):
        path = os.path.abspath(request["path"])
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(request["content"])
        return path

    def op_read(self, request):
        with open(os.path.expanduser(request["path"]), "rb") as file:
            return file.read()
