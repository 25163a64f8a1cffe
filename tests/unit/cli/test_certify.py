"""What the options of ``certify`` ask for."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from diraccert.certification import run as certification
from diraccert.certification.request import Request
from diraccert.cli.certify import certify
from diraccert.cli.main import main
from diraccert.model.errors import BadInput
from diraccert.model.outcomes import Outcome, Verdict
from diraccert.model.run import Dependencies, Host, Run, ScenarioResult
from diraccert.results import store


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Request]:
    """The requests that the command makes; none is served."""
    found: list[Request] = []

    def serve(request: Request, _: object) -> None:
        found.append(request)
        raise BadInput("enough", "none")

    monkeypatch.setattr(certification, "certify", serve)
    return found


@pytest.fixture
def earlier(tmp_path: Path) -> Path:
    """The folder of a run with the dependencies of today."""
    failed = ScenarioResult(id="WMS-01", title="t", area="wms", owner="wms", outcome=Outcome.FAIL)
    run = Run(
        run_id="earlier",
        verdict=Verdict.NO,
        distribution="8.0.86",
        dependencies=Dependencies.TODAY,
        host=Host(cores=2, memory_gb=8, system="Linux"),
        started=datetime(2026, 11, 22, tzinfo=UTC),
        seconds=1,
        scenarios=(failed,),
    )
    store.write(run, tmp_path / "earlier")
    return tmp_path / "earlier"


@pytest.mark.parametrize("wanted", [None, *Dependencies])
def test_the_time_of_the_dependencies_is_what_was_asked_for(asked: list[Request], wanted: Dependencies | None) -> None:
    with pytest.raises(BadInput, match="enough"):
        certify("8.0.86", dependencies=wanted)
    assert asked[0].dependencies is wanted


def test_a_run_is_repeated_with_the_dependencies_that_it_had(asked: list[Request], earlier: Path) -> None:
    for dist, wanted in (("", None), ("", Dependencies.RELEASE), ("8.0.85", None)):
        with pytest.raises(BadInput, match="enough"):
            certify(dist, rerun=str(earlier), dependencies=wanted)
    assert [(each.dist, each.dependencies) for each in asked] == [
        ("8.0.86", Dependencies.TODAY),
        ("8.0.86", Dependencies.RELEASE),
        ("8.0.85", None),
    ]


@pytest.mark.parametrize("option", ["--suite", "--select", "--rerun", "--only", "--report-dir", "--source", "--rooms"])
@pytest.mark.parametrize("empty", ["", "  "])
def test_an_option_that_is_empty_does_not_stand_for_its_default(
    asked: list[Request], capsys: pytest.CaptureFixture[str], option: str, empty: str
) -> None:
    """A pipeline whose variable is not set must get neither the suite `full` nor the current folder for it."""
    assert main(["certify", "8.0.86", option, empty]) == 64
    assert f"'{option}': it is empty" in capsys.readouterr().err
    assert asked == []


def test_bisect_refuses_an_empty_selection(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bisect", "good", "bad", "--select", "", "--source", "."]) == 64
    assert "'--select': it is empty" in capsys.readouterr().err
