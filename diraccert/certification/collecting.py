"""Scenarios as pytest collects them: every test has its id, no id comes twice, every folder is an area."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from diraccert.certification.scenario import ScenarioError, declaration_of
from diraccert.model.scenario import ScenarioMeta


@dataclass(frozen=True)
class Declared:
    """A collected test with its metadata."""

    item: pytest.Item
    meta: ScenarioMeta


def declared_in(items: Sequence[pytest.Item]) -> list[Declared]:
    """The scenarios among the collected tests; raises pytest.UsageError with every mistake, one a line."""
    found: list[Declared] = []
    wrong: list[str] = []
    places: dict[str, str] = {}
    for item in items:
        where = f"{item.path.parent.name}/{item.path.name}::{item.name}"
        declaration = declaration_of(item)
        if declaration is None:
            wrong.append(f"{where} has no id: put @scenario('WMS-01', title=..., owner=...) above it")
            continue
        try:
            meta = declaration.in_area(item.path.parent.name)
        except ScenarioError as error:
            wrong.append(f"{where}: {error}")
            continue
        if meta.id in places:
            wrong.append(f"{where} has the id {meta.id} of {places[meta.id]}: an id is one scenario's, for ever")
            continue
        places[meta.id] = where
        found.append(Declared(item, meta))
    if wrong:
        raise pytest.UsageError("\n".join(wrong))
    return found


def in_order(found: Sequence[Declared], ids: Sequence[str]) -> list[Declared]:
    """The scenarios of these ids in this order; raises pytest.UsageError for an id that no scenario has."""
    known = {each.meta.id: each for each in found}
    unknown = [each for each in ids if each not in known]
    if unknown:
        raise pytest.UsageError(f"no scenario has the id {', '.join(unknown)}")
    return [known[each] for each in ids]
