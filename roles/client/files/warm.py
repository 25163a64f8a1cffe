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
the request was killed at its limit. Values are typed JSON (see ``encode``): nothing is unpickled on either side.
"""

from __future__ import annotations

import argparse
import atexit
import base64
import contextlib
import ctypes
import datetime
import errno
import fcntl
import gc
import importlib
import json
import os
import pwd
import select
import signal
import socket
import sys
import tempfile
import threading
import time
import traceback

OUTPUT_LIMIT = 2_000_000
PR_SET_CHILD_SUBREAPER = 36

#: Functions of threads that need not start here; see without_cleaners.
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


# --- typed JSON: what DIRAC's own JSON loses (integer keys, tuples, bytes, times) survives


#: What JSON has no word for: type, name of its kind, and what stands for its value. A subclass goes before its base.
KINDS = (
    (tuple, "tuple", lambda value: [encode(each) for each in value]),
    ((set, frozenset), "set", lambda value: [encode(each) for each in value]),
    ((bytes, bytearray), "bytes", lambda value: base64.b64encode(bytes(value)).decode()),
    (datetime.datetime, "datetime", lambda value: value.isoformat()),
    (datetime.date, "date", lambda value: value.isoformat()),
    (datetime.timedelta, "timedelta", lambda value: value.total_seconds()),
    (object, "object", lambda value: [type(value).__name__, repr(value)[:2000]]),
)
#: Subclasses (DIRAC's own strings and numbers, enumerations) become what they are made of.
PLAIN = (bool, str, int, float)


def encode(value):
    """A value as JSON types. ``{"~": KIND, "v": ...}`` stands for what JSON has no word for."""
    if value is None:
        return None
    for plain in PLAIN:
        if isinstance(value, plain):
            return plain(value) if plain is not str else str.__str__(value)
    if isinstance(value, list):
        return [encode(each) for each in value]
    if isinstance(value, dict):
        if "~" not in value and all(isinstance(key, str) for key in value):
            return {str.__str__(key): encode(each) for key, each in value.items()}
        return {"~": "dict", "v": [[encode(key), encode(each)] for key, each in value.items()]}
    kind, stand_in = next((kind, stand_in) for types, kind, stand_in in KINDS if isinstance(value, types))
    return {"~": kind, "v": stand_in(value)}


DECODERS = {
    "dict": lambda pairs: {decode(key): decode(each) for key, each in pairs},
    "tuple": lambda items: tuple(decode(each) for each in items),
    "set": lambda items: {decode(each) for each in items},
    "bytes": base64.b64decode,
    "datetime": datetime.datetime.fromisoformat,
    "date": datetime.date.fromisoformat,
    "timedelta": lambda seconds: datetime.timedelta(seconds=seconds),
}


def decode(value):
    """The value that ``encode`` made this of; raises ValueError for a kind that a request may not hold."""
    if isinstance(value, list):
        return [decode(each) for each in value]
    if isinstance(value, dict):
        if "~" not in value:
            return {key: decode(each) for key, each in value.items()}
        if value["~"] not in DECODERS:
            raise ValueError(f"no value of kind {value['~']!r} can be sent")
        return DECODERS[value["~"]](value["v"])
    return value


# --- what a child does


def initialise_dirac():
    """Load the configuration as this account sees it now, as every command does."""
    import DIRAC

    if hasattr(DIRAC, "initialize"):
        DIRAC.initialize()
        return
    from DIRAC.Core.Base import Script

    sys.argv = ["warm"]
    Script.parseCommandLine(ignoreErrors=True)


def load(path):
    """The object that ``module:attribute`` names."""
    module, _, attributes = path.partition(":")
    target = importlib.import_module(module)
    for name in filter(None, attributes.split(".")):
        target = getattr(target, name)
    return target


class Work:
    """The operations; ``scripts`` maps the names of console scripts to ``module:attribute``."""

    def __init__(self, scripts, initialise):
        self.scripts = scripts
        self.initialise = initialise

    def do(self, request):
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


def become(account):
    """Drop to the account for good, with its groups and its usual environment."""
    entry = pwd.getpwnam(account)
    if os.geteuid() == 0:
        os.initgroups(account, entry.pw_gid)
        os.setgid(entry.pw_gid)
        os.setuid(entry.pw_uid)
    os.environ.update(HOME=entry.pw_dir, USER=account, LOGNAME=account)
    return entry.pw_dir


def run_child(work, request, answer_fd):
    """The life of a child: never returns."""
    rc = 0
    try:
        try:
            os.environ.pop("X509_USER_PROXY", None)
            home = become(request["account"]) if request.get("account") else os.environ.get("HOME", "/")
            os.environ.update(request.get("env") or {})
            folder = request.get("folder") or home
            os.makedirs(folder, exist_ok=True)
            os.chdir(folder)
            answer = {"value": encode(work.do(request))}
        except SystemExit as leaving:
            answer = {}
            if isinstance(leaving.code, str):
                print(leaving.code, file=sys.stderr)
            rc = leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
        except BaseException as error:
            traceback.print_exc()
            rc, answer = 1, {"error": f"{type(error).__name__}: {error}"[:2000]}
        with os.fdopen(answer_fd, "w") as file:
            json.dump(answer, file)
        # As an interpreter that ends: wait for its threads, then run what was registered for its end.
        threading._shutdown()
        atexit._run_exitfuncs()
    except BaseException:
        traceback.print_exc()
        rc = rc or 1
    finally:
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(rc & 0xFF)


# --- what a keeper does


def descendants():
    """The ids of all processes below this one; none can hide, as orphans come back to a subreaper."""
    parents = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat") as file:
                parents[int(name)] = int(file.read().rpartition(")")[2].split()[1])
        except OSError:
            continue
    found, fresh = [], {os.getpid()}
    while fresh:
        fresh = {child for child, parent in parents.items() if parent in fresh}
        found.extend(fresh)
    return found


def end_everything():
    """Kill and reap all that the request started."""
    while True:
        for pid in descendants():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        try:
            os.wait()
        except ChildProcessError:
            return


class Keeper:
    """Serves one connection, one request after another."""

    def __init__(self, work, connection):
        self.work = work
        self.connection = connection
        # A child's end wakes the keeper through this pair.
        self.bell, ringer = socket.socketpair()
        for end in (self.bell, ringer):
            end.settimeout(0)
        self.ringer = ringer
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(ringer.fileno(), warn_on_full_buffer=False)
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)

    def serve(self):
        with self.connection.makefile("rb") as lines:
            for line in lines:
                try:
                    reply = self.answer(decode(json.loads(line)))
                except (ValueError, KeyError, TypeError, OSError) as error:
                    reply = {"refused": f"{type(error).__name__}: {error}"}
                if reply is None:
                    return
                self.connection.sendall(json.dumps(reply).encode() + b"\n")

    def answer(self, request):
        """The reply to one request; None when the one who asked has gone."""
        if not isinstance(request, dict) or not hasattr(self.work, f"op_{request.get('op')}"):
            raise ValueError(f"no operation in {str(request)[:200]}")
        if not request.get("lock"):
            return self.run(request)
        folder = os.path.dirname(request["lock"])
        if not os.path.isdir(folder):
            # Proxy files are each account's own; others may not take their names away.
            os.makedirs(folder, exist_ok=True)
            os.chmod(folder, 0o1777)
        lock = os.open(request["lock"], os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            product = request.get("unless")
            if product and os.path.exists(product):
                return {"rc": 0, "out": "", "err": "", "seconds": 0.0, "kept": True}
            reply = self.run(request)
            if product and (reply is None or reply["rc"] != 0) and os.path.exists(product):
                os.unlink(product)
            return reply
        finally:
            os.close(lock)

    def run(self, request):
        began = time.monotonic()
        limit = float(request.get("limit") or 60)
        request["limit"] = limit
        with tempfile.TemporaryFile() as given:
            given.write((request.get("stdin") or "").encode())
            given.seek(0)
            pipes = {name: os.pipe() for name in ("out", "err", "answer")}
            sys.stdout.flush()
            sys.stderr.flush()
            child = os.fork()
            if child == 0:
                self.enter(request, given.fileno(), pipes)
        texts = {name: bytearray() for name in pipes}
        readers = {}
        for name, (reader, writer) in pipes.items():
            os.close(writer)
            os.set_blocking(reader, False)
            readers[reader] = name
        try:
            rc = self.watch(child, readers, texts, began + limit)
        finally:
            end_everything()
            for reader in readers:
                os.close(reader)
        if rc is None:
            return None
        reply = {
            "rc": rc, "out": texts["out"].decode(errors="replace"), "err": texts["err"].decode(errors="replace"),
            "seconds": round(time.monotonic() - began, 4),
        }  # fmt: skip
        if rc == -1:
            reply["limit"] = True
        elif texts["answer"]:
            reply.update(json.loads(texts["answer"]))
        elif request["op"] not in ("script", "exec"):
            reply["error"] = f"the process ended with {rc} before it answered"
        return reply

    def enter(self, request, stdin, pipes):
        """In the child: its own session and descriptors, then the work; never returns."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        os.dup2(stdin, 0)
        os.dup2(pipes["out"][1], 1)
        os.dup2(pipes["err"][1], 2)
        answer_fd = os.dup(pipes["answer"][1])
        for reader, writer in pipes.values():
            os.close(reader)
            os.close(writer)
        for closed in (self.connection, self.bell, self.ringer):
            closed.close()
        run_child(self.work, request, answer_fd)

    def watch(self, child, readers, texts, end):
        """The child's exit code; -1 when its limit came first, None when the one who asked hung up."""
        poll = select.poll()
        for reader in readers:
            poll.register(reader, select.POLLIN)
        poll.register(self.bell, select.POLLIN)
        poll.register(self.connection, select.POLLRDHUP)
        while True:
            left = end - time.monotonic()
            if left <= 0:
                return -1
            for descriptor, _ in poll.poll(left * 1000):
                if descriptor == self.connection.fileno():
                    return None
                if descriptor == self.bell.fileno():
                    self.bell.recv(4096)
                elif not self.drain(descriptor, texts[readers[descriptor]], readers[descriptor] == "answer"):
                    poll.unregister(descriptor)
            done, status = os.waitpid(child, os.WNOHANG)
            if done:
                for descriptor, name in readers.items():
                    self.drain(descriptor, texts[name], name == "answer")
                code = os.waitstatus_to_exitcode(status)
                return code if code >= 0 else 128 - code

    @staticmethod
    def drain(descriptor, text, whole):
        """Read what there is; false at the end of the stream. Output beyond the limit is read and dropped."""
        while True:
            try:
                chunk = os.read(descriptor, 65536)
            except BlockingIOError:
                return True
            if not chunk:
                return False
            if whole or len(text) < OUTPUT_LIMIT:
                text.extend(chunk)


