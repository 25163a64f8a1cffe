"""The page of docs that lists the findings, for whoever asks whether a failure is known.

``python -m diraccert.results.findings_page > docs/findings.md`` writes it anew.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable

from diraccert.results.findings import Finding, read_all
from diraccert.rooms import builtin

HEAD = """\
# Findings

Defects of released DIRAC that the certification shows, from `ci/findings`. A scenario that shows one stays FAIL; its
report names the finding.
This page is written by `python -m diraccert.results.findings_page > docs/findings.md`.
"""


def page(findings: Iterable[Finding]) -> str:
    """The page as Markdown, the findings by id."""
    return "\n".join([HEAD, *(_section(each) for each in findings)])


def _section(finding: Finding) -> str:
    seen = ", ".join(finding.scenarios) or "seen by hand only"
    return (
        f"## {finding.id}\n\n{finding.title}.\n\n"
        f"- Releases: `{finding.versions}`; scenarios: {seen}\n"
        f"- A failure says: {' or '.join(_spoken(each) for each in finding.signature)}\n"
        f"{_logged(finding)}"
        f"- Upstream: {finding.upstream or 'not reported by us'}\n\n"
        f"{finding.see_by_hand.strip()}\n"
    )


def _spoken(sign: str | tuple[str, ...]) -> str:
    return f"`{sign}`" if isinstance(sign, str) else " with ".join(f"`{text}`" for text in sign)


def _logged(finding: Finding) -> str:
    return f"- and a component logs: {' or '.join(f'`{each}`' for each in finding.logs)}\n" if finding.logs else ""


if __name__ == "__main__":
    sys.stdout.write(page(read_all([builtin()])))
