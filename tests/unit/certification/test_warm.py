import json

import pytest

from diraccert.certification.product import ProductError
from diraccert.certification.warm import Warm
from diraccert.model.errors import InfrastructureError


class Line:
    def __init__(self, *replies):
        self.replies = list(replies)
        self.sent = []
        self.closed = False

    def send(self, line):
        self.sent.append(json.loads(line))

    def receive(self, limit):
        reply = self.replies.pop(0)
        if isinstance(reply, BaseException):
            raise reply
        return json.dumps(reply).encode()

    def close(self):
        self.closed = True


def warm(*lines):
    left = list(lines)
    return Warm(lambda: left.pop(0), "run-1")


OK = {"rc": 0, "out": "", "err": ""}


def test_a_line_is_used_again():
    line = Line(OK, OK)
    asked = warm(line)
    assert asked.request({"op": "ping"}, 5)["rc"] == 0
    asked.request({"op": "exec", "argv": ("a",)}, 7)
    assert [each["limit"] for each in line.sent] == [5, 7]
    assert line.sent[1]["argv"] == {"~": "tuple", "v": ["a"]}


@pytest.mark.parametrize("error", [InfrastructureError("gone"), KeyboardInterrupt(), AssertionError()])
def test_a_line_that_may_still_have_an_answer_is_never_used_again(error):
    first, second = Line(error), Line(OK)
    asked = warm(first, second)
    with pytest.raises(type(error)):
        asked.request({"op": "ping"}, 5)
    assert first.closed
    asked.request({"op": "ping"}, 5)
    assert len(second.sent) == 1


def test_a_refused_request_is_ours():
    with pytest.raises(InfrastructureError, match="refuses nothing: no operation"):
        warm(Line({"refused": "no operation"})).request({"op": "nothing"}, 5)


def test_a_session_is_made_once_under_a_lock_of_the_run():
    line = Line(OK)
    asked = warm(line)
    path = asked.session("alice", "dteam_user")
    assert asked.session("alice", "dteam_user") == path == "/run/dirac-cert/sessions/run-1/alice-dteam_user.pem"
    assert line.sent[0]["argv"] == ["dirac-proxy-init", "-g", "dteam_user", "-u", path]
    assert (line.sent[0]["lock"], line.sent[0]["unless"]) == (f"{path}.lock", path)


def test_a_refused_session_is_the_products_and_is_asked_for_again():
    line = Line({"rc": 1, "out": "", "err": "not registered"}, OK)
    asked = warm(line)
    with pytest.raises(ProductError, match="dirac-proxy-init -g g of mallory: not registered"):
        asked.session("mallory", "g")
    asked.session("mallory", "g")
    assert len(line.sent) == 2


def test_closing_hangs_up():
    line = Line(OK)
    asked = warm(line)
    asked.request({"op": "ping"}, 5)
    asked.close()
    assert line.closed
