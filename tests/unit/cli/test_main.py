from __future__ import annotations

import errno
from pathlib import Path

import pytest
import requests
import typer

from diraccert.cli import main as command
from diraccert.model.errors import BadInput, InfrastructureError


def ending_with(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> int:
    def application() -> typer.Typer:
        app = typer.Typer()

        @app.command()
        def run() -> None:
            raise error

        @app.command()
        def other() -> None:
            return

        return app

    monkeypatch.setattr(command, "application", application)
    return command.main(["run"])


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (BadInput("no such\nthing", "try another"), 64, "no such thing (try another)"),
        (InfrastructureError("broken"), 2, "broken"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (requests.ConnectionError("gone"), 2, "the Docker daemon went away"),
        (OSError(errno.ENOSPC, "No space left on device"), 2, "no space is left"),
        (BrokenPipeError(errno.EPIPE, "Broken pipe"), 2, "went away"),
        (typer.Exit(1), 1, ""),
        (typer.Exit(0), 0, ""),
    ],
)
def test_every_end_has_its_exit_code_and_one_line(
    error: BaseException, code: int, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ending_with(error, monkeypatch) == code
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == (1 if said else 0)


def test_a_bug_of_ours_never_says_that_the_product_failed(monkeypatch, capsys) -> None:
    assert ending_with(ZeroDivisionError("oops"), monkeypatch) == 2
    assert capsys.readouterr().err.endswith("dirac-cert: this is a bug of dirac-cert: ZeroDivisionError: oops\n")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nonesuch"],
        ["up"],
        ["up", "8.0.86", "--nonesuch"],
        ["down"],
        ["down", "x", "--all"],
        ["forward", "x", "server:x", "--port", "y"],
    ],
)
def test_wrong_usage_is_bad_input(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(arguments) == 64
    assert "dirac-cert" in capsys.readouterr().err


def test_no_daemon_is_exit_code_2_with_the_way_out(monkeypatch, capsys) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere.sock")
    assert command.main(["status"]) == 2
    assert "ci/bootstrap" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ["bisect"],
        ["up"],
        ["down"],
        ["status"],
        ["reset"],
        ["logs"],
        ["attach"],
        ["forward"],
        ["images", "list"],
        ["images", "build"],
        ["images", "prune"],
    ],
)
def test_every_command_has_help_with_an_example(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main([*words, "--help"]) == 0
    assert f"Example: dirac-cert {' '.join(words)}" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["certify"], "no distribution is named"),
        (["up"], "no distribution is named"),
        (["certify", "--source", "{}/none"], "no such folder"),
        (["certify", "--source", "{}"], "is no git checkout"),
        (["certify", "--source", "{}/dirac-8.0.1-py3-none-any.whl"], "no such file"),
        (["certify", "{}/mine.yml"], "is of the line 7.3, but DIRAC 8.0.1 is of 8.0"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(
    arguments: list[str], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Told before a daemon is looked for, so none is needed, and none has anything of ours afterwards."""
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere.sock")
    monkeypatch.setenv("DIRAC_CERT_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.yml").write_text('packages: [DIRAC==8.0.1]\nline: "7.3"\n')
    assert command.main([each.format(tmp_path) for each in arguments]) == 64
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("dirac-cert: ")]
    assert len(lines) == 1
    assert says in lines[0]
    assert not (tmp_path / "reports").exists()
    assert not [path for path in (tmp_path / "cache").rglob("*") if path.name != "building.lock" and path.is_file()]
