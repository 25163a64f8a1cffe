"""ci/bootstrap on machines where something is missing; what it does on a real one: tests/integration."""

from __future__ import annotations

import os
import pty
import select
import subprocess
from pathlib import Path

import pytest

from tests.unit.ci.machine import Machine

NOWHERE = "unix:///nonexistent/docker.sock"


def test_help_has_an_example_and_an_unknown_option_is_bad_input(machine: Machine) -> None:
    asked = machine.run("ci/bootstrap", "--help")
    assert (asked.returncode, "example: ci/bootstrap --yes" in asked.stdout) == (0, True)
    wrong = machine.run("ci/bootstrap", "--sudo")
    assert (wrong.returncode, wrong.stderr) == (64, "ci/bootstrap: unknown option --sudo (see ci/bootstrap --help)\n")


@pytest.mark.parametrize("kind", ["run", "dev"])
def test_when_all_is_there_nothing_is_called(machine: Machine, daemon_socket: str, kind: str) -> None:
    machine.has_venv(kind)
    for name in ("git", "apt-get", "dockerd", "sudo"):
        machine.command(name)
    machine.env["DOCKER_HOST"] = daemon_socket
    done = machine.run("ci/bootstrap", "--dev" if kind == "dev" else "--yes")
    assert (done.returncode, done.stdout) == (0, "ci/bootstrap: nothing to change\n")
    assert {call for call in machine.calls if not call.startswith("id ")} == set()
    assert machine.run("ci/bootstrap", "--quiet").stdout == ""


def test_a_changed_lock_asks_for_the_environment_again(machine: Machine, daemon_socket: str) -> None:
    machine.has_venv("run")
    machine.has_python()
    machine.command("git")
    machine.env["DOCKER_HOST"] = daemon_socket
    with (machine.checkout / "requirements/run.txt").open("a") as lock:
        lock.write("# changed\n")
    refused = machine.run("ci/bootstrap", "--no-bootstrap")
    assert refused.returncode == 64
    assert "make .venv with the 3 packages of requirements/run.txt" in refused.stderr
    assert "to have it done, run: ./ci/bootstrap --yes" in refused.stderr


def test_a_moved_checkout_asks_for_the_environment_again(machine: Machine, daemon_socket: str) -> None:
    machine.has_venv("run")
    machine.has_python()
    machine.command("git")
    machine.env["DOCKER_HOST"] = daemon_socket
    machine.checkout = machine.checkout.rename(machine.checkout.with_name("moved"))
    assert machine.run("ci/bootstrap", "--no-bootstrap").returncode == 64


def test_a_bare_debian_is_told_all_that_is_missing(machine: Machine) -> None:
    machine.command("apt-get")
    machine.command("docker", f'[ "$1" = context ] && echo {NOWHERE} || exit 1')
    machine.env["DOCKER_CONTEXT"] = "bare"
    refused = machine.run("ci/bootstrap", "--no-bootstrap", "--dev")
    assert refused.returncode == 64
    assert "apt-get install python3 python3-venv git" in refused.stderr
    assert "docker.io" in refused.stderr
    assert "apt-get install mmdebstrap" in refused.stderr
    assert "start the Docker daemon" in refused.stderr
    assert "run: ./ci/bootstrap --dev --yes" in refused.stderr
    assert not any(call.startswith("apt-get") for call in machine.calls)
    assert not (machine.checkout / ".venv").exists()


def test_without_python_and_apt_the_way_out_names_other_systems(machine: Machine, daemon_socket: str) -> None:
    machine.env["DOCKER_HOST"] = daemon_socket
    machine.command("docker")
    failed = machine.run("ci/bootstrap", "--yes")
    assert failed.returncode == 2
    assert "missing here: python3 python3-venv git" in failed.stderr
    assert "dnf install python3.12 git" in failed.stderr


def test_an_old_python_counts_as_none(machine: Machine) -> None:
    machine.command("python3", "exit 1")
    machine.command("docker")
    machine.env["DOCKER_HOST"] = "ssh://elsewhere"
    assert "python3 python3-venv" in machine.run("ci/bootstrap", "--no-bootstrap").stderr


