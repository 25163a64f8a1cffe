"""The playbook by itself: a second play changes nothing, and blank machines become a distribution that takes jobs."""

from __future__ import annotations

import io
import json
import os
import re
import secrets
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from docker.models.containers import Container

from diraccert.images import base, inventory, labels
from diraccert.images.build_plan import BuildPlan
from diraccert.images.daemon import Daemon, connect
from diraccert.instances import removal
from diraccert.model.progress import Silent
from diraccert.rooms import builtin
from tests.integration import release

pytestmark = [pytest.mark.docker, pytest.mark.instance, pytest.mark.network]
RECAP = re.compile(r"^(\w+)\s+: ok=(\d+)\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)", re.MULTILINE)


@pytest.fixture(scope="module")
def daemon() -> Daemon:
    return connect()


def play(daemon: Daemon, machines: dict[str, str], folder: Path, **connection: str) -> dict[str, tuple[int, ...]]:
    """Plays roles/site.yml with ansible-playbook alone; answers (ok, changed, unreachable, failed) by host.

    ``machines`` are names of containers, or what ``connection`` (variables of the inventory) takes for addresses.
    """
    planned = release.planned(daemon)
    lock = folder / "lock.txt"
    lock.write_text(planned.lock_text, encoding="utf-8")
    told = {**inventory.variables(planned, lock, daemon.url), **connection}
    hosts = folder / "hosts.json"
    hosts.write_text(json.dumps(inventory.of(machines, told, ["image"])), encoding="utf-8")
    done = subprocess.run(
        [Path(sys.executable).parent / "ansible-playbook", builtin() / "roles/site.yml", "-i", hosts],
        env={**os.environ, "ANSIBLE_PIPELINING": "1", "ANSIBLE_FORKS": "8", "ANSIBLE_HOME": str(folder / "ansible")},
        capture_output=True,
        text=True,
        check=False,
    )
    recap = {host: tuple(map(int, counts)) for host, *counts in RECAP.findall(done.stdout)}
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    (folder / "play.log").write_text(done.stdout, encoding="utf-8")
    return recap


def changed_tasks(log: str) -> list[str]:
    """The names of the tasks that changed something on some host."""
    tasks = re.split(r"^TASK ", log, flags=re.MULTILINE)[1:]
    return [task.split("]")[0].lstrip("[") for task in tasks if re.search(r"^changed:", task, re.MULTILINE)]


@pytest.mark.xdist_group("instance")
def test_a_second_play_changes_nothing(daemon: Daemon, tmp_path: Path) -> None:
    with release.standing(daemon, f"second-{secrets.token_hex(2)}") as instance:
        containers = {host: f"dirac-cert-{instance.name}-{host}" for host in instance.hosts}
        recap = play(daemon, containers, tmp_path)
        assert set(recap) == {"mysql", "server", "client", "worker"}
        assert changed_tasks((tmp_path / "play.log").read_text()) == []
        assert all(changed == 0 for _, changed, _, _ in recap.values())


def let_in(container: Container, key: str) -> str:
    """Starts sshd as a machine of a team's own has it, for the owner of the key; answers the address."""
    # what the roles would bring for installing: here it is the machine's owner who installs
    bundle = inventory.ca_bundle()
    if bundle:
        tar = io.BytesIO()
        with tarfile.open(fileobj=tar, mode="w") as archive:
            archive.add(bundle, "bundle.crt")
        assert container.put_archive("/tmp", tar.getvalue())
    script = f"""
        apt-get -q -o Acquire::https::CaInfo=/tmp/bundle.crt update
        apt-get -q -o Acquire::https::CaInfo=/tmp/bundle.crt install -y --no-install-recommends openssh-server
        mkdir -p /run/sshd /root/.ssh && echo '{key}' >/root/.ssh/authorized_keys && /usr/sbin/sshd
    """
    code, said = container.exec_run(["sh", "-ec", script])
    assert code == 0, said.decode()[-1000:]
    container.reload()
    (network,) = container.attrs["NetworkSettings"]["Networks"].values()
    return str(network["IPAddress"])


@pytest.mark.nightly
@pytest.mark.parametrize("way", ["docker", "ssh"])
def test_blank_machines_become_a_distribution_that_takes_jobs(daemon: Daemon, tmp_path: Path, way: str) -> None:
    planned: BuildPlan = release.planned(daemon)
    base.build(daemon, planned.base_tag, Silent())
    name = f"blank-{secrets.token_hex(2)}"
    network = f"dirac-cert-{name}"
    marks = {labels.KIND: "build", labels.INSTANCE: name}
    daemon.client.networks.create(network, labels=marks)
    try:
        machines = {
            host: base.blank(daemon, planned.base_tag, network, host, marks)
            for host in ("mysql", "server", "client", "worker")
        }
        for machine in machines.values():
            machine.start()
        if way == "docker":
            recap = play(daemon, {host: str(machine.name) for host, machine in machines.items()}, tmp_path)
        else:
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "key"], check=True)
            key = (tmp_path / "key.pub").read_text().strip()
            recap = play(
                daemon,
                {host: let_in(machine, key) for host, machine in machines.items()},
                tmp_path,
                ansible_connection="ssh",
                ansible_user="root",
                ansible_ssh_private_key_file=str(tmp_path / "key"),
                ansible_ssh_common_args="-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null",
            )
        assert all(failed == 0 for _, _, _, failed in recap.values())
        ping = "dirac-proxy-init -g dteam_user && dirac-framework-ping-service WorkloadManagement/Matcher"
        code, output = machines["client"].exec_run(["su", "alice", "-c", f"cd; . /opt/dirac/bashrc; {ping}"])
        assert code == 0, output.decode()
        assert b"'version': '8.0.86'" in output
    finally:
        removal.remove(daemon, f"{labels.INSTANCE}={name}")
