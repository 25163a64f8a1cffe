"""What a scenario asks for has a limit that grows with the load, and an error that does not."""

from __future__ import annotations

from typing import Any

import pytest

from diraccert.certification import stretch
from diraccert.certification.product import ProductError
from diraccert.certification.recorder import Recorder
from diraccert.certification.user import User


class Interpreter:
    """It never answers in time."""

    def __init__(self) -> None:
        self.limit = 0.0

    def session(self, account: str, group: str) -> str:
        return "/tmp/proxy"

    def request(self, message: dict[str, Any], limit: float) -> dict[str, Any]:
        self.limit = limit
        return {"limit": True, "out": "so far", "err": ""}


def test_a_limit_grows_and_what_is_said_of_it_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(stretch.VARIABLE, "2.5")
    slow = Interpreter()
    alice = User("alice", "dteam_user", "dteam", "/home/alice", slow, Recorder())  # type: ignore[arg-type]
    with pytest.raises(ProductError, match=r"^no answer within 10 s; last output: so far$"):
        alice.run("dirac-proxy-info", limit=10)
    assert slow.limit == 25.0