def test_without_rights_the_command_for_root_is_shown(machine: Machine, daemon_socket: str) -> None:
    machine.has_python()
    machine.command("id", "echo 1000")
    machine.command("apt-get")
    machine.command("mmdebstrap")
    machine.env["DOCKER_HOST"] = daemon_socket
    failed = machine.run("ci/bootstrap", "--yes")
    assert failed.returncode == 2
    assert "run as root: apt-get install -y git" in failed.stderr
    assert not any(call.startswith("apt-get") for call in machine.calls)


def test_a_sudo_that_must_ask_is_no_right_without_a_terminal(machine: Machine, daemon_socket: str) -> None:
    machine.has_python()
    machine.command("id", "echo 1000")
    machine.command("apt-get")
    machine.command("mmdebstrap")
    machine.command("sudo", "exit 1")
    machine.env["DOCKER_HOST"] = daemon_socket
    assert machine.run("ci/bootstrap", "--yes").returncode == 2
    assert "sudo -n true" in machine.calls


def test_a_daemon_that_refuses_the_account(machine: Machine) -> None:
    machine.command("python3", 'case "$*" in *-S*) exit 13 ;; esac')
    machine.command("git")
    machine.env["DOCKER_HOST"] = NOWHERE
    failed = machine.run("ci/bootstrap", "--yes")
    assert failed.returncode == 2
    assert "refuses this account: sudo usermod -aG docker" in failed.stderr


def test_a_silent_daemon_elsewhere_is_not_replaced_by_one_here(machine: Machine) -> None:
    machine.has_python()
    machine.command("git")
    machine.command("dockerd")
    machine.env["DOCKER_HOST"] = NOWHERE
    failed = machine.run("ci/bootstrap", "--yes")
    assert failed.returncode == 2
    assert f"no Docker daemon answers at DOCKER_HOST={NOWHERE}: start it there, or unset DOCKER_HOST" in failed.stderr
    assert "dockerd" not in " ".join(machine.calls)


FAKE_VENV = """
shift $(( $# - 1 ))
mkdir -p "$1/bin"
for name in python pip uv dirac-cert; do ln -s "$FAKE/$name" "$1/bin/$name"; done
rm "$1/bin/uv"
"""


@pytest.fixture
def fresh(machine: Machine, tmp_path: Path, daemon_socket: str) -> Machine:
    """A machine with apt-get, on which Python appears when apt-get installs it, and a fake index."""
    fake = tmp_path / "fake"
    fake.mkdir()
    machine.env |= {"FAKE": str(fake), "DOCKER_HOST": daemon_socket}
    for name in ("python", "pip", "uv", "dirac-cert", "python3"):
        machine.command(name)
        (machine.bin / name).rename(fake / name)
    python3 = fake / "python3"
    python3.write_text(python3.read_text() + f'case "$*" in "-m venv"*) {FAKE_VENV} ;; esac\n')
    pip = fake / "python"
    pip.write_text(pip.read_text() + 'case "$*" in "-m pip"*) ln -s "$FAKE/uv" .venv/bin/uv ;; esac\n')
    machine.command("apt-get", f'case "$*" in *python3*) ln -s "$FAKE/python3" "{machine.bin}/python3" ;; esac')
    machine.command("git")
    machine.command("docker")
    machine.command("mmdebstrap")
    return machine


def test_the_steps_of_a_first_call_and_none_of_a_second(fresh: Machine) -> None:
    done = fresh.run("ci/bootstrap")
    assert (done.returncode, done.stderr) == (0, "")
    calls = [call for call in fresh.calls if call.startswith(("apt-get", "python3 -m", "python -m", "uv "))]
    assert [call for call in calls if "--version" not in call] == [
        "apt-get -q update",
        f"apt-get -q install -y --no-install-recommends {' '.join(calls[1].split()[5:])}",
        "python3 -m venv .venv",
        "python -m pip install --disable-pip-version-check --no-deps --require-hashes -r .venv/uv.txt",
        "uv pip sync --python .venv/bin/python --require-hashes requirements/run.txt",
        "uv pip install --python .venv/bin/python --offline --no-deps --no-build-isolation --editable .",
    ]
    assert calls[1].split()[5:7] == ["python3", "python3-venv"]
    # Of the lock, exactly uv's own lines.
    uv_lock = (fresh.checkout / ".venv/uv.txt").read_text()
    assert uv_lock.startswith("uv==2 ")
    assert "sha256:bb" in uv_lock
    assert "sha256:aa" not in uv_lock
    assert fresh.run("ci/bootstrap").stdout == "ci/bootstrap: nothing to change\n"


