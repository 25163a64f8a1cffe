"""Tiny images and instances under labels and names of their own, so that no test touches anybody's real ones."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import pytest

from diraccert.images import base, build, labels, missing, plan
from diraccert.images.build_plan import BuildPlan, ImageSet
from diraccert.images.daemon import Daemon, connect
from diraccert.images.kept import images
from diraccert.instances import removal
from diraccert.model.manifest import Manifest
from diraccert.model.progress import Silent

TINY_ROOMS = Path(__file__).parent / "tiny_rooms"


@dataclass
class Recorded(Silent):
    """A progress that keeps what it was told."""

    phases: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def phase(self, name: str, expected_seconds: float) -> None:
        self.phases.append(name)

    def note(self, text: str) -> None:
        self.notes.append(text)


@dataclass(frozen=True)
class Realm:
    """A daemon as if nothing of ours but the base image were on it."""

    daemon: Daemon
    prefix: str
    repository: str
    cache: Path

    def plan(self, text: str = "tiny==1\n", **variables: str) -> BuildPlan:
        manifest = Manifest(name="tiny", line="8.0", packages=("DIRAC[server]==8.0.86",), variables=variables)
        return plan.plan(self.daemon, manifest, SimpleNamespace(text=text), [TINY_ROOMS])

    def running(self) -> set[str]:
        found = self.daemon.client.containers.list(all=True, sparse=True, filters={"label": labels.KIND})
        return {str(each.attrs["Names"][0]).lstrip("/") for each in found}

    def networks(self) -> set[str]:
        return {str(each.name) for each in self.daemon.client.networks.list(filters={"label": labels.KIND})}


@contextmanager
def _named(realm: Realm) -> Iterator[None]:
    """Labels and names are the realm's; the tests of other modules are about real ones."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIRAC_CERT_CACHE", str(realm.cache))
        for name in ("KIND", "INSTANCE", "HOST", "DIGEST", "DISTRIBUTION"):
            patch.setattr(labels, name, f"{realm.prefix}.{name.lower()}")
        patch.setattr(labels, "REPOSITORY", realm.repository)
        yield


@pytest.fixture(scope="session")
def kept_realm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Realm]:
    """What the realm has for all modules, and its end."""
    daemon = connect()
    base_tag = labels.tag("base", base.digest())
    if not missing.exists(daemon, base_tag):
        base.build(daemon, base_tag, Silent())
    token = secrets.token_hex(4)
    cache = tmp_path_factory.mktemp("cache")
    kept = Realm(daemon, f"org.diracgrid.cert-test-{token}", f"dirac-cert-test-{token}", cache)
    daemon.client.images.get(base_tag).tag(f"{kept.repository}/base", base.digest())
    yield kept
    with _named(kept):
        removal.everything(daemon)
        for image in images(daemon):
            daemon.client.images.remove(image.tag or image.id, force=True)
        daemon.client.images.remove(labels.tag("base", base.digest()))


@pytest.fixture(scope="module")
def realm(kept_realm: Realm) -> Iterator[Realm]:
    with _named(kept_realm):
        yield kept_realm


@pytest.fixture(scope="module")
def tiny_images(realm: Realm) -> ImageSet:
    """The images of the tiny site; the first module builds them."""
    return build.build(realm.daemon, realm.plan(), Silent())


@pytest.fixture
def recorded() -> Recorded:
    return Recorded()
