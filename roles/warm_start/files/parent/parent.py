#!/usr/bin/env python3
"""The warm parent: it imports DIRAC once, and each component that its launcher asks for is a fork of it.

    parent.py KIND SOCKET SYSTEM.json PADDING

It never has a thread or a configuration, and runs nothing itself. A component is a process of its own, with its own
name, folder, streams and environment, as if its interpreter had just imported what it needs. To keep that true

- a module that, while it is imported, reads the configuration, starts a thread, connects, or (one of DIRAC's) asks
  for its process id is left for the component to import; threads of what all programs import start in the component;
- a request whose environment differs in a variable that was read while importing is declined: the launcher then
  starts the program cold;
- when a file of an imported module has changed on disk, the parent starts anew before it serves the next request; so
  it does when a module went on although it was refused something, and leaves that module to the component.

KIND is ``tornado`` for the one process of all HTTPS services, which DIRAC tells by a variable as it is imported, and
``component`` for all else. PADDING is what `ps` shows of a component: its own words are written over it.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import struct
import sys

import warm_component
import warm_imports

ANSWER = struct.Struct("i")
DECLINED = 0
STATE = "DIRAC_CERT_WARM_STATE"
#: Variables that the interpreter, the loader and the C libraries read before or beside any module.
EARLY = ("PYTHON", "LC_", "LANG", "LD_", "MALLOC_", "GLIBC_", "OPENSSL_", "SSL_")


class Parent:
    """Answers launchers; ``children`` are the components that live, by process id, and their launchers' connections."""

    def __init__(self, listener, children, scripts, read, environment):
        self.listener = listener
        self.children = children
        self.scripts = scripts
        self.read = read
        self.environment = environment
        self.stamps = warm_imports.files()
        self.bell, self.ringer = socket.socketpair()
        for end in (self.bell, self.ringer):
            end.setblocking(False)

    def serve(self):
        """Returns in children only, with the request."""
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self.ringer.fileno(), warn_on_full_buffer=False)
        self.reap()
        while True:
            poll = select.poll()
            poll.register(self.listener, select.POLLIN)
            poll.register(self.bell, select.POLLIN)
            for connection in self.children.values():
                poll.register(connection, select.POLLRDHUP)
            for descriptor, _ in poll.poll():
                if descriptor == self.listener.fileno():
                    self.start_anew_when_changed()
                    request = self.take()
                    if request:
                        return request
                elif descriptor == self.bell.fileno():
                    self.bell.recv(4096)
                else:
                    self.launcher_ended(descriptor)
            self.reap()

    def take(self):
        """Serve one launcher; answers its request in the child."""
        connection, _ = self.listener.accept()
        try:
            request = warm_component.receive(connection)
        except (OSError, ValueError, struct.error) as error:
            print(f"warm start: refused: {error}", file=sys.stderr, flush=True)
            connection.close()
            return None
        reason = self.why_not(connection, request)
        child = None
        if not reason:
            try:
                child = os.fork()
            except OSError as error:
                reason = str(error)
        if child == 0:
            self.leave()
            connection.close()
            return request
        for stream in request.streams:
            os.close(stream)
        with contextlib.suppress(OSError):
            connection.sendall(ANSWER.pack(child or DECLINED))
        if child:
            self.children[child] = connection
        else:
            connection.close()
            print(f"warm start: {' '.join(request.argv[:2])} starts cold: {reason}", flush=True)
        return None

    def why_not(self, connection, request):
        """Why a fork of this process would not be what the launcher asks for; empty when it would."""
        _, user, group = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        if (user, group) != (os.getuid(), os.getgid()):
            return f"belongs to {user}:{group}"
        if os.path.basename(request.argv[0]) not in self.scripts:
            return "is no console script"
        asked, ours = request.environment, self.environment
        names = {name for name in {*asked, *ours} if name in self.read or name.startswith(EARLY)}
        return ", ".join(f"{name} differs" for name in sorted(names) if asked.get(name) != ours.get(name))

    def leave(self):
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for connection in self.children.values():
            connection.close()
        for each in (self.listener, self.bell, self.ringer):
            each.close()

    def launcher_ended(self, descriptor):
        """A launcher that was killed takes its component with it."""
        for child, connection in self.children.items():
            if connection.fileno() == descriptor:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)

    def reap(self):
        while self.children:
            try:
                child, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if child == 0:
                return
            with self.children.pop(child) as connection, contextlib.suppress(OSError):
                connection.sendall(ANSWER.pack(status))

    def start_anew_when_changed(self):
        """Become a fresh parent of the same children when what was imported is not what lies on disk any more."""
        changed = [path for path, was in self.stamps.items() if warm_imports.stamp(path) != was]
        if not changed:
            return
        print(f"warm start: anew, as this changed: {', '.join(changed[:3])}", flush=True)
        begin_anew(self.listener, self.children, [], self.environment)


def begin_anew(listener, children, leave, environment):
    """Become a fresh parent of the same children, which does not import what is to be left."""
    kept = {"listener": listener.fileno(), "children": {}, "leave": leave}
    os.set_inheritable(listener.fileno(), True)
    for child, connection in children.items():
        os.set_inheritable(connection.fileno(), True)
        kept["children"][child] = connection.fileno()
    with open("/proc/self/cmdline", "rb") as file:
        argv = file.read().split(b"\0")[:-1]
    os.execve(sys.executable, argv, {**environment, STATE: json.dumps(kept)})


def listen(path):
    """Listen at once, under a name of nobody else's: launchers wait for the imports, not for the socket."""
    fresh = f"{path}.{os.getpid()}"
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(fresh)
    os.chmod(fresh, 0o600)
    listener.listen(128)
    os.rename(fresh, path)
    return listener


def given_environment():
    """The environment as it was before the interpreter and the modules changed it."""
    with open("/proc/self/environ", "rb") as file:
        words = [os.fsdecode(word) for word in file.read().split(b"\0")[:-1]]
    given = dict(word.partition("=")[::2] for word in words)
    given.pop(STATE, None)
    return given


def main():
    kind, path, system = sys.argv[1:4]
    state = json.loads(os.environ.pop(STATE, "null"))
    if state is None:
        listener, children, leave = listen(path), {}, []
    else:
        listener, leave = socket.socket(fileno=state["listener"]), state["leave"]
        children = {int(child): socket.socket(fileno=line) for child, line in state["children"].items()}
    from importlib.metadata import entry_points

    # Without its extras, as in "module:function [admin]".
    scripts = {entry.name: f"{entry.module}:{entry.attr}" for entry in entry_points(group="console_scripts")}
    environment = given_environment()
    modules = [name for name in warm_imports.handlers(kind, system) if name not in leave]
    try:
        read, threads, left = warm_imports.import_all(kind, modules)
    except warm_imports.GoesOn as error:
        # What was imported is half made, so nobody gets it.
        if error.module in modules:
            begin_anew(listener, children, [*leave, error.module], environment)
        # Without it there is nothing to share: every launcher is declined.
        scripts, read, threads, left = {}, set(), [], {"all": str(error)}
    left.update(dict.fromkeys(leave, "goes on after a refusal"))
    made = {name: value for name, value in os.environ.items() if environment.get(name) != value}
    for name, why in left.items():
        print(f"warm start: left to components: {name}: {why}", flush=True)
    print(f"warm start: {len(sys.modules)} modules", flush=True)
    request = Parent(listener, children, scripts, read, environment).serve()
    # What modules put there as they were imported, they would have put there in the component.
    request.environment.update(made)
    program = warm_component.become(request, scripts)
    for thread in threads:
        thread.start()
    sys.exit(program())


if __name__ == "__main__":
    main()
