"""Renders a run for people and for other programs; reads nothing but the run itself."""

from __future__ import annotations

from pathlib import Path

from diraccert.model.run import Run
from diraccert.reporting import allure, html, junit, markdown
from diraccert.results.whole_file import write_whole

__all__ = ["render"]


def render(run: Run, folder: Path) -> None:
    """Write report.html, report.md, junit.xml and allure-results/ into ``folder``, in place of those that are there.

    Raises InfrastructureError when they cannot be written; each file is there whole or not at all.
    """
    write_whole(folder / "report.html", html.page(run))
    write_whole(folder / "report.md", markdown.comment(run))
    write_whole(folder / "junit.xml", junit.document(run))
    allure.write(run, folder / "allure-results")
