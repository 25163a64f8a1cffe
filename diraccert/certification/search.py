"""OpenSearch as scenarios ask it: by its own API from inside its host, past DIRAC."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from diraccert.certification.product import shorten
from diraccert.instances import waiting
from diraccert.instances.host import Host
from diraccert.model.errors import InfrastructureError

SERVICE = "/opt/dirac/startup/OpenSearch_OpenSearch"
READY = "/opt/dirac-cert/ready"
ASK = """
import sys
import urllib.error
import urllib.request

method, path = sys.argv[1:]
headers = {"Content-Type": "application/json"}
body = sys.stdin.buffer.read() or None
request = urllib.request.Request(f"http://127.0.0.1:9200/{path}", data=body, headers=headers, method=method)
try:
    print(urllib.request.urlopen(request, timeout=20).read().decode())
except urllib.error.HTTPError as error:
    sys.exit(f"{error.code}: {error.read().decode()}")
"""
LIMIT = 30.0


@dataclass(frozen=True)
class Search:
    """What OpenSearch holds. Whatever it does not answer is ERROR: it is no part of the product."""

    host: Host

    def ask(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """The answer to a request; InfrastructureError when there is none, or an error of OpenSearch."""
        told = "" if body is None else json.dumps(body)
        done = self.host.run(["python3", "-I", "-c", ASK, method, path], stdin=told)
        if done.rc != 0:
            raise InfrastructureError(f"OpenSearch: {method} {path}: {shorten(done.err[-300:])}")
        answer: dict[str, Any] = json.loads(done.out)
        return answer

    def documents(self, field: str, value: Any, index: str = "*") -> list[dict[str, Any]]:
        """The documents with this value of a keyword field, each with ``_index``, ``_id`` and ``_source``."""
        self.ask("POST", f"{index}/_refresh")
        found = self.ask("POST", f"{index}/_search", {"size": 1000, "query": {"term": {field: value}}})
        return list(found["hits"]["hits"])

    def properties(self, index: str) -> dict[str, dict[str, Any]]:
        """The mapping of one index: its fields and how each is kept."""
        return dict(self.ask("GET", f"{index}/_mapping")[index]["mappings"]["properties"])

    @contextmanager
    def down(self) -> Iterator[None]:
        """OpenSearch does not run while this lasts; afterwards it does, with what it held before."""
        self.host.must(["sv", "-w", "20", "down", SERVICE])
        try:
            yield
        finally:
            self.host.must(["sv", "up", SERVICE])
            waiting.wait_for(lambda: self.host.run([READY]).rc == 0, LIMIT, "OpenSearch to take an index again")
