"""A keeper serves one connection: it forks a child for each request, watches it, and answers."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import json
import os
import select
import signal
import socket
import sys
import tempfile
import time

from .child import run_child
from .typed import decode

OUTPUT_LIMIT = 2_000_000
PR_SET_CHILD_SUBREAPER = 36


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
