"""Images of the tiny site on a real daemon: built whole, or not there at all."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from diraccert.cli.main import main
from diraccert.images import base, build, kept, labels, missing
from diraccert.images.build_plan import ImageSet
from diraccert.images.daemon import Daemon
from diraccert.instances import removal, status
from diraccert.instances.waiting import wait_for
from diraccert.model.errors import InfrastructureError
from diraccert.model.progress import Silent

pytestmark = [pytest.mark.docker, pytest.mark.timeout(240)]

# The command as another process, under the labels and names of the test's realm.
ANOTHER = """
import signal
import sys
from pathlib import Path
from types import SimpleNamespace
from diraccert.images import build, labels, plan
from diraccert.images.daemon import connect
from diraccert.cli import main, planning
from diraccert.distributions import lock
from diraccert.model.manifest import Manifest

# as in a person's terminal: a shell starts what runs in its background with SIGINT ignored, which children inherit
signal.signal(signal.SIGINT, signal.default_int_handler)
prefix, labels.REPOSITORY, rooms, waits = sys.argv[1:]
for name in ("KIND", "INSTANCE", "HOST", "DIGEST", "DISTRIBUTION"):
    setattr(labels, name, f"{prefix}.{name.lower()}")

def planned(daemon, *_):
    manifest = Manifest(name="waiting", line="8.0", packages=("DIRAC==8.0.86",), variables={"tiny_waits": waits})
    made = plan.plan(daemon, manifest, SimpleNamespace(text="x==1"), [Path(rooms)])
    return planning.Planned(manifest, lock.of_text("x==1"), made)

