"""Instances of the tiny site on a real daemon."""

from __future__ import annotations

import http.client
import io
import json
import os
import pty
import select
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from diraccert.cli.main import main
from diraccert.images import labels
from diraccert.images.build_plan import ImageSet
from diraccert.instances import status
from diraccert.instances.host import Host
from diraccert.instances.instance import Instance
from diraccert.instances.tunnel import Tunnel
from diraccert.instances.up import find, up
from diraccert.instances.waiting import wait_for
from diraccert.model.errors import BadInput, InfrastructureError
from diraccert.model.progress import Silent

pytestmark = [pytest.mark.docker, pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def tiny(realm, tiny_images: ImageSet) -> Iterator[Instance]:
    instance = up(realm.daemon, tiny_images, f"tiny-{realm.prefix[-8:]}", Silent())
    yield instance
    instance.down()


@pytest.fixture
def server(tiny: Instance) -> Host:
    return tiny.host("server")


def name_of(realm, what: str) -> str:
    return f"{what}-{realm.prefix[-8:]}"


def test_hosts_know_one_another_on_an_internal_network_without_ports_here(realm, tiny: Instance, server: Host) -> None:
    for other in tiny.hosts:
        assert server.run(["getent", "hosts", other]).rc == 0
    assert server.run(["hostname"]).out == "server\n"
    [network] = realm.daemon.client.networks.list(names=[f"^dirac-cert-{tiny.name}$"])
    assert network.attrs["Internal"] is True
    container = realm.daemon.client.containers.get(server.container)
    assert list(container.attrs["NetworkSettings"]["Networks"]) == [network.name]
    assert not any(container.attrs["NetworkSettings"]["Ports"].values())
    assert container.attrs["HostConfig"]["Binds"] is None


def test_database_files_are_baked_and_live_in_memory(tiny: Instance) -> None:
    done = tiny.host("mysql").run(["sh", "-c", "cat /var/lib/mysql/baked; stat -fc %T /var/lib/mysql"])
    assert done.out == "mysql\ntmpfs\n"


def test_streams_are_kept_apart_and_the_exit_code_comes_back(server: Host) -> None:
    done = server.run(["sh", "-c", 'echo "$GREETING"; echo wrong >&2; exit 3'], env={"GREETING": "hello"})
    assert (done.rc, done.out, done.err) == (3, "hello\n", "wrong\n")


def test_a_program_runs_as_the_user_and_one_that_is_not_there_says_so(server: Host) -> None:
    assert server.run(["id", "-un"], user="daemon").out == "daemon\n"
    assert server.run(["no-such-program"]).rc in (126, 127)


def test_standard_input_ends_and_may_be_large(server: Host) -> None:
    data = os.urandom(500_000).hex()
    assert server.run(["cat"], stdin=data).out == data
    assert server.run(["wc", "-c"], stdin="").out == "0\n"


def test_output_that_comes_with_the_headers_is_not_lost(server: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    begin = http.client.HTTPResponse.begin

    def slow(self: http.client.HTTPResponse) -> None:
        threading.Event().wait(0.3)
        begin(self)

    monkeypatch.setattr(http.client.HTTPResponse, "begin", slow)
    assert server.run(["echo", "first line"]).out == "first line\n"


def test_a_limit_ends_the_call_and_all_that_it_started(server: Host) -> None:
    began = time.monotonic()
    done = server.run(["sh", "-c", "echo begun; setsid sleep 987 & sleep 987"], limit=1)
    assert done.limited
    assert done.out == "begun\n"
    assert time.monotonic() - began < 10
    assert server.run(["sh", "-c", "cat /proc/[0-9]*/cmdline | tr '\\0' ' ' | grep -c 'sleep 98[7]'"]).out == "0\n"


@pytest.mark.parametrize("path", ["/srv/new/folder/file", "/var/lib/mysql/folder/file"])
def test_a_file_is_put_with_owner_and_mode_also_in_memory(tiny: Instance, path: str) -> None:
    host = tiny.host("mysql")
    host.put(path, b"\0one\n", 0o640, "daemon:www-data")
    assert host.read(path) == b"\0one\n"
    assert host.run(["stat", "-c", "%U:%G %a", path]).out == "daemon:www-data 640\n"
    assert host.run(["sh", "-c", f"ls {path.rpartition('/')[0]}"]).out == "file\n"


def test_a_file_that_is_not_there_cannot_be_read(server: Host) -> None:
    with pytest.raises(InfrastructureError, match="could not read /nowhere"):
        server.read("/nowhere")


def test_reset_plays_every_hosts_reset_and_keeps_the_instance_from_expiring(tiny: Instance) -> None:
    for host in tiny.hosts.values():
        host.put("/opt/dirac/state", b"changed")
        host.must(["touch", "-d", "1 hour ago", "/run/dirac-cert/used"])
    tiny.reset()
    for host in tiny.hosts.values():
        assert host.run(["test", "-e", "/opt/dirac/state"]).rc == 1
        assert host.must(["find", "/run/dirac-cert/used", "-mmin", "-10"]) == "/run/dirac-cert/used\n"


def test_logs_of_a_component_a_host_and_of_neither(tiny: Instance) -> None:
    assert "one line of Tiny/Service" in tiny.logs("Tiny/Service")
    assert tiny.logs("server") == "host server started\n"
    assert tiny.logs() != ""
    with pytest.raises(BadInput, match="no log of No/Such") as refused:
        tiny.logs("No/Such")
    assert "Tiny/Service" in refused.value.way_out


def test_followed_logs_go_on_and_leave_no_program_behind(tiny: Instance, server: Host) -> None:
    pieces = tiny.follow("Tiny/Service")
    log = "/opt/dirac/runit/Tiny/Service/log/current"
    writer = threading.Thread(target=server.run, args=(["sh", "-c", f"sleep 0.7; echo more >>{log}"],))
    writer.start()
    assert "more" in next(pieces)
    pieces.close()  # type: ignore[attr-defined]
    writer.join()
    # cat says what ended between the listing and its reading, which is no fault of ours
    programs = server.run(["sh", "-c", "cat /proc/[0-9]*/comm"]).out.split()
    assert "dirac-cert-host" in programs
    assert "tail" not in programs


def test_find_and_status_tell_what_stands(realm, tiny: Instance) -> None:
    assert find(realm.daemon, tiny.name) == tiny
    [found] = [each for each in status.instances(realm.daemon) if each.name == tiny.name]
    assert (found.state, found.distribution, found.digest) == (status.State.RUNNING, "tiny", tiny.digest)
    with pytest.raises(BadInput, match="no instance elsewhere"):
        find(realm.daemon, "elsewhere")


def test_a_name_in_use_is_refused_and_what_stands_is_left_alone(realm, tiny: Instance, tiny_images) -> None:
    with pytest.raises(BadInput, match="is in use") as refused:
        up(realm.daemon, tiny_images, tiny.name, Silent())
    assert f"dirac-cert down {tiny.name}" in refused.value.way_out
    assert tiny.host("server").run(["true"]).rc == 0


def test_two_instances_stand_side_by_side(realm, tiny: Instance, tiny_images) -> None:
    other = up(realm.daemon, tiny_images, name_of(realm, "other"), Silent())
    try:
        other.host("server").put("/srv/here", b"other")
        assert tiny.host("server").run(["test", "-e", "/srv/here"]).rc == 1
    finally:
        other.down()
    assert {each.name for each in status.instances(realm.daemon)} == {tiny.name}


def test_an_instance_that_nobody_uses_expires_and_its_name_is_free_again(
    realm, tiny_images, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIRAC_CERT_IDLE", "1")
    name = name_of(realm, "idle")
    up(realm.daemon, tiny_images, name, Silent())

    def states() -> list[status.State]:
        return [each.state for each in status.instances(realm.daemon) if each.name == name]

    wait_for(
        lambda: states() == [status.State.EXPIRED], 20, "the idle instance to expire", last_seen=lambda: str(states())
    )
    with pytest.raises(BadInput, match="has expired"):
        find(realm.daemon, name)
    monkeypatch.setenv("DIRAC_CERT_IDLE", "0")
    up(realm.daemon, tiny_images, name, Silent()).down()
    assert states() == []


def test_what_does_not_get_ready_is_named_with_its_log_and_removed(realm, tiny_images, recorded) -> None:
    name, ready = name_of(realm, "unready"), "/opt/dirac-cert/ready"
    container = realm.daemon.client.containers.create(tiny_images.tags["server"], ["true"])
    try:
        container.start()
        container.wait()
        broken = realm.daemon.client.containers.create(
            tiny_images.tags["server"],
            ["sh", "-c", f"printf '#!/bin/sh\\necho Tiny/Service: refused\\nexit 1\\n' >{ready}"],
        )
        broken.start()
        broken.wait()
        tag = f"{realm.repository}/broken:1"
        broken.commit(*tag.split(":"), changes=['CMD ["/usr/local/sbin/dirac-cert-host"]'])
    finally:
        container.remove(force=True)
        broken.remove(force=True)
    images = ImageSet(tiny_images.digest, {**tiny_images.tags, "server": tag}, "tiny")
    with pytest.raises(InfrastructureError) as told:
        up(realm.daemon, images, name, recorded, ready_limit=2)
    assert "server awaits Tiny/Service: refused" in str(told.value)
    assert "its log: one line of Tiny/Service" in str(told.value)
    assert any("Tiny/Service: refused" in note for note in recorded.notes)
    assert not [each for each in realm.running() | realm.networks() if name in each]


def test_a_missing_image_leaves_nothing_behind(realm, tiny_images) -> None:
    name = name_of(realm, "missing")
    broken = ImageSet(tiny_images.digest, {**tiny_images.tags, "client": f"{realm.repository}/none:1"}, "tiny")
    with pytest.raises(InfrastructureError, match=r"client of instance .* did not start"):
        up(realm.daemon, broken, name, Silent())
    assert not [each for each in realm.running() | realm.networks() if name in each]


def test_a_stopped_host_makes_the_instance_partly_there(realm, tiny_images) -> None:
    instance = up(realm.daemon, tiny_images, name_of(realm, "partly"), Silent())
    try:
        realm.daemon.client.containers.get(instance.host("client").container).kill()
        [found] = [each for each in status.instances(realm.daemon) if each.name == instance.name]
        assert found.state is status.State.PARTLY
        assert "client" not in find(realm.daemon, instance.name).hosts
    finally:
        instance.down()


def test_a_tunnel_leads_to_a_port_of_a_host(tiny: Instance, server: Host) -> None:
    echo = "import socket as s; l = s.create_server(('', 7001)); c = l.accept()[0]; c.sendall(c.recv(9).upper())"
    with server.open_while(["python3", "-c", echo]), Tunnel(server, 7001, 0, tiny.touch) as tunnel:
        wait_for(lambda: ":1B59 " in server.read("/proc/net/tcp").decode(), 10, "the echo to listen")
        threading.Thread(target=tunnel.serve, daemon=True).start()
        with socket.create_connection(("127.0.0.1", tunnel.port), 10) as here:
            here.sendall(b"there")
            answer = b"".join(iter(lambda: here.recv(99), b""))
    assert answer == b"THERE"


def test_attach_gives_a_shell_on_a_terminal(tiny: Instance) -> None:
    child, terminal = pty.fork()
    if child == 0:
        code = 99
        sys.stdin, sys.stdout, sys.stderr = os.fdopen(0), os.fdopen(1, "w"), os.fdopen(2, "w")
        try:
            code = main(["attach", tiny.name, "server"])
        finally:
            os._exit(code)
    said = b""
    os.write(terminal, b"echo $((40+2))-$(hostname); exit 7\n")
    ended = False
    try:
        while select.select([terminal], [], [], 20)[0]:
            said += os.read(terminal, 4096)
    except OSError:  # how a terminal says that its other end is closed
        ended = True
    finally:
        if not ended:
            os.kill(child, signal.SIGKILL)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code == 7, said
    assert b"42-server" in said


class TestCommands:
    """The same, as a person types it."""

    def test_status_as_json_and_as_a_table(self, tiny: Instance, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["status", "--json"]) == 0
        told = json.loads(capsys.readouterr().out)
        assert tiny.name in [each["name"] for each in told["instances"]]
        assert main(["status"]) == 0
        assert f"{tiny.name}" in capsys.readouterr().out

    def test_reset_and_logs(self, tiny: Instance, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["reset", tiny.name]) == 0
        assert main(["logs", tiny.name, "Tiny/Service"]) == 0
        assert "one line of Tiny/Service" in capsys.readouterr().out

    @pytest.mark.parametrize("command", [["reset"], ["logs"], ["attach"], ["down"]])
    def test_a_name_of_nothing_is_bad_input(self, realm, command: list[str], capsys) -> None:
        assert main([*command, "nowhere"]) == 64
        error = capsys.readouterr().err
        assert "no instance nowhere" in error
        assert error.count("\n") == 1

    def test_attach_without_a_terminal_runs_what_it_is_given(
        self, tiny: Instance, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        given = io.TextIOWrapper(io.BytesIO(b"hostname; exit 5\n"))
        monkeypatch.setattr("sys.stdin", given)
        assert main(["attach", tiny.name, "worker"]) == 5
        assert capsys.readouterr().out == "worker\n"

    def test_up_and_down(
        self, realm, tiny_images, capsys, distribution: Callable[[], None], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        distribution()
        name = name_of(realm, "typed")
        assert main(["up", "tiny", "--name", name]) == 0
        told = capsys.readouterr()
        assert f"{name} stands: " in told.out
        assert "plan: instance up 10 s" in told.err
        assert main(["up", "tiny", "--name", name]) == 64
        assert "is in use" in capsys.readouterr().err
        assert main(["down", name]) == 0
        assert "removed 4 containers, 1 networks, 0 volumes" in capsys.readouterr().out
        assert name not in [each.name for each in status.instances(realm.daemon)]

    @pytest.fixture
    def distribution(self, realm, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
        def take() -> None:
            from diraccert.cli import planning
            from diraccert.distributions import lock

            made = realm.plan()
            planned = planning.Planned(made.manifest, lock.of_text("tiny==1\n"), made)
            monkeypatch.setattr(planning, "plan", lambda *_: planned)

        return take


def test_down_all_takes_what_is_ours_and_nothing_else(realm, tiny_images, capsys) -> None:
    client = realm.daemon.client
    instance = up(realm.daemon, tiny_images, name_of(realm, "last"), Silent())
    by_hand = client.containers.create(tiny_images.tags["server"], ["true"], name=name_of(realm, "by-hand"))
    volume = client.volumes.create(labels={labels.KIND: labels.Kind.INSTANCE.value})
    lost = client.networks.create(name_of(realm, "lost"), labels={labels.KIND: labels.Kind.BUILD.value})
    try:
        assert lost.name in status.read(realm.daemon).networks
        assert main(["down", "--all"]) == 0
        assert "1 volumes" in capsys.readouterr().out
        assert realm.running() == {by_hand.name}
        assert realm.networks() == set()
        assert volume.id not in {each.id for each in client.volumes.list()}
        assert all(client.images.get(tag) for tag in tiny_images.tags.values())
        assert instance.name not in [each.name for each in status.instances(realm.daemon)]
    finally:
        by_hand.remove(force=True)
