from __future__ import annotations

import errno
import io
import sys
from pathlib import Path

import pytest
import requests
import typer

from diraccert.cli import main as command
from diraccert.images import cache, durations
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
        (PermissionError(errno.EACCES, "Permission denied", "/a/b"), 2, "/a/b cannot be used: Permission denied"),
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
        (["certify", "8.0.86", "--suite", "upstream"], "name a git checkout of DIRAC"),
        (["certify", "8.0.86", "--select", "UP-Core-MySQLDB"], "name a git checkout of DIRAC"),
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


def test_an_error_shows_no_control_sequences_and_no_whole_file(monkeypatch, capsys) -> None:
    error = BadInput("\x1b[31mred\x1b]0;title\x07 \u202e" + "x" * 100_000, "the way out")
    assert ending_with(error, monkeypatch) == 64
    told = capsys.readouterr().err
    assert told.isprintable() or told.rstrip("\n").isprintable()
    assert len(told) < 2100
    assert told.endswith("(the way out)\n")


def test_nobody_listening_is_no_failure(monkeypatch) -> None:
    """A shell's ``>&-`` leaves Python without standard streams."""
    monkeypatch.setattr("sys.stdout", None)
    monkeypatch.setattr("sys.stderr", None)
    assert command.main(["--help"]) == 0


def test_a_folder_that_is_gone_is_said(tmp_path: Path, monkeypatch, capsys) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert ending_with(FileNotFoundError(errno.ENOENT, "No such file or directory"), monkeypatch) == 2
    assert capsys.readouterr().err == (
        "dirac-cert: the folder in which this was called is gone (`cd` into one that is there)\n"
    )


def test_rooms_that_are_none_are_refused(tmp_path: Path, capsys) -> None:
    assert command.main(["scenarios", "list", "--rooms", str(tmp_path)]) == 64
    assert "there is none of scenarios, roles," in capsys.readouterr().err


def test_a_cache_that_cannot_be_made_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("DIRAC_CERT_CACHE", str(tmp_path / "file"))
    with pytest.raises(InfrastructureError, match="another folder with DIRAC_CERT_CACHE"):
        cache.folder("locks")
    assert durations.expected("base") > 0


def test_what_a_terminal_cannot_show_is_written_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    ascii_only = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr("sys.stderr", ascii_only)
    assert ending_with(BadInput("a … b", "try another"), monkeypatch) == 64
    ascii_only.seek(0)
    assert ascii_only.read() == "dirac-cert: a \\u2026 b (try another)\n"


def test_a_table_on_a_terminal_of_ascii(monkeypatch: pytest.MonkeyPatch) -> None:
    def application() -> typer.Typer:
        app = typer.Typer()
        app.command()(lambda: sys.stdout.write("half of it …\n"))
        return app

    ascii_only = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr("sys.stdout", ascii_only)
    monkeypatch.setattr(command, "application", application)
    command.main([])
    ascii_only.seek(0)
    assert ascii_only.read() == "half of it \\u2026\n"


@pytest.mark.parametrize("target", ["server", "server:", ":8443", "server:0", "server:65536", "server:²", "server:-1"])
def test_forward_takes_a_host_and_a_port(capsys: pytest.CaptureFixture[str], target: str) -> None:
    assert command.main(["forward", "nobody", target]) == 64
    assert "is not HOST:PORT" in capsys.readouterr().err
