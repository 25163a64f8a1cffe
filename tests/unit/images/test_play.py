from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from diraccert.images import inventory, play
from diraccert.model.errors import InfrastructureError
from diraccert.model.progress import Silent


def failed(result: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"event": "runner_on_failed", "event_data": {"host": "server", "task": "T", "res": result, **more}}


@pytest.mark.parametrize(
    ("result", "said"),
    [
        ({"msg": "no such file"}, "no such file"),
        ({"msg": "non-zero return code", "stderr": "a\nb"}, "a / b"),
        ({"msg": "non-zero return code", "stderr": "", "stdout": "JobManager (port 8443)"}, "JobManager (port 8443)"),
        (
            {"msg": "One or more items failed", "results": [{"failed": False}, {"failed": True, "msg": "this one"}]},
            "this one",
        ),
        (
            {
                "msg": "All items completed",
                "results": [{"msg": "fine"}, {"unreachable": True, "msg": "the daemon said nothing"}],
            },
            "the daemon said nothing",
        ),
        ({}, "no message"),
    ],
)
def test_a_failure_says_what_a_person_needs(result: dict[str, Any], said: str) -> None:
    watch = play._Watch(Silent())
    watch.event(failed(result, role="site"))
    assert watch.failure == f"task 'site: T' failed on server: {said}"


def test_the_first_failure_is_told_and_ignored_ones_are_not() -> None:
    watch = play._Watch(Silent())
    watch.event(failed({"msg": "ignored"}, ignore_errors=True))
    watch.event(failed({"msg": "first"}))
    watch.event(failed({"msg": "second"}))
    assert watch.failure == "task 'T' failed on server: first"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            "cause: I/O operation failed / No space left on device (os error 28)",
            "the disk is full on which hosts are made",
        ),
        ("it broke", "Ansible could not make the hosts"),
    ],
)
def test_a_full_disk_is_named_whichever_task_it_fails(said: str, told: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text(f"fatal: [server]: FAILED! => {said}")
    error = play._error("task 'T' failed on server: a line that was cut", log)
    assert str(error).startswith(f"{told}: task 'T' failed")
    assert str(log) in error.way_out


def test_an_inventory_has_a_group_per_host_and_empty_ones() -> None:
    made = inventory.of({"server": "c-server"}, {"cert_x": 1}, ("server", "client"))
    assert made == {
        "all": {
            "vars": {"cert_x": 1},
            "children": {"client": {}, "server": {"hosts": {"server": {"ansible_host": "c-server"}}}},
        }
    }


def test_the_bundle_is_the_one_that_is_named_else_the_systems(tmp_path: Path) -> None:
    standard, own = tmp_path / "standard.crt", tmp_path / "own.crt"
    assert inventory.ca_bundle({}, standard) == ""
    standard.touch()
    assert inventory.ca_bundle({"SSL_CERT_FILE": str(own)}, standard) == str(standard)
    own.touch()
    assert inventory.ca_bundle({"SSL_CERT_FILE": str(own)}, standard) == str(own)


@pytest.mark.parametrize(
    ("failures", "plays"),
    [
        (
            ["task 'host: The bundle' failed on server: Task: failed to resolve remote temporary directory from x"],
            2,
        ),
        (["task 'host: The bundle' failed on server: failed to resolve remote temporary directory"] * 3, 3),
        (["task 'settle: Components down' failed on server: failed to resolve remote temporary directory"], 1),
        (
            ["task 'site: T' failed on server: Error while determining user and group ID of current user in"],
            2,
        ),
        (["task 'site: T' failed on server: it broke"], 1),
    ],
)
def test_a_play_whose_answer_the_daemon_lost_is_played_again(
    failures: list[str], plays: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    to_come, played = [InfrastructureError(f"Ansible could not make the hosts: {each}") for each in failures], []

    def once(*_: object) -> None:
        played.append(1)
        if to_come:
            raise to_come.pop(0)

    monkeypatch.setattr(play, "_once", once)
    if plays > len(failures):
        play.run(tmp_path, {}, {}, tmp_path / "log", Silent())
    else:
        with pytest.raises(InfrastructureError, match="could not make the hosts"):
            play.run(tmp_path, {}, {}, tmp_path / "log", Silent())
    assert len(played) == plays
