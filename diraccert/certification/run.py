"""One certification, from the request to the written record."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from docker.errors import DockerException

from diraccert import reporting
from diraccert.certification import catalogue, durations, from_source, gate_step, preparing, standing, stretch
from diraccert.certification.from_source import Stood
from diraccert.certification.glance import Glance
from diraccert.certification.live import Live
from diraccert.certification.loggate import GATE
from diraccert.certification.ordering import order, shuffled
from diraccert.certification.pytest_process import Surroundings, batches
from diraccert.certification.pytest_process import run as run_batch
from diraccert.certification.record import Record, made_empty, new_run_id, this_machine
from diraccert.certification.request import RUNS, Request, Watcher
from diraccert.certification.selection import Selection, select
from diraccert.certification.topology import offers
from diraccert.certification.upstream import asking, phase
from diraccert.certification.upstream.suite import Suite
from diraccert.images.build import build
from diraccert.images.build_plan import BuildPlan, ImageSet
from diraccert.images.daemon import Daemon, connect, went_away
from diraccert.instances.fitting import Fitting
from diraccert.instances.instance import Instance
from diraccert.model.errors import CertError
from diraccert.model.outcomes import Outcome
from diraccert.model.run import Run
from diraccert.model.scenario import UPSTREAM
from diraccert.results import event_file, findings
from diraccert.results.event_file import EventTail
from diraccert.results.events import Collected, Ending, Finished, Started

#: Scenarios wait most of their time, so there are more workers than cores; each costs a second of imports.
WORKERS_A_CORE = 3
RED = (Outcome.FAIL, Outcome.ERROR)


def certify(request: Request, watcher: Watcher) -> tuple[Run, Path]:
    """Certify, and answer the run with the folder in which its record is.

    Raises BadInput before anything was made. Afterwards everything, Ctrl-C and a failure of ours included, ends in
    a written run.json, whose ``complete`` and ``reason`` say what happened.
    """
    # measured before the machine is busy with this run's own images, services and scenarios
    busy = stretch.now()
    top = asking.top_of(request.selection, request.sources)
    sourced, there = preparing.read(request, watcher.progress)
    manifest = sourced.manifest
    asked = asking.read(top, manifest, request.rooms)
    there += asked.metas if asked else []
    chosen = select(there, request.selection, manifest.dirac_version, offers(manifest))
    chosen = asking.with_stale(chosen, asked)
    known = findings.read_all(request.rooms)
    daemon = connect()
    started = datetime.now(UTC)
    workers = max(1, min(len(chosen.run), request.workers or WORKERS_A_CORE * (os.cpu_count() or 1)))
    lock, plan = preparing.plan(request, sourced, chosen, daemon, workers, watcher)
    run_id = new_run_id(manifest.name, started)
    folder = made_empty(request.report_dir or RUNS / run_id)
    machine = this_machine(daemon)
    record = Record(folder, run_id, manifest, request.selection, lock, machine, started, workers, busy, known)
    record.write()
    return _Certification(request, watcher, daemon, chosen, record, sourced.files, asked).go(plan), folder


@dataclass
class _Certification:
    """The phases after the plan."""

    request: Request
    watcher: Watcher
    daemon: Daemon
    chosen: Selection
    record: Record
    files: tuple[Path, ...] = ()
    asked: Suite | None = None
    stood: Stood | None = None

    def go(self, plan: BuildPlan) -> Run:
        interrupted, reason = False, ""
        try:
            self._announce_scenarios()
            reason = self._phases(plan)
        except KeyboardInterrupt:
            interrupted = True
        except CertError as error:
            reason = str(error)
        except (DockerException, OSError) as error:
            reason = str(went_away(error)) if isinstance(error, DockerException) else f"{type(error).__name__}: {error}"
        except BaseException as error:
            self._end(
                Ending(time=datetime.now(UTC), reason=f"dirac-cert itself failed: {type(error).__name__}: {error}")
            )
            raise
        return self._end(Ending(time=datetime.now(UTC), interrupted=interrupted, reason=reason))

    def _announce_scenarios(self) -> None:
        now = datetime.now(UTC)
        skipped = tuple(meta for meta, _ in self.chosen.skipped)
        self._tell(Collected(time=now, scenarios=(*self.chosen.run, *skipped), not_selected=self.chosen.not_selected))
        for meta, why in self.chosen.skipped:
            self._tell(Started(time=now, id=meta.id))
            self._tell(Finished(time=now, id=meta.id, outcome=Outcome.SKIP, reason=why, seconds=0.0))

    def _phases(self, plan: BuildPlan) -> str:
        image_set = plan.image_set
        if plan.stages:
            with self.record.timed("build"):
                image_set = build(self.daemon, plan, self.watcher.progress)
        with self.record.timed("up"):
            self.stood = self._stand(image_set)
        instance = self.stood.instance
        self.record.instance = instance.name
        self.record.used(self.daemon, image_set)
        self.record.write()
        with self.record.timed("scenarios"):
            reason = self._scenarios(instance)
        self.watcher.progress.phase("log gate", GATE.about)
        with self.record.timed("log gate"):
            gate_step.run(self.record, instance, self.chosen.run, self.request.rooms)
        return reason

    def _stand(self, image_set: ImageSet) -> Stood:
        progress, fresh = self.watcher.progress, self.request.fresh
        if self.files:
            fitting = Fitting(self.files, image_set.fitted)
            alone = bool(phase.modules_of(self.asked, self.chosen.run))
            return from_source.stand(self.daemon, image_set, fitting, progress, fresh=fresh, alone=alone)
        return Stood(standing.stand(self.daemon, image_set, progress, fresh=fresh), temporary=fresh)

    def _scenarios(self, instance: Instance) -> str:
        recorded = durations.expected()
        all_ = [each for each in self.chosen.run if each.id != GATE.id]
        mine = [each for each in all_ if each.area != UPSTREAM]
        together = [each for each in mine if not each.exclusive]
        alone = [each for each in mine if each.exclusive]
        if self.request.seed is None:
            together = order(together, min(self.record.workers, len(together)), recorded)
        else:
            together, alone = shuffled(together, self.request.seed), shuffled(alone, self.request.seed)
        live = Live(all_, self.record.workers, recorded)
        tail = EventTail(self.record.folder)
        self.watcher.progress.phase("scenarios", live.left())
        glance = Glance(self.watcher.progress, self.watcher.ended, live, tail, instance)
        around = Surroundings(
            tuple(catalogue.folders(self.request.rooms)), self.record.folder, self.record.run_id, instance.name
        )
        reasons = [
            run_batch(batch, around, self.record.stretch, glance)
            for batch in batches([each.id for each in together], [each.id for each in alone], self.record.workers)
        ]
        if theirs := phase.modules_of(self.asked, self.chosen.run):
            assert self.asked is not None
            self.watcher.progress.phase("upstream's tests put in", phase.SECONDS)
            with self.record.timed("upstream's tests put in"):
                around = phase.prepared(instance, theirs, self.asked.top, self.record, self.request.rooms)
            self.watcher.progress.phase("scenarios", live.left())
            reasons += [
                run_batch(batch, around, self.record.stretch, glance)
                for batch in phase.batches_of(theirs, self.record.workers)
            ]
        glance()
        return "; ".join(filter(None, reasons))

    def _end(self, ending: Ending) -> Run:
        run = self.record.write(ending)
        with contextlib.suppress(OSError):
            durations.record(run.scenarios)
        try:
            reporting.render(run, self.record.folder)
        finally:  # a full disk is no reason to leave it standing
            self._leave(any(each.outcome in RED for each in run.scenarios) and not ending.interrupted)
        return run

    def _leave(self, red: bool) -> None:
        """Remove an instance that was made for this run alone, unless something is to be seen on it."""
        if self.stood and self.stood.temporary and not (self.request.keep or red):
            self.stood.instance.down()
        if self.stood and self.stood.hold:
            self.stood.hold.close()

    def _tell(self, event: Collected | Started | Finished) -> None:
        event_file.append(self.record.folder, event)