# --- the zygote and the bridge


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
    from DIRAC.ConfigurationSystem.Client.ConfigurationData import gConfigurationData

    gConfigurationData.getServers = list
    try:
        yield
    finally:
        del gConfigurationData.getServers


@contextlib.contextmanager
def without_cleaners():
    """Some releases clean a cache in a thread that starts as its module is imported. A fork would not have it, and
    lives shorter than the ten minutes after which it looks for the first time: so it need not start."""
    start = threading.Thread.start

    def unless_cleaner(thread):
        if getattr(getattr(thread, "_target", None), "__name__", "") not in CLEANERS:
            start(thread)

    threading.Thread.start = unless_cleaner
    try:
        yield
    finally:
        threading.Thread.start = start


def warm_up(modules):
    """Import the modules; one that this release does not have is none of our business. Raises if a thread started."""
    with without_cleaners(), without_configuration_servers(modules):
        for module in modules:
            try:
                importlib.import_module(module)
            except ImportError as error:
                print(f"not imported: {module}: {error}", file=sys.stderr)
    if threading.active_count() > 1:
        names = [thread.name for thread in threading.enumerate()]
        raise SystemExit(f"importing started threads, a fork would lose them: {names}")
    gc.collect()
    gc.freeze()


def serve(path, modules, initialise):
    """Accept for ever; a keeper for each connection."""
    # A name that the zygote shares with nobody who is not root; a socket left by a killed one is in the way.
    os.makedirs(os.path.dirname(path), exist_ok=True)
    work = Work(console_scripts(), initialise)
    warm_up(modules)
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
    modules = DIRAC_MODULES if given.imports is None else tuple(filter(None, given.imports.split(",")))
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    return serve(given.socket, modules, (lambda: None) if given.plain else initialise_dirac)


if __name__ == "__main__":
    main()
