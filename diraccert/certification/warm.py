"""The side of the host of the warm interpreter (roles/client/files): requests, replies, sessions."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from diraccert.certification.line import Line
from diraccert.certification.product import ProductError, shorten
from diraccert.certification.typed import decode, encode
from diraccert.model.errors import InfrastructureError

PROGRAM = "/opt/dirac-cert/warm.py"
SOCKET = "/run/dirac-cert/warm.sock"
SESSIONS = "/run/dirac-cert/sessions"
BRIDGE = ("python3", "-I", "-S", PROGRAM, "bridge", SOCKET)

#: Seconds beyond a request's own limit in which the keeper must have killed it and said so.
ANSWER_GRACE = 15.0
SESSION_LIMIT = 60.0


@dataclass
class Warm:
    """Asks the warm interpreter of one instance; safe for several threads, each of which gets a line of its own.

    ``open_line`` dials, ``run_id`` keeps the sessions of one run apart from those of the next.
    """

    open_line: Callable[[], Line]
    run_id: str
    idle: list[Line] = field(default_factory=list)
    sessions: dict[tuple[str, str], str] = field(default_factory=dict)
    guard: threading.Lock = field(default_factory=threading.Lock)

    def request(self, message: Mapping[str, Any], limit: float) -> dict[str, Any]:
        """The reply to one request, which has ``limit`` seconds; see roles/client/files/warm.py for both.

        Raises InfrastructureError when the interpreter is gone or refuses the request.
        """
        with self.guard:
            line = self.idle.pop() if self.idle else None
        line = line or self.open_line()
        try:
            line.send(json.dumps(encode({**message, "limit": limit})).encode() + b"\n")
            answer = line.receive(limit + ANSWER_GRACE)
        except BaseException:
            # The reply of this request may still come: nobody must take it for the reply of the next one.
            line.close()
            raise
        with self.guard:
            self.idle.append(line)
        reply = decode(json.loads(answer))
        if "refused" in reply:
            raise InfrastructureError(f"the warm interpreter refuses {message.get('op')}: {reply['refused']}")
        return dict(reply)

    def session(self, account: str, group: str) -> str:
        """The path of this run's proxy of the account in the group; made by dirac-proxy-init where there is none.

        All workers of a run share it; the keeper's lock lets one of them make it. Raises ProductError when
        DIRAC does not give one.
        """
        if (account, group) in self.sessions:
            return self.sessions[account, group]
        path = f"{SESSIONS}/{self.run_id}/{account}-{group}.pem"
        reply = self.request(
            {
                "op": "script", "argv": ["dirac-proxy-init", "-g", group, "-u", path], "account": account,
                # It asks the configuration server with the proxy that it has just made, so it must look there.
                "folder": "", "env": {"X509_USER_PROXY": path}, "lock": f"{path}.lock", "unless": path,
            },
            SESSION_LIMIT,
        )  # fmt: skip
        if reply["rc"] != 0:
            said = shorten(reply["out"] + reply["err"])
            raise ProductError(f"dirac-proxy-init -g {group} of {account}: {said}", reply)
        self.sessions[account, group] = path
        return path

    def close(self) -> None:
        """Hang up all lines."""
        while self.idle:
            self.idle.pop().close()
