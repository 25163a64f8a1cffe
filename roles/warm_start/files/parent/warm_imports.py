"""What the warm parent imports, and what it may not do meanwhile."""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import socket
import sys
import threading

#: What the programs that start components import; not these programs: each claims to be the one that runs.
PROGRAMS = {
    "component": (
        "DIRAC.Core.Base.Script",
        "DIRAC.Core.DISET.ServiceReactor",
        "DIRAC.Core.Base.ExecutorReactor",
        "DIRAC.Core.Base.AgentReactor",
        "DIRAC.Core.DISET.private.Transports.M2SSLTransport",
    ),
    "tornado": (
        "DIRAC.Core.Base.Script",
        "DIRAC.Core.Tornado.Server.TornadoServer",
        "DIRAC.Core.Tornado.Server.TornadoService",
    ),
}
#: What a shell keeps for itself: it is read with all the rest when a module hands the environment on to a program
#: (GitPython asks git for its version), and differs from process to process.
OWN_OF_SHELLS = frozenset({"_", "OLDPWD", "PWD", "SHLVL"})
#: What they import later, as they go.
LATER = {
    "component": (
        "DIRAC.MonitoringSystem.Client.MonitoringReporter",
        "DIRAC.MonitoringSystem.DB.MonitoringDB",
        # matplotlib: half a second of CPU of the service that draws, which is the last to answer
        "DIRAC.Core.Utilities.Graphs",
    ),
    "tornado": ("DIRAC.MonitoringSystem.Client.MonitoringReporter", "DIRAC.MonitoringSystem.DB.MonitoringDB"),
}


class Refused(BaseException):
    """A module did what must be done in each component's own process. No Exception: few modules catch this one."""


class GoesOn(Refused):
    """``module`` goes on after a refusal, its own or of what it imports: what it made of that cannot be shared."""

    def __init__(self, module):
        super().__init__(f"{module} goes on after a refusal")
        self.module = module


class Read:
    """The names of the variables that modules asked for, and how often one did what is refused."""

    def __init__(self):
        self.variables = set()
        self.refusals = 0


@contextlib.contextmanager
def nothing_but_imports(read):
    """Meanwhile: no thread, no connection; what modules ask for goes into ``read``."""

    def refuse(what):
        def refused(*_args, **_named):
            read.refusals += 1
            raise Refused(what)

        return refused

    real_pid, real_get = os.getpid, os._Environ.__getitem__

    def getpid():
        if sys._getframe(1).f_globals.get("__name__", "").startswith("DIRAC."):
            refuse("asks for its process id")()
        return real_pid()

    def get(environ, name):
        read.variables.add(name)
        return real_get(environ, name)

    replaced = [
        (threading.Thread, "start", refuse("starts a thread")),
        (socket.socket, "connect", refuse("connects")),
        (os, "getpid", getpid),
        (os._Environ, "__getitem__", get),
    ]
    kept = [(owner, name, owner.__dict__.get(name)) for owner, name, _ in replaced]
    for owner, name, stand_in in replaced:
        setattr(owner, name, stand_in)
    try:
        yield refuse
    finally:
        for owner, name, original in kept:
            if original is None:
                delattr(owner, name)
            else:
                setattr(owner, name, original)


@contextlib.contextmanager
def no_configuration(refuse):
    """Meanwhile DIRAC's configuration refuses to answer, and its files to be read."""
    try:
        from DIRAC.ConfigurationSystem.Client.Config import gConfig
        from diraccfg import CFG
    except Exception:
        # A DIRAC that cannot be imported says so in each component.
        yield
        return
    names = [name for name in dir(gConfig) if name.startswith("get")]
    for name in names:
        setattr(gConfig, name, refuse("reads the configuration"))
    load, CFG.loadFromFile = CFG.loadFromFile, refuse("reads the configuration")
    try:
        yield
    finally:
        CFG.loadFromFile = load
        for name in names:
            delattr(gConfig, name)


def import_all(kind, modules):
    """Import what programs of this kind and the modules need and can share.

    Answers the names of the variables that were read, the threads that wait to be started, and why modules were left.
    Raises GoesOn when a module goes on after a refusal.
    """
    read, threads, left = Read(), [], {}
    with nothing_but_imports(read) as refuse, no_configuration(refuse):
        with put_off(threads):
            left.update(imported(PROGRAMS[kind], read))
            open_library()
        left.update(imported(modules, read))
    gc.collect()
    gc.freeze()
    return read.variables - OWN_OF_SHELLS, threads, left


def imported(modules, read):
    """Import these; answers why one could not be. One that raises will tell so in its component too."""
    left = {}
    for module in modules:
        refusals = read.refusals
        try:
            importlib.import_module(module)
        except (Exception, SystemExit, Refused) as error:
            left[module] = f"{type(error).__name__}: {error}"
        else:
            if read.refusals > refusals:
                raise GoesOn(module)
    return left


def open_library():
    """The first context has OpenSSL load its algorithms: 2 MB that components can share."""
    with contextlib.suppress(Exception):
        from M2Crypto import SSL

        SSL.Context("tls")


@contextlib.contextmanager
def put_off(threads):
    """Meanwhile a thread that is started goes into ``threads`` instead."""
    refused = threading.Thread.start

    def put(thread):
        threads.append(thread)

    threading.Thread.start = put
    try:
        yield
    finally:
        threading.Thread.start = refused


def files():
    """Every file that an imported module came from, and the folders of packages, with what tells a change."""
    found = {}
    for module in list(sys.modules.values()):
        path = getattr(module, "__file__", None)
        if path and path not in found:
            found[path] = stamp(path)
    for folder in sys.path:
        found[folder] = stamp(folder)
    return found


def stamp(path):
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


def handlers(kind, system):
    """The modules of the services of this kind, and what they import later."""
    with open(system) as file:
        services = json.load(file)["services"]
    own = [each for each in services if (each["protocol"] == "https") == (kind == "tornado")]
    # The HTTPS services take their methods from the modules of the others.
    names = [f"{each['system']}System.Service.{each['component'].removeprefix('Tornado')}Handler" for each in own]
    return [*LATER[kind], *(f"DIRAC.{name}" for name in names)]
