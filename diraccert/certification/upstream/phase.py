"""Upstream's own tests as a phase of a run: what is put in place for them, and in which batches they run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from diraccert.certification.pytest_process import Batch, Surroundings, batches
from diraccert.certification.record import Record
from diraccert.certification.upstream import packages, preparing, suite
from diraccert.certification.upstream.items import FILE
from diraccert.certification.upstream.suite import Module, Suite
from diraccert.images import cache
from diraccert.instances.instance import Instance
from diraccert.model.scenario import UPSTREAM, ScenarioMeta

SECONDS = 25.0
"""What it takes to put them in, about."""


def modules_of(asked: Suite | None, chosen: Sequence[ScenarioMeta]) -> list[Module]:
    """The chosen ones of upstream's modules, in upstream's order."""
    ids = {each.id for each in chosen}
    return [each for each in asked.modules if each.id in ids] if asked else []


def prepared(
    instance: Instance, modules: Sequence[Module], top: Path, record: Record, rooms: Sequence[Path]
) -> Surroundings:
    """Put the tests of the checkout at ``top`` into the instance; answers where pytest finds their modules."""
    folder = record.folder / UPSTREAM
    suite.write(modules, folder / FILE)
    needed = packages.folder(rooms, record.manifest.python, cache.folder("upstream"))
    preparing.prepare(instance, modules, top, needed, rooms)
    return Surroundings((folder,), record.folder, record.run_id, instance.name)


def batches_of(modules: Sequence[Module], workers: int) -> list[Batch]:
    """Side by side what touches nothing of one another's, then what must be alone."""
    together = [each.id for each in modules if not each.alone]
    alone = [each.id for each in modules if each.alone]
    return batches(together, alone, workers, dist="loadgroup")
