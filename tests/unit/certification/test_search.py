from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from diraccert.certification.product import ProductError
from diraccert.certification.search import SERVICE, Search
from diraccert.instances.host import Completed
from diraccert.model.errors import InfrastructureError


@dataclass
class FakeHost:
    """A host whose programs answer what the test has written down, in this order."""

    answers: list[Completed] = field(default_factory=list)
    asked: list[tuple[tuple[str, ...], Any]] = field(default_factory=list)

    def run(self, argv, stdin=None, **_: Any) -> Completed:
        self.asked.append((tuple(argv), stdin))
        return self.answers.pop(0)

    def must(self, argv, **_: Any) -> str:
        self.asked.append((tuple(argv), None))
        return ""


def ended(out: Any = None, rc: int = 0, err: str = "") -> Completed:
    return Completed(rc, json.dumps(out), err, 0.1)


def test_documents_are_those_with_the_value_after_a_refresh() -> None:
    hit = {"_index": "i-1", "_id": "x", "_source": {"User": "me"}}
    host = FakeHost([ended({}), ended({"hits": {"hits": [hit]}})])
    assert Search(host).documents("User", "me", "i-*") == [hit]  # type: ignore[arg-type]
    (refresh, _), (search, body) = host.asked
    assert refresh[-2:] == ("POST", "i-*/_refresh")
    assert search[-2:] == ("POST", "i-*/_search")
    assert json.loads(body)["query"] == {"term": {"User": "me"}}


def test_what_it_does_not_answer_is_our_infrastructures_failure() -> None:
    host = FakeHost([ended(rc=1, err="404: no such index [i]")])
    with pytest.raises(InfrastructureError, match=r"OpenSearch: GET i/_mapping: 404: no such index \[i\]"):
        Search(host).properties("i")  # type: ignore[arg-type]


def fails_without(search: Search, host: FakeHost) -> None:
    with search.down():
        assert [argv for argv, _ in host.asked] == [("sv", "-w", "20", "down", SERVICE)]
        raise ProductError("it needs OpenSearch")


def test_it_is_back_after_it_was_down_also_when_what_was_done_meanwhile_failed() -> None:
    host = FakeHost([ended(rc=1), ended()])
    with pytest.raises(ProductError, match="it needs OpenSearch"):
        fails_without(Search(host), host)  # type: ignore[arg-type]
    assert [argv for argv, _ in host.asked][1:] == [("sv", "up", SERVICE), *[("/opt/dirac-cert/ready",)] * 2]