planning.plan = planned
sys.exit(main.main(["images", "build", "waiting"]))
"""
ROOMS = Path(__file__).parent / "tiny_rooms"


def start(realm, waits: str) -> subprocess.Popen[str]:
    argv = [sys.executable, "-c", ANOTHER, realm.prefix, realm.repository, str(ROOMS), waits]
    return subprocess.Popen(argv, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True)


@pytest.fixture
def waiting(realm) -> Iterator[subprocess.Popen[str]]:
    """A build that hangs in the middle of its play."""
    process = start(realm, "yes")
    client = realm.daemon.client

    def hangs() -> bool:
        found = client.containers.list(filters={"label": f"{labels.KIND}=build"}, ignore_removed=True)
        return bool(found) and "sleep 120" in str(found[0].top())

    try:
        wait_for(hangs, 60, "the build to hang in its task")
        yield process
    finally:
        process.kill()
        process.communicate()
        removal.everything(realm.daemon)


def test_a_build_makes_labelled_images_and_leaves_nothing_running(realm, tiny_images: ImageSet) -> None:
    assert set(tiny_images.tags) == {"mysql", "server", "client", "worker"}
    for host, tag in tiny_images.tags.items():
        config = realm.daemon.client.images.get(tag).attrs["Config"]
        assert config["Cmd"] == [build.START]
        assert config["Labels"][labels.KIND] == "image"
        assert config["Labels"][labels.HOST] == host
        assert not any("CERT" in each or "BUNDLE" in each for each in config["Env"] or ())
    assert not [each for each in realm.running() | realm.networks() if "build" in each]
    assert realm.plan().stages == ()


def test_what_the_playbook_settled_is_in_each_image(realm, tiny_images: ImageSet) -> None:
    for tag in tiny_images.tags.values():
        said = realm.daemon.client.containers.run(
            tag, ["ls", "/opt/dirac-cert"], remove=True, labels={labels.KIND: "build"}
        )
        assert "settled" in said.decode().split()


def test_another_lock_needs_both_stages_and_says_what_it_takes(realm, tiny_images: ImageSet) -> None:
    other = realm.plan("tiny==2\n")
    assert [stage.name for stage in other.stages] == ["dirac", "system"]
    assert all(0 < stage.seconds < 90 for stage in other.stages), "recorded by the build of the other images"
    assert not other.tags & set(tiny_images.tags.values())


def test_a_set_that_lacks_one_image_is_not_used(realm, tiny_images: ImageSet) -> None:
    tag = tiny_images.tags["client"]
    image = realm.daemon.client.images.get(tag)
    image.tag(f"{realm.repository}/aside", "1")  # or it would be gone with its only name
    realm.daemon.client.images.remove(tag, noprune=True)
    try:
        assert [stage.name for stage in realm.plan().stages] == ["system"]
    finally:
        image.tag(*tag.split(":"))
        realm.daemon.client.images.remove(f"{realm.repository}/aside:1")


def test_a_failed_play_names_its_task_and_leaves_nothing(realm, recorded) -> None:
    broken = realm.plan(tiny_fails="yes")
    with pytest.raises(InfrastructureError) as told:
        build.build(realm.daemon, broken, recorded)
    assert (
        "task 'dirac: A failure that a test asks for' failed on image: the package index said no" in told.value.message
    )
    log = Path(told.value.way_out.removeprefix("the whole log is "))
    assert "the package index said no" in log.read_text()
    assert "dirac: The lock of the distribution" in recorded.notes
    assert not [each for each in realm.running() | realm.networks() if "build" in each]
    assert [stage.name for stage in realm.plan(tiny_fails="yes").stages] == ["dirac", "system"]


def test_a_killed_build_is_found_and_removed_and_its_image_never_used(realm, waiting, capsys) -> None:
    os.killpg(waiting.pid, signal.SIGKILL)
    waiting.wait()
    [left] = status.read(realm.daemon).builds
    assert left.state == "running"
    assert main(["status"]) == 0
    assert f"build container {left.container}: running" in capsys.readouterr().out
    assert [stage.name for stage in realm.plan("x==1", tiny_waits="yes").stages] == ["dirac", "system"]
    assert main(["down", "--all"]) == 0
    assert not realm.running()
    assert not realm.networks()


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_build_removes_what_it_started(realm, waiting, sent: signal.Signals) -> None:
    waiting.send_signal(sent)
    _, error = waiting.communicate(timeout=60)
    assert waiting.returncode == 130, error
    assert "interrupted" in error.splitlines()[-1]
    assert not realm.running()
    assert not realm.networks()


def test_two_commands_do_not_build_the_same_image_twice(realm) -> None:
    first, second = start(realm, "no"), start(realm, "no")
    said = [process.communicate(timeout=200) for process in (first, second)]
    assert (first.returncode, second.returncode) == (0, 0), said
    assert said[0][0] == said[1][0] != ""
    assert "which another command is building" in said[0][1] + said[1][1]
    logs = [path.name for path in (realm.cache / "logs").glob("system-*")]
    digest = said[0][0].split()[0].rpartition(":")[2]
    assert len([name for name in logs if digest in name]) == 1


def test_prune_removes_what_no_latest_plan_needs(realm, tiny_images: ImageSet, capsys) -> None:
    client = realm.daemon.client
    kept.remember(realm.plan())
    stale = f"{realm.repository}/server:stale"
    for name in ("stale", "used"):
        container = client.containers.create(tiny_images.tags["server"], ["true"])
        container.commit(f"{realm.repository}/server", name)
        container.remove()
    using = client.containers.create(f"{realm.repository}/server:used", ["true"])
    try:
        assert main(["images", "list"]) == 0
        assert "stale" in capsys.readouterr().out
        assert main(["images", "prune"]) == 0
        told = capsys.readouterr().out
        assert f"stays, a container uses it: {realm.repository}/server:used" in told
        assert not missing.exists(realm.daemon, stale)
        assert all(missing.exists(realm.daemon, tag) for tag in realm.plan().tags)
    finally:
        using.remove()
        client.images.remove(f"{realm.repository}/server:used")


class TestBase:
    """How the base image comes to be, with quick stand-ins for the registry and for mmdebstrap."""

    @pytest.fixture
    def tag(self, realm) -> Iterator[str]:
        tag = f"{realm.repository}/base:made"
        yield tag
        if missing.exists(realm.daemon, tag):
            realm.daemon.client.images.remove(tag)

    def test_no_registry_is_known_after_one_quick_try(self, realm, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(base, "PULLED", "registry.invalid/debian:none")
        assert not base._registry_answers(realm.daemon, base.PULLED)

    def test_an_image_that_is_here_gets_what_ansible_needs(self, realm, tag, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(base, "PULLED", f"{realm.repository}/base:{base.digest()}")
        monkeypatch.setattr(base, "INSTALL", "touch /installed")
        base.build(realm.daemon, tag, Silent())
        attrs = realm.daemon.client.images.get(tag).attrs
        assert attrs["Config"]["Labels"][labels.KIND] == "base"
        assert not realm.running()

    def test_an_installation_that_fails_makes_no_image(self, realm, tag, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(base, "PULLED", f"{realm.repository}/base:{base.digest()}")
        monkeypatch.setattr(base, "INSTALL", "echo no network; exit 100")
        with pytest.raises(InfrastructureError, match="no network"):
            base.build(realm.daemon, tag, Silent())
        assert not missing.exists(realm.daemon, tag)
        assert not realm.running()

    def test_without_a_registry_it_is_made_here(self, realm, tag, recorded, monkeypatch, tmp_path) -> None:
        self._no_registry(monkeypatch)
        content = tmp_path / "content.tar"
        with tarfile.open(content, "w") as archive:
            archive.addfile(tarfile.TarInfo("made-here"), io.BytesIO())
        monkeypatch.setattr(base, "_bootstrap_command", lambda _, to, __: ["cp", str(content), str(to)])
        base.build(realm.daemon, tag, recorded)
        assert realm.daemon.client.images.get(tag).attrs["Config"]["Labels"][labels.KIND] == "base"
        assert any("mmdebstrap" in note for note in recorded.notes)

    def test_a_half_made_one_is_never_imported(self, realm, tag, monkeypatch: pytest.MonkeyPatch) -> None:
        self._no_registry(monkeypatch)
        script = "echo E: no packages >&2; echo half >$0; exit 1"
        monkeypatch.setattr(base, "_bootstrap_command", lambda _, to, __: ["sh", "-c", script, str(to)])
        with pytest.raises(InfrastructureError, match="E: no packages"):
            base.build(realm.daemon, tag, Silent())
        assert not missing.exists(realm.daemon, tag)

    @staticmethod
    def _no_registry(monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(base, "_is_here", lambda *_: False)
        monkeypatch.setattr(base, "_registry_answers", lambda *_: False)


def test_too_little_disk_is_told_before_anything_is_started(realm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Daemon, "free_bytes", lambda _: 5 * 10**9)
    with pytest.raises(InfrastructureError, match=r"needs about 6 GB of disk.*has 5\.0 GB free"):
        build.build(realm.daemon, realm.plan("never==1\n"), Silent())
    assert not realm.running()
