"""Whether a failure shows a text: by this a known defect is told from a new one that fails the same scenario."""

from __future__ import annotations

import re
from collections.abc import Iterator

from diraccert.model.run import ScenarioResult


def shows(result: ScenarioResult, *signatures: str) -> bool:
    """Whether a failure shows one of these texts (* stands for anything): in its reason, its signature or the log lines
    that the report gives for it."""
    anything = (".*".join(re.escape(part) for part in each.split("*")) for each in signatures)
    pattern = re.compile("|".join(anything), re.DOTALL)
    return any(pattern.search(text) for text in _told(result))


def _told(result: ScenarioResult) -> Iterator[str]:
    evidence = result.evidence
    yield from (result.reason, evidence.signature, evidence.asserted, evidence.got, evidence.traceback)
    # the reason has long values cut short
    yield f"assert {evidence.got} == {evidence.expected}"
    yield from ("\n".join(excerpt.lines) for excerpt in evidence.logs)
    yield from (step.detail for step in result.steps if not step.ok)
