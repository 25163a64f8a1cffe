"""Renders a run for people and for other programs; reads nothing but the run itself."""

from __future__ import annotations

from pathlib import Path

from diraccert.model.run import Run
from diraccert.reporting.allure import write as write_allure
from diraccert.reporting.html import page
from diraccert.reporting.junit import document
from diraccert.reporting.markdown import comment
from diraccert.results.whole_file import write_whole

__all__ = ["WRITTEN", "render"]

#: What there is of a run besides its record, below its folder.
WRITTEN = ("report.html", "report.md", "junit.xml", "allure-results")


def render(run: Run, folder: Path) -> None:
    """Write report.html, report.md, junit.xml and allure-results/ into ``folder``, in place of those that are there.

    Raises InfrastructureError when they cannot be written; each file is there whole or not at all.
    """
    for name, content in (("report.html", page(run)), ("report.md", comment(run)), ("junit.xml", document(run))):
        write_whole(folder / name, content, durable=False)
    write_allure(run, folder / "allure-results")
