"""`dirac-cert report DIR`."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from diraccert.cli.main import main
from diraccert.results import store
from tests.unit.reporting.sample_runs import SAMPLES


@pytest.mark.parametrize(("name", "code"), [("green", 0), ("red", 1), ("unknown", 2), ("interrupted", 2), ("empty", 2)])
def test_it_renders_again_and_answers_by_the_verdict(
    name: str, code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store.write(SAMPLES[name](), tmp_path)
    assert main(["report", str(tmp_path)]) == code
    assert {path.name for path in tmp_path.iterdir()} == {
        "run.json",
        "report.html",
        "report.md",
        "junit.xml",
        "allure-results",
    }
    said = capsys.readouterr().out
    assert said.startswith("DIRAC 8.0.86: ")
    assert f"report: {tmp_path / 'report.html'}" in said


def test_a_folder_without_a_run_is_bad_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(tmp_path)]) == 64
    said = capsys.readouterr().err
    assert "there is no run.json in" in said
    assert len(said.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_numbers_that_no_run_has_are_bad_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = SAMPLES["red"]()
    endless = run.scenarios[0].model_copy(update={"seconds": 1e308})
    store.write(run.model_copy(update={"scenarios": (endless, *run.scenarios[1:]), "seconds": 1e308}), tmp_path)
    assert main(["report", str(tmp_path)]) == 64
    said = capsys.readouterr().err
    assert "numbers or times that no run has" in said
    assert len(said.splitlines()) == 1


def test_no_text_of_a_run_breaks_the_xml(tmp_path: Path) -> None:
    run = SAMPLES["red"]().model_copy(update={"instance": "\0<x>", "distribution": "\x1b[31m\0"})
    store.write(run, tmp_path)
    assert main(["report", str(tmp_path)]) == 1
    suite = ET.parse(tmp_path / "junit.xml").find("testsuite")
    assert suite is not None
    assert suite.get("hostname") == "\u2400<x>"
