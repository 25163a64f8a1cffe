"""Runs scenarios against an instance that mutants have broken, and judges whether each was noticed for what it is."""

from __future__ import annotations

import os
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path

from diraccert.certification import catalogue, durations, stretch
from diraccert.certification.ordering import order
from diraccert.certification.pytest_process import Surroundings, batches
from diraccert.certification.pytest_process import run as run_batch
from diraccert.certification.run import WORKERS_A_CORE
from diraccert.instances.instance import Instance
from diraccert.model.errors import BadInput, InfrastructureError
from diraccert.model.outcomes import Outcome
from diraccert.model.run import ScenarioResult
from diraccert.proving.mutants import Mutant
from diraccert.results import event_file
from diraccert.results.events import Collected, Ending, assemble
from diraccert.results.shown import shows


def run(instance: Instance, ids: Sequence[str], rooms: Sequence[Path], folder: Path) -> tuple[ScenarioResult, ...]:
    """Run the scenarios ``ids`` on a standing instance, with their record in ``folder``.

    Raises BadInput for an id that nobody has, InfrastructureError when pytest did not get through.
    """
    metas = {each.id: each for each in catalogue.read(rooms)}
    unknown = [each for each in ids if each not in metas]
    if unknown:
        raise BadInput(f"no scenario has the id {', '.join(unknown)}", "see dirac-cert scenarios list")
    chosen = [metas[each] for each in ids]
    folder.mkdir(parents=True, exist_ok=True)
    event_file.append(folder, Collected(time=datetime.now(UTC), scenarios=tuple(chosen)))
    around = Surroundings(tuple(catalogue.folders(rooms)), folder, f"mutants-{secrets.token_hex(3)}", instance.name)
    workers = min(len(ids), WORKERS_A_CORE * (os.cpu_count() or 1))
    together = order([each for each in chosen if not each.exclusive], workers, durations.expected())
    alone = [each for each in chosen if each.exclusive]
    for batch in batches([each.id for each in together], [each.id for each in alone], workers):
        instance.touch()
        if reason := run_batch(batch, around, stretch.now(), lambda: None):
            raise InfrastructureError(reason)
    return assemble(event_file.read(folder), Ending(time=datetime.now(UTC)))


def judge(results: Sequence[ScenarioResult], mutants: Sequence[Mutant]) -> list[str]:
    """One plain sentence for each mutant that got through or was taken for another defect, and for each scenario that
    failed although no mutant reaches it; [] when all is as it must be."""
    by_id = {result.id: result for result in results}
    wrong = []
    for mutant in mutants:
        result = by_id.get(mutant.caught_by)
        if result is None:
            wrong.append(f"{mutant.name}: {mutant.caught_by} did not run")
        elif result.outcome is not Outcome.FAIL:
            wrong.append(f"{mutant.name} got through: {mutant.caught_by} is {result.outcome}{_because(result)}")
        elif not shows(result, mutant.shows):
            wrong.append(f"{mutant.name}: {mutant.caught_by} fails, but not of '{mutant.shows}'{_because(result)}")
    known = {mutant.caught_by for mutant in mutants}
    reach = [pattern for mutant in mutants for pattern in mutant.consequences]
    for result in results:
        if result.outcome is Outcome.PASS or result.id in known:
            continue
        if not any(fnmatchcase(result.id, pattern) for pattern in reach):
            wrong.append(f"{result.id} is {result.outcome} although no mutant reaches it{_because(result)}")
    return wrong


def _because(result: ScenarioResult) -> str:
    return f": {result.reason}" if result.reason else ""