def test_a_failed_step_shows_its_last_lines_and_leaves_no_stamp(fresh: Machine) -> None:
    uv = Path(fresh.env["FAKE"]) / "uv"
    uv.write_text(uv.read_text() + 'case "$*" in "pip sync"*) echo "no route to the index"; exit 1 ;; esac\n')
    failed = fresh.run("ci/bootstrap")
    assert failed.returncode == 2
    assert "no route to the index" in failed.stderr
    assert "installing requirements/run.txt failed: see that the package index can be reached" in failed.stderr
    assert not (fresh.checkout / ".venv/dirac-cert.stamp").exists()


def test_the_bundle_of_certificates_reaches_pip_and_uv(fresh: Machine, tmp_path: Path) -> None:
    bundle = tmp_path / "company.pem"
    bundle.write_text("")
    fresh.env["REQUESTS_CA_BUNDLE"] = str(bundle)
    fresh.env["SSL_CERT_FILE"] = "/nonexistent.pem"
    for name in ("python", "uv"):
        tool = Path(fresh.env["FAKE"]) / name
        tool.write_text(tool.read_text() + f'echo "{name} with $SSL_CERT_FILE $PIP_CERT" >>"{fresh.calls_file}"\n')
    assert fresh.run("ci/bootstrap").returncode == 0
    assert {call for call in fresh.calls if " with " in call} == {
        f"python with {bundle} {bundle}",
        f"uv with {bundle} {bundle}",
    }


def test_a_daemon_is_started_and_awaited(fresh: Machine, tmp_path: Path) -> None:
    address = f"unix://{tmp_path / 'daemon.sock'}"  # where the fixture's daemon answers
    silent = tmp_path / "silent"
    silent.touch()
    del fresh.env["DOCKER_HOST"]
    fresh.env["DOCKER_CONTEXT"] = "local"
    fresh.command("docker", f"echo {address}")
    # The interpreter is what asks the socket: it hears nothing until dockerd (or systemd) was called.
    (Path(fresh.env["FAKE"]) / "python3").open("a").write(f'case "$*" in *-S*) [ ! -e "{silent}" ] || exit 1 ;; esac\n')
    fresh.command("dockerd", f'echo began; rm -f "{silent}"; exec sleep 5')
    fresh.command("systemctl", f'rm -f "{silent}"')
    done = fresh.run("ci/bootstrap", "--yes")
    assert (done.returncode, done.stderr) == (0, "")
    assert "starting the Docker daemon: done in" in done.stdout
    assert any(call.startswith(("dockerd", "systemctl start docker")) for call in fresh.calls)


@pytest.mark.parametrize(("answer", "changed"), [("n", False), ("y", True), ("", True)])
def test_on_a_terminal_it_asks(fresh: Machine, answer: str, changed: bool) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        ["ci/bootstrap"],
        cwd=fresh.checkout,
        env={"PATH": str(fresh.bin), "HOME": "/nonexistent", **fresh.env},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    os.write(ours, f"{answer}\n".encode())
    said = b""
    try:
        while select.select([ours], [], [], 30)[0] and (piece := os.read(ours, 4096)):
            said += piece
    except OSError:  # Linux's way to say that the other end is closed
        pass
    os.close(ours)
    assert process.wait(30) == (0 if changed else 2)
    assert b"Go on? [Y/n]" in said
    assert (b"nothing was changed" in said) is not changed
    assert any(call.startswith("apt-get") for call in fresh.calls) is changed
