"""The image of OpenSearch by itself: nothing of a release is in it, and it does what DIRAC asks, and is small."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import counters
from diraccert.certification.search import Search
from diraccert.images import build, labels
from diraccert.images.build_plan import ImageSet
from diraccert.images.daemon import Daemon, connect
from diraccert.instances.host import Host
from diraccert.instances.instance import Instance
from diraccert.instances.up import up
from diraccert.model.progress import Silent
from tests.integration import release
from tests.integration.test_roles import changed_tasks, play

pytestmark = [pytest.mark.docker, pytest.mark.network, pytest.mark.timeout(600), pytest.mark.xdist_group("opensearch")]
NAME = "opensearch-alone"


@pytest.fixture(scope="module")
def daemon() -> Daemon:
    return connect()


@pytest.fixture(scope="module")
def image(daemon: Daemon) -> ImageSet:
    """Its image, built when it is not there, as a set of one host."""
    planned = release.planned(daemon, "8.0.86-opensearch")
    own = tuple(stage for stage in planned.stages if stage.name in ("base", "opensearch"))
    build.build(daemon, replace(planned, stages=own), Silent())
    return ImageSet(digest=planned.image_set.digest, tags=planned.beside["opensearch"], distribution="opensearch")


@pytest.fixture
def alone(daemon: Daemon, image: ImageSet) -> Iterator[Instance]:
    """An instance of OpenSearch alone."""
    instance = up(daemon, image, NAME, Silent())
    try:
        yield instance
    finally:
        instance.down()


@pytest.fixture
def host(alone: Instance) -> Host:
    return alone.host("opensearch")


def test_the_image_holds_a_runtime_and_no_tools(daemon: Daemon, image: ImageSet, host: Host) -> None:
    found = daemon.client.images.get(image.tags["opensearch"])
    assert found.attrs["Config"]["Labels"][labels.HOST] == "opensearch"
    assert found.attrs["Size"] < 460_000_000
    for tool in ("mvn", "javac", "gcc", "objcopy"):
        assert host.run(["sh", "-c", f"command -v {tool}"]).rc != 0, f"{tool} is left"
    left = host.run(
        ["find", "/usr/local/share/ca-certificates", "/var/tmp", "/root", "-name", "*.crt", "-o", "-name", "*.jar"]
    )
    assert left.out == ""
    assert host.run(["test", "-e", "/opt/dirac/venv"]).rc != 0, "something of a release is in it"


def test_it_takes_at_most_300_megabytes(alone: Instance, host: Host) -> None:
    Search(host).ask("PUT", "some/_doc/1?refresh=true", {"v": 1})
    used = sum(use.total for use in counters.memory(alone).values()) / counters.MEGABYTE
    assert used < 300, f"{used:.0f} MB"


def test_it_does_what_dirac_asks(host: Host) -> None:
    search = Search(host)
    search.ask("PUT", "some", {"mappings": {"properties": {"user": {"type": "keyword"}, "at": {"type": "date"}}}})
    for number in range(3):
        search.ask("PUT", f"some/_doc/{number}", {"user": "alice", "at": 1_700_000_000_000 + number, "v": number})
    search.ask("POST", "some/_update/1", {"script": "ctx._source.remove('v')"})
    search.ask("POST", "some/_refresh")
    search.ask("POST", "some/_delete_by_query?refresh=true", {"query": {"range": {"at": {"gte": 1_700_000_000_002}}}})
    found = search.documents("user", "alice", "some")
    assert {each["_id"]: "v" in each["_source"] for each in found} == {"0": True, "1": False}
    assert search.properties("some")["v"] == {"type": "long"}


def test_a_reset_leaves_nothing_whatever_was_done(alone: Instance, host: Host) -> None:
    search = Search(host)
    before = search.ask("GET", "_cluster/state/metadata")["metadata"]["templates"]
    process = host.run(["pgrep", "-f", "CertNode"]).out
    search.ask("PUT", ".hidden/_doc/1", {"v": 1})
    search.ask("PUT", "some/_doc/1", {"v": 1})
    search.ask("PUT", "_index_template/mine", {"index_patterns": ["mine*"], "data_stream": {}})
    search.ask("POST", "mine/_doc", {"@timestamp": 1})
    alone.reset()
    assert search.ask("GET", "_cluster/state/metadata")["metadata"]["templates"] == before
    assert search.ask("GET", "_cluster/state/metadata")["metadata"]["indices"] == {}
    assert search.ask("GET", "_index_template") == {"index_templates": []}
    assert host.run(["pgrep", "-f", "CertNode"]).out == process, "emptied as it ran"
    search.ask("PUT", "_cluster/settings", {"persistent": {"action.auto_create_index": "false"}})
    alone.reset()
    assert search.ask("GET", "_cluster/settings")["persistent"] == {}
    host.must(["sv", "-w", "20", "down", "/opt/dirac/startup/OpenSearch_OpenSearch"])
    alone.reset()
    assert search.ask("GET", "_cluster/health")["status"] == "green"


def test_a_second_play_changes_nothing(daemon: Daemon, host: Host, tmp_path: Path) -> None:
    recap = play(daemon, {"opensearch": host.container}, tmp_path)
    assert changed_tasks((tmp_path / "play.log").read_text()) == []
    assert set(recap) == {"opensearch"}


def test_its_log_is_one_of_a_component(alone: Instance) -> None:
    assert "OpenSearch/OpenSearch" in alone.components()
    assert "started" in alone.logs("OpenSearch/OpenSearch")
