"""A user of the grid, as scenarios speak of one: commands, calls and files under one identity."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from diraccert.certification import stretch
from diraccert.certification.product import CommandResult, ProductError, shorten, value_of
from diraccert.certification.recorder import Recorder

#: How dirac-wms-job-submit says which jobs it made.
SUBMITTED = re.compile(r"JobID = \[?(\d+)")


def job_ids(answer: Any) -> list[int]:
    """The ids of jobs in what a submission answered."""
    value = answer.get("Value") if isinstance(answer, dict) else answer
    return [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, int)][:20]


def _told(value: Any) -> str:
    """What of an answer goes into the record: of S_OK its value, of S_ERROR its message."""
    if isinstance(value, dict) and isinstance(value.get("OK"), bool):
        return repr(value.get("Value")) if value["OK"] else f"S_ERROR: {value.get('Message')}"
    return repr(value)


class Interpreter(Protocol):
    """The warm interpreter as a user needs it; see diraccert.certification.warm."""

    def request(self, message: Mapping[str, Any], limit: float) -> dict[str, Any]:
        """The reply to one request; raises InfrastructureError when the interpreter does not answer."""

    def session(self, account: str, group: str) -> str:
        """The path of this run's proxy file of the account in the group, made when there is none."""


@dataclass(frozen=True)
class User:
    """An account of the client host in one DIRAC group.

    ``folder`` is its working folder for this scenario, ``proxy`` its proxy file: "" stands for the session
    that all scenarios of the run share, anything else is a file of this scenario's own.
    """

    account: str
    group: str
    vo: str
    folder: str
    interpreter: Interpreter
    recorder: Recorder
    proxy: str = ""

    @property
    def name(self) -> str:
        """The DIRAC user name, which is the account's."""
        return self.account

    def as_group(self, group: str) -> User:
        """The same person in another group (``carol.as_group("dteam_user")``), which is of the same VO."""
        return replace(self, group=group)

    def logged_out(self) -> User:
        """The same person on a machine of its own without any proxy, for scenarios that certify the login."""
        return replace(self, proxy=f"{self.folder}/own-proxy.pem")

    def run(
        self, command: str | Sequence[str], *, real: bool = False, limit: float = 60.0,
        stdin: str = "", env: Mapping[str, str] | None = None,
    ) -> CommandResult:  # fmt: skip
        """Run a command in the working folder; a console script of DIRAC in a fork of the warm interpreter.

        ``real`` starts a new process, as a shell would (1 s more). A command that takes longer than ``limit``
        seconds (more on a busy machine) is killed with all it started: ProductError.
        """
        argv = tuple(shlex.split(command)) if isinstance(command, str) else tuple(command)
        with self.recorder.step(f"{self.account}: {shlex.join(argv)}") as note:
            reply = self._ask({"op": "exec" if real else "script", "argv": list(argv), "stdin": stdin}, limit, env)
            done = CommandResult(argv, reply["rc"], reply["out"], reply["err"], reply["seconds"])
            note.ok = done.rc == 0
            self.recorder.mention(*SUBMITTED.findall(done.out))
            note.detail = done.text if done.rc == 0 else f"exit code {done.rc}: {done.text[-280:]}"
        return done

    def rpc(self, service: str, method: str, *arguments: Any, limit: float = 60.0) -> Any:
        """The value that ``System/Service`` answers to a call; raises ProductError when it answers S_ERROR."""
        return value_of(self.rpc_raw(service, method, *arguments, limit=limit), f"{service}.{method}")

    def rpc_raw(self, service: str, method: str, *arguments: Any, limit: float = 60.0) -> dict[str, Any]:
        """The whole dictionary that a service answers."""
        message = {"op": "rpc", "service": service, "method": method, "args": list(arguments)}
        answer = self._value(f"{service}.{method}", arguments, message, limit)
        if not isinstance(answer, dict):
            raise ProductError(f"{service}.{method} answered {shorten(answer)}, which is no S_OK or S_ERROR", answer)
        return answer

    def call(
        self, path: str, method: str, *arguments: Any,
        init: Sequence[Any] | Mapping[str, Any] = (), limit: float = 60.0, **named: Any,
    ) -> Any:  # fmt: skip
        """Call ``method`` of an instance of ``module:Class`` made with ``init``; answers as ``rpc`` does."""
        return value_of(self.call_raw(path, method, *arguments, init=init, limit=limit, **named), f"{path}.{method}")

    def call_raw(
        self, path: str, method: str, *arguments: Any,
        init: Sequence[Any] | Mapping[str, Any] = (), limit: float = 60.0, **named: Any,
    ) -> Any:  # fmt: skip
        """As ``call``, with the answer as it came."""
        message = {"op": "call", "path": path, "method": method, "init": init, "args": list(arguments), "named": named}
        return self._value(f"{path.rpartition(':')[2]}.{method}", arguments, message, limit)

    def python(self, code: str, limit: float = 60.0, **variables: Any) -> Any:
        """Run a piece of Python with DIRAC initialised for this user; answers what it leaves in ``result``."""
        return self._value("python", (code,), {"op": "python", "code": code, "variables": variables}, limit)

    def put(self, name: str, content: bytes | str) -> str:
        """Write a file into the working folder; answers its path on the client host."""
        data = content.encode() if isinstance(content, str) else content
        with self.recorder.step(f"{self.account}: write {name} ({len(data)} bytes)"):
            reply = self._ask({"op": "put", "path": name, "content": data}, 30.0, None, needs_proxy=False)
        return str(reply["value"])

    def read(self, name: str) -> bytes:
        """The bytes of a file in the working folder (or at an absolute path); ProductError when there is none."""
        with self.recorder.step(f"{self.account}: read {name}"):
            content = self._ask({"op": "read", "path": name}, 30.0, None, needs_proxy=False)["value"]
        return bytes(content)

    def _value(self, what: str, arguments: Sequence[Any], message: dict[str, Any], limit: float) -> Any:
        spoken = ", ".join(shorten(repr(argument), 80) for argument in arguments)
        with self.recorder.step(f"{self.account}: {what}({spoken})") as note:
            value = self._ask(message, limit, None)["value"]
            note.ok = not (isinstance(value, dict) and value.get("OK") is False)
            note.detail = _told(value)
            if "submitjob" in what.lower():
                self.recorder.mention(*job_ids(value))
        return value

    def _ask(
        self, message: dict[str, Any], limit: float, env: Mapping[str, str] | None, *, needs_proxy: bool = True
    ) -> dict[str, Any]:
        proxy = self.proxy
        if needs_proxy and not proxy:
            proxy = self.interpreter.session(self.account, self.group)
        environment = {"X509_USER_PROXY": proxy, **(env or {})} if proxy else dict(env or {})
        request = {**message, "account": self.account, "folder": self.folder, "env": environment}
        # what is said of it is the same on every machine, as findings are known by it
        reply = self.interpreter.request(request, stretch.seconds(limit))
        if reply.get("limit"):
            said = shorten(reply["out"][-200:] + reply["err"][-300:])
            raise ProductError(f"no answer within {limit:g} s; last output: {said}")
        if "error" in reply:
            raise ProductError(f"{reply['error']}: {shorten(reply.get('err', '')[-600:])}", reply)
        return reply
