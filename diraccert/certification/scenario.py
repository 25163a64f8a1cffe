"""The decorator that makes a test function a scenario."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from diraccert.model.scenario import AREAS, ID_PATTERN, SUITES, ScenarioMeta

MARK = "scenario"

Function = Callable[..., None]


class ScenarioError(Exception):
    """The declaration of a scenario cannot be used; the message says what to write."""


@dataclass(frozen=True)
class Declaration:
    """A scenario as its decorator declares it; its area is known when its file is."""

    meta: ScenarioMeta

    def in_area(self, area: str) -> ScenarioMeta:
        """The metadata in the area whose folder holds the file; raises ScenarioError for an unknown area."""
        if area not in AREAS:
            raise ScenarioError(f"{self.meta.id} lies in folder '{area}', which is no area: {', '.join(AREAS)}")
        fields = {name: getattr(self.meta, name) for name in self.meta.__dataclass_fields__}
        return ScenarioMeta(**{**fields, "area": area})


def scenario(
    id: str,  # noqa: A002 - the word that people use
    *,
    title: str,
    owner: str,
    replaces: str = "",
    lines: str = "",
    needs: Sequence[str] = (),
    suites: Sequence[str] = SUITES,
    limit: float = 60.0,
    about: float = 5.0,
    exclusive: bool = False,
) -> Callable[[Function], Function]:
    """Declare a test function as the scenario ``id``; the fields are those of ScenarioMeta.

    Raises ScenarioError when a field cannot be used, so that pytest shows the line.
    """
    if not ID_PATTERN.fullmatch(id):
        raise ScenarioError(
            f"'{id}' is no scenario id: write letters, two digits and perhaps a part, as in WMS-04 or WMS-02a"
        )
    if not title.strip() or not owner.strip():
        raise ScenarioError(f"{id} has no title or no owner: write both")
    for suite in suites:
        if suite not in SUITES:
            raise ScenarioError(f"{id} names the suite '{suite}': suites are {', '.join(SUITES)}")
    try:
        SpecifierSet(lines)
    except InvalidSpecifier as error:
        raise ScenarioError(f"{id}: lines={lines!r} is no version specifier: write for example '>=8.0,<9'") from error
    if limit <= 0 or about <= 0:
        raise ScenarioError(f"{id}: limit and about are seconds above 0")
    declared = ScenarioMeta(
        id=id, title=title, area="", owner=owner, replaces=replaces, lines=lines, needs=tuple(needs),
        suites=tuple(suites), limit=limit, about=about, exclusive=exclusive,
    )  # fmt: skip
    return pytest.mark.scenario(Declaration(declared))


def declaration_of(item: pytest.Item) -> Declaration | None:
    """What the decorator of this test declared; nothing when it has none."""
    mark = item.get_closest_marker(MARK)
    declared: Any = mark.args[0] if mark and mark.args else None
    return declared if isinstance(declared, Declaration) else None
