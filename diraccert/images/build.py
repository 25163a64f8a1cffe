"""Building what a plan lacks: blank containers, a play, a commit. An image gets its tag when all of it is whole."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace

from docker.errors import ImageNotFound, NotFound
from docker.models.containers import Container

from diraccert.images import base, cache, durations, inventory, kept, labels, play
from diraccert.images.build_plan import BuildPlan, ImageSet, Stage
from diraccert.images.daemon import Daemon
from diraccert.images.missing import complete, exists
from diraccert.images.turn import turn
from diraccert.model.errors import InfrastructureError
from diraccert.model.progress import Progress

# Two gigabytes of image, the layers while they are committed, and room for the instance.
NEEDED_GIGABYTES = 6
Maker = Callable[[Daemon, BuildPlan, Stage, Progress], None]
START = "/usr/local/sbin/dirac-cert-host"
# What the role `running` leaves where a release does not start, or refuses what brings a new site to work.
FLAWED = "test -s /opt/dirac-cert/does-not-start.json || test -s /opt/dirac-cert/refused"

BESIDE_LIMIT = 60
"""Seconds in which what stands beside the system answers."""
_UNTIL_READY = "until /opt/dirac-cert/ready; do sleep 0.1; done"


def build(daemon: Daemon, plan: BuildPlan, progress: Progress) -> ImageSet:
    """Build the missing stages and answer the images. Raises InfrastructureError; then nothing is left running."""
    kept.remember(plan)
    if plan.stages:
        daemon.require_free(NEEDED_GIGABYTES, "building the images")
    makers: Mapping[str, Maker] = {
        "base": _base,
        "dirac": _dirac,
        "system": _system,
        **dict.fromkeys((name for name, _ in plan.below), _below),
        **dict.fromkeys(plan.beside, _beside),
    }
    for stage in plan.stages:
        with turn(stage, progress):
            if _is_made(daemon, plan, stage):
                continue
            progress.phase(f"image {stage.name}", stage.seconds)
            began = time.monotonic()
            makers[stage.name](daemon, plan, stage, progress)
            durations.record(stage.name, time.monotonic() - began)
    if plan.flawed_set and plan.stages and not complete(daemon, plan.image_set):
        return plan.flawed_set
    return plan.image_set


def _is_made(daemon: Daemon, plan: BuildPlan, stage: Stage) -> bool:
    """Whether another command made it while this one waited for its turn."""
    if stage.name == "system":
        return any(complete(daemon, each) for each in (plan.image_set, plan.flawed_set) if each)
    if stage.name in plan.beside:
        return all(exists(daemon, tag) for tag in plan.beside[stage.name].values())
    if (stage.name, stage.suite) in plan.below:
        return exists(daemon, plan.below[stage.name, stage.suite])
    return exists(daemon, plan.bases[stage.suite] if stage.name == "base" else plan.dirac_tag)


def _base(daemon: Daemon, plan: BuildPlan, stage: Stage, progress: Progress) -> None:
    base.build(daemon, plan.bases[stage.suite], progress, stage.suite)


def _below(daemon: Daemon, plan: BuildPlan, stage: Stage, progress: Progress) -> None:
    tag = plan.below[stage.name, stage.suite]
    _packages(daemon, plan, stage, plan.roles.stages.below[stage.name].hosts[0], plan.bases[stage.suite], tag, progress)


def _dirac(daemon: Daemon, plan: BuildPlan, stage: Stage, progress: Progress) -> None:
    host = plan.roles.stages.dirac.hosts[0]
    _packages(daemon, plan, stage, host, plan.below_dirac, plan.dirac_tag, progress)


def _packages(
    daemon: Daemon, plan: BuildPlan, stage: Stage, host: str, source: str, tag: str, progress: Progress
) -> None:
    """One host with packages alone: nothing runs on it, so it is kept as it is."""
    with _site(daemon, {host: source}, stage.digest) as site:
        _play(daemon, plan, site, stage.name, progress, settle=False)
        progress.note("keeping it as an image")
        _keep(daemon, site, {host: tag}, command="")


def _system(daemon: Daemon, plan: BuildPlan, _: Stage, progress: Progress) -> None:
    sources = plan.sources
    beside = {host: tag for host, tag in plan.image_set.tags.items() if host not in sources}
    with _site(daemon, sources, plan.image_set.digest, beside) as site:
        _play(daemon, plan, site, "system", progress, settle=True)
        progress.note(f"keeping {', '.join(sources)} as images")
        kept_as = plan.flawed_set if plan.flawed_set and _flawed(site) else plan.image_set
        tags = {host: kept_as.tags[host] for host in sources}
        _keep(daemon, replace(site, digest=kept_as.digest), tags, command=START)


def _beside(daemon: Daemon, plan: BuildPlan, stage: Stage, progress: Progress) -> None:
    tags = plan.beside[stage.name]
    with _site(daemon, dict.fromkeys(tags, plan.bases[stage.suite]), stage.digest) as site:
        _play(daemon, plan, site, stage.name, progress, settle=True)
        progress.note(f"keeping {', '.join(tags)} as images")
        _keep(daemon, site, tags, command=START)


def _flawed(site: _Site) -> bool:
    """Whether the code that these hosts were made with did not start whole, or refused its first set-up."""
    return any(container.exec_run(["sh", "-c", FLAWED]).exit_code == 0 for container in site.containers.values())


@dataclass(frozen=True)
class _Site:
    """Blank containers on a network of their own that the play makes into hosts."""

    digest: str
    containers: Mapping[str, Container]


@contextmanager
def _site(
    daemon: Daemon, sources: Mapping[str, str], digest: str, beside: Mapping[str, str] | None = None
) -> Iterator[_Site]:
    """Start a blank container per host from its image; all is removed at the end, whatever happened.

    What is ``beside`` them runs as in an instance and answers before anybody asks it; it is not played on.
    """
    name = f"dirac-cert-build-{digest[:6]}-{secrets.token_hex(3)}"
    marks = {labels.KIND: labels.Kind.BUILD.value, labels.DIGEST: digest}
    try:
        daemon.client.networks.create(name, driver="bridge", labels=marks)
        containers = {host: base.blank(daemon, source, name, host, marks) for host, source in sources.items()}
        running = {host: base.blank(daemon, tag, name, host, marks, [START]) for host, tag in (beside or {}).items()}
        with ThreadPoolExecutor() as pool:
            list(pool.map(Container.start, [*containers.values(), *running.values()]))
            list(pool.map(_answers, running, running.values()))
        yield _Site(digest, containers)
    finally:
        _remove_site(daemon, name)


def _answers(host: str, container: Container) -> None:
    """Wait until a host beside the system says that it is ready; InfrastructureError: what it said last."""
    code, said = container.exec_run(["timeout", str(BESIDE_LIMIT), "sh", "-c", _UNTIL_READY])
    if code != 0:
        last = b"".join([said] if isinstance(said, bytes) else said).decode(errors="replace").strip().splitlines()[-1:]
        raise InfrastructureError(
            f"{host} is not ready after {BESIDE_LIMIT} s: {' '.join(last) or 'it said nothing'}",
            "try again when the machine is less busy",
        )


def _remove_site(daemon: Daemon, name: str) -> None:
    """By name, not by what was answered: an interrupt may come between a thing being made and our hearing of it."""
    for container in daemon.client.containers.list(all=True, filters={"name": f"^/{name}-"}, ignore_removed=True):
        with suppress(NotFound):
            container.remove(force=True, v=True)
    for network in daemon.client.networks.list(names=[f"^{name}$"]):
        with suppress(NotFound):
            network.remove()


def _play(daemon: Daemon, plan: BuildPlan, site: _Site, stage: str, progress: Progress, *, settle: bool) -> None:
    lock = cache.folder("locks") / f"{plan.dirac_tag.rpartition(':')[2]}.txt"
    lock.write_text(plan.lock_text, encoding="utf-8")
    names = {host: str(container.name) for host, container in site.containers.items()}
    hosts = inventory.of(names, inventory.variables(plan, lock, daemon.url), plan.roles.groups)
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    log = cache.folder("logs") / f"{stage}-{site.digest}-{stamp}.log"
    play.run(plan.roles.playbook, hosts, {"cert_settle": settle}, log, progress)


def _keep(daemon: Daemon, site: _Site, tags: Mapping[str, str], command: str) -> None:
    """Commit all hosts at once, then name them. Older images lose these names first, so that a set is never mixed."""

    def commit(host: str) -> str:
        marks = {labels.KIND: labels.Kind.IMAGE.value, labels.HOST: host, labels.DIGEST: site.digest}
        return str(site.containers[host].commit(changes=labels.changes(marks, command)).id)

    with ThreadPoolExecutor() as pool:
        commits = {host: pool.submit(commit, host) for host in tags}
    whole = {host: each.result() for host, each in commits.items() if each.exception() is None}
    if len(whole) < len(tags):
        for image in whole.values():
            daemon.client.images.remove(image)
    made = {host: each.result() for host, each in commits.items()}
    for tag in tags.values():
        _untag(daemon, tag)
    for host, tag in tags.items():
        repository, _, version = tag.rpartition(":")
        if not daemon.client.api.tag(made[host], repository, version):
            raise InfrastructureError(f"the Docker daemon did not give {tag} its name")


def _untag(daemon: Daemon, tag: str) -> None:
    with suppress(ImageNotFound):
        daemon.client.images.remove(tag, force=False, noprune=True)
