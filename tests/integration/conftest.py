"""Tiny images and instances under labels and names of their own, so that no test touches anybody's real ones."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import pytest

from diraccert.images import base, build, labels, plan
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

    def plan(self, text: str = "tiny==1\n", **variables: str) -> plan.BuildPlan:
        manifest = Manifest(name="tiny", line="8.0", packages=("DIRAC[server]==8.0.86",), variables=variables)
        return plan.plan(self.daemon, manifest, SimpleNamespace(text=text), [TINY_ROOMS])

    def running(self) -> set[str]:
        found = self.daemon.client.containers.list(all=True, sparse=True, filters={"label": labels.KIND})
        return {str(each.attrs["Names"][0]).lstrip("/") for each in found}

    def networks(self) -> set[str]:
        return {str(each.name) for each in self.daemon.client.networks.list(filters={"label": labels.KIND})}


@pytest.fixture(scope="session")
def realm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Realm]:
    daemon = connect()
    base_tag = labels.tag("base", base.digest())
    if not plan.exists(daemon, base_tag):
        base.build(daemon, base_tag, Silent())
    token = secrets.token_hex(4)
    cache = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIRAC_CERT_CACHE", str(cache))
        prefix, repository = f"org.diracgrid.cert-test-{token}", f"dirac-cert-test-{token}"
        for name in ("KIND", "INSTANCE", "HOST", "DIGEST", "DISTRIBUTION"):
            patch.setattr(labels, name, f"{prefix}.{name.lower()}")
        patch.setattr(labels, "REPOSITORY", repository)
        daemon.client.images.get(base_tag).tag(f"{repository}/base", base.digest())
        try:
            yield Realm(daemon, prefix, repository, cache)
        finally:
            removal.everything(daemon)
            for image in images(daemon):
                daemon.client.images.remove(image.tag or image.id, force=True)
            daemon.client.images.remove(labels.tag("base", base.digest()))


@pytest.fixture(scope="session")
def tiny_images(realm: Realm) -> plan.ImageSet:
    """The images of the tiny site, built once."""
    return build.build(realm.daemon, realm.plan(), Silent())


@pytest.fixture
def recorded() -> Recorded:
    return Recorded()
