from __future__ import annotations

from collections import namedtuple
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from docker.errors import APIError, DockerException

from diraccert.images.daemon import Daemon, connect, refusal, went_away
from diraccert.model.errors import InfrastructureError

Usage = namedtuple("Usage", "free")


def daemon(info: dict[str, Any], url: str = "unix:///var/run/docker.sock") -> Daemon:
    return Daemon(SimpleNamespace(info=lambda: info), url)  # type: ignore[arg-type]


def test_no_right_is_told_apart_from_no_daemon() -> None:
    wrapped = DockerException(requests.ConnectionError("Connection aborted.", PermissionError(13, "Permission denied")))
    assert "no right to use" in refusal(wrapped, "unix:///x").message
    assert "usermod -aG docker" in refusal(wrapped, "unix:///x").way_out
    absent = refusal(DockerException(FileNotFoundError(2, "No such file")), "unix:///x")
    assert absent.message == "no Docker daemon answers at unix:///x"
    assert "ci/bootstrap" in absent.way_out
    assert absent.exit_code == 2


def test_the_daemon_that_docker_host_names_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    with pytest.raises(InfrastructureError, match=r"unix:///nowhere/docker\.sock"):
        connect()


def test_free_disk_of_a_local_and_of_a_far_daemon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda path: Usage({"/": 7 * 10**9}[str(path)]))
    assert daemon({"DockerRootDir": "/"}).free_bytes() == 7 * 10**9
    far = {"DockerRootDir": "/", "DriverStatus": [["Data Space Available", "12.5GB"]]}
    assert daemon(far, "tcp://far:2376").free_bytes() == 12_500_000_000
    assert daemon({"DockerRootDir": "/nowhere", "DriverStatus": None}).free_bytes() is None


def test_too_little_disk_is_refused_and_an_unknown_amount_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: Usage(5_900_000_000))
    with pytest.raises(InfrastructureError, match=r"5\.9 GB free"):
        daemon({"DockerRootDir": "/"}).require_free(6, "this")
    daemon({}).require_free(6, "this")


def test_a_daemon_that_goes_away_or_has_no_space_leads_to_a_way_out() -> None:
    assert went_away(requests.ConnectionError()).message == "the Docker daemon went away"
    full = went_away(APIError("500", explanation="write /x: no space left on device\nmore"))
    assert full.message == "the Docker daemon refused: write /x: no space left on device"
    assert "images prune" in full.way_out


@pytest.mark.parametrize("url", ["tcp://[::", "tcp://host:99999999"])
def test_what_is_no_address_is_said(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", url)
    with pytest.raises(InfrastructureError, match="DOCKER_HOST is no address of a daemon") as caught:
        connect()
    assert "tcp://host:2375" in caught.value.way_out
