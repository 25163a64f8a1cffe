"""The record of a run while it grows: run.json is there from the first moment, and says so when it is not whole."""

from __future__ import annotations

import contextlib
import os
import platform
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

import yaml
from docker.errors import DockerException

from diraccert import reporting
from diraccert.certification.baseline import SIGHTINGS
from diraccert.distributions import deviations
from diraccert.distributions.lock import Lock
from diraccert.images.build_plan import ImageSet
from diraccert.images.daemon import Daemon
from diraccert.model.errors import BadInput
from diraccert.model.manifest import Manifest
from diraccert.model.outcomes import Outcome, Verdict, verdict_of
from diraccert.model.run import Host, ImageUsed, Run
from diraccert.results import event_file, events, findings, store
from diraccert.results.findings import Finding

UNFINISHED = "the run has not ended: it goes on, or it was killed"


def new_run_id(distribution: str, now: datetime) -> str:
    """An id that sorts by time and is a folder's name: ``20261122-170000-8-0-86-1f2e``."""
    slug = "-".join("".join(char if char.isalnum() else " " for char in distribution).split())[:40]
    return f"{now:%Y%m%d-%H%M%S}-{slug}-{secrets.token_hex(2)}"


def made_empty(folder: Path) -> Path:
    """The folder of a new run, with nothing of an older one. Raises BadInput when it cannot be had."""
    try:
        whole = folder.resolve()
        whole.mkdir(parents=True, exist_ok=True)
        (whole / event_file.NAME).unlink(missing_ok=True)
        if (whole / store.NAME).exists():
            # a run that dies would stand beside the report of the one before
            for name in (SIGHTINGS, *reporting.WRITTEN):
                _remove(whole / name)
    except (OSError, RuntimeError) as error:  # the latter is a loop of links
        why = getattr(error, "strerror", None) or str(error)
        raise BadInput(f"no report can be written to {folder}: {why}", "name a folder: --report-dir DIR") from error
    return whole


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


@dataclass
class Record:
    """What is known of the run so far; ``folder`` takes run.json and the events."""

    folder: Path
    run_id: str
    manifest: Manifest
    selection: str
    lock: Lock
    host: Host
    started: datetime
    workers: int
    stretch: float = 1.0
    findings: tuple[Finding, ...] = ()
    instance: str = ""
    images: tuple[ImageUsed, ...] = ()
    timings: dict[str, float] = field(default_factory=dict)
    began: float = field(default_factory=monotonic)

    @contextlib.contextmanager
    def timed(self, phase: str) -> Iterator[None]:
        """Add the seconds inside to the phase's."""
        at = monotonic()
        try:
            yield
        finally:
            self.timings[phase] = round(self.timings.get(phase, 0.0) + monotonic() - at, 2)

    def used(self, daemon: Daemon, image_set: ImageSet) -> None:
        """Note the images that the instance was made of."""
        self.images = tuple(
            ImageUsed(host=host, tag=tag, id=str(daemon.client.images.get(tag).id))
            for host, tag in sorted(image_set.tags.items())
        )

    def run(self, ending: events.Ending | None) -> Run:
        """The run as it is now; an ending without a reason is the end of a whole run, None means that it goes on."""
        told = event_file.read(self.folder)
        end = ending or events.Ending(time=datetime.now(UTC), reason=UNFINISHED)
        results = findings.recognised(
            events.assemble(told, end) if ending else (), self.findings, self.manifest.dirac_version
        )
        whole = ending is not None and not ending.reason and not ending.interrupted
        outcomes = [each.outcome for each in results]
        return Run(
            run_id=self.run_id,
            verdict=verdict_of(outcomes) if whole or Outcome.FAIL in outcomes else Verdict.UNKNOWN,
            complete=whole,
            reason=end.reason or ("interrupted" if end.interrupted else ""),
            distribution=self.manifest.name,
            packages=self.manifest.packages,
            sources=self.manifest.sources,
            manifest=yaml.safe_dump(self.manifest.model_dump(mode="json", exclude_defaults=True), sort_keys=False),
            dependencies=self.manifest.dependencies,
            selection=self.selection,
            lock=self.lock.text,
            images=self.images,
            patches=deviations.of(self.manifest),
            instance=self.instance,
            host=self.host,
            started=self.started,
            seconds=round(monotonic() - self.began, 2),
            timings=dict(self.timings),
            workers=self.workers,
            stretch=self.stretch,
            scenarios=results,
            not_selected=events.not_selected(told),
        )

    def write(self, ending: events.Ending | None = None) -> Run:
        """Write run.json, and answer what is in it."""
        run = self.run(ending)
        store.write(run, self.folder)
        return run


def this_machine(daemon: Daemon) -> Host:
    """The machine that runs the scenarios, and the version of the daemon that runs the instance."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    try:
        version = str(daemon.client.version().get("Version", ""))
    except (DockerException, OSError):
        version = ""
    return Host(cores=os.cpu_count() or 1, memory_gb=round(memory, 1), system=platform.platform(), docker=version)
