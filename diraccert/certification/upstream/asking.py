"""Whether a certification asks for upstream's own tests, and where they come from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from diraccert.certification.selection import Selection
from diraccert.certification.upstream import suite
from diraccert.certification.upstream.suite import Suite
from diraccert.distributions import checkout
from diraccert.model.errors import BadInput
from diraccert.model.manifest import Manifest
from diraccert.model.scenario import UPSTREAM

_WORDS = re.compile(r"[^\s(),]+")


def is_asked(expression: str) -> bool:
    """Whether a selection names the suite, or modules of it."""
    words = _WORDS.findall(expression)
    return any(word.lower() == UPSTREAM or word.upper().startswith("UP-") for word in words)


def top_of(expression: str, sources: Sequence[Path]) -> Path | None:
    """The checkout whose tests are asked for; None when none are. BadInput when there is none with tests."""
    if not is_asked(expression):
        return None
    way_out = "name a git checkout of DIRAC: dirac-cert certify --source CHECKOUT --suite upstream"
    checkouts = [path for path in sources if path.suffix != ".whl"]
    if not checkouts:
        raise BadInput("the suite upstream is DIRAC's own tests, which no package on the index has", way_out)
    tops = [checkout.look(path).top for path in checkouts]
    for top in tops:
        if suite.has_tests(top):
            return top
    raise BadInput(f"{', '.join(map(str, tops))} has no {suite.TESTS} with upstream's scripts of what to run", way_out)


def read(top: Path | None, manifest: Manifest, rooms: Sequence[Path]) -> Suite | None:
    """The suite of a checkout, with what the manifest says of modules that are stale for its release."""
    return suite.read(top, suite.facts(rooms), manifest.upstream_stale) if top else None


def with_stale(chosen: Selection, asked: Suite | None) -> Selection:
    """The selection, in which stale modules are skipped, and what upstream does not run is not selected."""
    if asked is None:
        return chosen
    stale = tuple((each, asked.stale[each.id]) for each in chosen.run if each.id in asked.stale)
    run = tuple(each for each in chosen.run if each.id not in asked.stale)
    return Selection(run, (*chosen.skipped, *stale), (*chosen.not_selected, *asked.left_out))
