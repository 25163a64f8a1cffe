"""The zygote imports and accepts; it runs no request, so that no request can harm it."""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import signal
import socket
import sys
import threading
import traceback

from .keeper import Keeper
from .work import Work

#: Functions of threads that need not start at all; see put_off.
CLEANERS = ("purgeExpired",)

#: What users' commands and calls spend their time on importing.
DIRAC_MODULES = (
    "DIRAC",
    "DIRAC.Core.Base.API",
    "DIRAC.Core.Base.Client",
    "DIRAC.Core.Base.Script",
    "DIRAC.Core.DISET.RPCClient",
    "DIRAC.Core.DISET.TransferClient",
    "DIRAC.Core.Security.ProxyInfo",
    "DIRAC.Core.Tornado.Client.TornadoClient",
    "DIRAC.ConfigurationSystem.Client.Helpers.Operations",
    "DIRAC.ConfigurationSystem.Client.Helpers.Registry",
    "DIRAC.DataManagementSystem.Client.DataManager",
    "DIRAC.FrameworkSystem.Client.ProxyGeneration",
    "DIRAC.FrameworkSystem.Client.ProxyManagerClient",
    "DIRAC.FrameworkSystem.Client.ProxyUpload",
    "DIRAC.Interfaces.API.Dirac",
    "DIRAC.Interfaces.API.DiracAdmin",
    "DIRAC.Interfaces.API.Job",
    "DIRAC.RequestManagementSystem.Client.ReqClient",
    "DIRAC.RequestManagementSystem.Client.Request",
    "DIRAC.ResourceStatusSystem.Client.ResourceStatusClient",
    "DIRAC.Resources.Catalog.FileCatalog",
    "DIRAC.Resources.Catalog.FileCatalogClient",
    "DIRAC.Resources.Storage.StorageElement",
    "DIRAC.TransformationSystem.Client.Transformation",
    "DIRAC.TransformationSystem.Client.TransformationClient",
    "DIRAC.WorkloadManagementSystem.Client.JobMonitoringClient",
    "DIRAC.WorkloadManagementSystem.Client.SandboxStoreClient",
    "DIRAC.WorkloadManagementSystem.Client.WMSClient",
)


def initialise_dirac():
    """Load the configuration as this account sees it now, as every command does."""
    import DIRAC

    if hasattr(DIRAC, "initialize"):
        DIRAC.initialize()
        return
    from DIRAC.Core.Base import Script

    sys.argv = ["warm"]
    Script.parseCommandLine(ignoreErrors=True)


def console_scripts():
    """The console scripts of everything installed here, by name."""
    from importlib.metadata import entry_points

    # Without its extras, as in "module:function [admin]".
    return {entry.name: f"{entry.module}:{entry.attr}" for entry in entry_points(group="console_scripts")}


@contextlib.contextmanager
def without_configuration_servers(modules):
    """Some modules ask for an option as they are imported, and would have DIRAC fetch the configuration in a thread,
    as root, and believe in every fork that it has just been fetched: so let DIRAC know no server meanwhile."""
    if "DIRAC" not in modules:
        yield
        return
    try:
        from DIRAC.ConfigurationSystem.Client.ConfigurationData import gConfigurationData
    except Exception as error:
        print(f"DIRAC cannot be imported: {type(error).__name__}: {error}", file=sys.stderr)
        yield
        return
    gConfigurationData.getServers = list
    try:
        yield
    finally:
        del gConfigurationData.getServers


@contextlib.contextmanager
def put_off(threads):
    """Threads that start as modules are imported, a fork would not have: they go into ``threads``, for each child to
    start. Not those that clean a cache: a child lives shorter than the ten minutes after which one looks first."""
    start = threading.Thread.start

    def put(thread):
        if getattr(getattr(thread, "_target", None), "__name__", "") not in CLEANERS:
            threads.append(thread)

    threading.Thread.start = put
    try:
        yield
    finally:
        threading.Thread.start = start


def warm_up(modules):
    """Import the modules. Answers the threads to start.

    One that this release does not have is none of our business; one that it has and that does not import, whatever it
    raises, fails whoever uses it in the same way, and it is that scenario that says so. Raises SystemExit when a thread
    started all the same.
    """
    threads = []
    with put_off(threads), without_configuration_servers(modules):
        for module in modules:
            try:
                importlib.import_module(module)
            except Exception as error:
                print(f"not imported: {module}: {type(error).__name__}: {error}", file=sys.stderr)
    if threading.active_count() > 1:
        names = [thread.name for thread in threading.enumerate()]
        raise SystemExit(f"importing started threads, a fork would lose them: {names}")
    gc.collect()
    gc.freeze()
    return threads


def serve(path, modules, initialise):
    """Accept for ever; a keeper for each connection."""
    # A name that the zygote shares with nobody who is not root; a socket left by a killed one is in the way.
    os.makedirs(os.path.dirname(path), exist_ok=True)
    work = Work(console_scripts(), initialise, warm_up(modules))
    fresh = f"{path}.{os.getpid()}"
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(fresh)
    os.chmod(fresh, 0o600)
    listener.listen(64)
    os.rename(fresh, path)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    print(f"warm: {len(sys.modules)} modules, {len(work.scripts)} scripts", flush=True)
    while True:
        connection, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            try:
                Keeper(work, connection).serve()
            except (BrokenPipeError, ConnectionResetError):
                pass
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(0)
        connection.close()
