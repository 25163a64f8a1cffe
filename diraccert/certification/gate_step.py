"""The log gate as the last step of a run: reads the logs, judges, and tells it as scenario OPS-06."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from docker.errors import DockerException

from diraccert.certification import baseline as baselines
from diraccert.certification import loggate, logs
from diraccert.certification.loggate import judge
from diraccert.certification.record import Record
from diraccert.instances.instance import Instance
from diraccert.model.errors import CertError
from diraccert.model.outcomes import Outcome
from diraccert.model.scenario import ScenarioMeta
from diraccert.results import event_file
from diraccert.results.events import Ending, Finished, Started, assemble

MOST_BYTES = 20_000_000


def run(record: Record, instance: Instance, chosen: Sequence[ScenarioMeta], rooms: Sequence[Path]) -> None:
    """Judge the logs since the run began, when the selection holds OPS-06."""
    if loggate.GATE.id not in {each.id for each in chosen}:
        return
    started = datetime.now(UTC)
    event_file.append(record.folder, Started(time=started, id=loggate.GATE.id, worker="main"))
    end = _judged(record, instance, rooms, started)
    event_file.append(record.folder, end)


def _judged(record: Record, instance: Instance, rooms: Sequence[Path], started: datetime) -> Finished:
    def finished(outcome: Outcome, reason: str = "") -> Finished:
        now = datetime.now(UTC)
        seconds = round((now - started).total_seconds(), 3)
        return Finished(time=now, id=loggate.GATE.id, outcome=outcome, reason=reason, seconds=seconds)

    try:
        records = logs.collect_all(logs.hosts_of(instance.hosts), MOST_BYTES)
        path = baselines.find(record.manifest.line, rooms)
        whole = baselines.read(path) if path else baselines.Baseline(release="none")
        baseline = whole.of(record.manifest.dirac_version)
    except (CertError, DockerException, OSError) as error:
        return finished(Outcome.ERROR, str(error))
    told = event_file.read(record.folder)
    results = [each for each in assemble(told, Ending(time=started)) if each.id != loggate.GATE.id and each.started]
    verdict = judge(logs.within(records, record.started, datetime.now(UTC)), baseline, results)
    baselines.keep(verdict.seen, record.manifest.dirac_version, record.folder)
    if path is None:
        way_out = f"dirac-cert scenarios baseline {record.run_id} proposes one"
        return finished(Outcome.ERROR, f"line {record.manifest.line} has no reviewed baseline: {way_out}")
    evidence, cause = verdict.evidence, loggate.explained_by(verdict.new, results)
    if cause is not None:
        # what a cause is known by: the gate then is one more of its consequences
        evidence = evidence.model_copy(update={"signature": cause.evidence.signature})
    return finished(verdict.outcome, verdict.reason).model_copy(update={"evidence": evidence})
