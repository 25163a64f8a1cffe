"""The command ``dirac-cert``: its groups of commands, and how every one of them ends."""

from __future__ import annotations

import importlib
import importlib.util
import io
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import TextIO

import typer

from diraccert.model.errors import CertError, InfrastructureError
from diraccert.model.outcomes import EXIT_BAD_INPUT, EXIT_INTERRUPTED, EXIT_UNKNOWN, EXIT_YES

GROUPS = ("certify", "bisect", "instances", "access", "images", "scenarios", "report")
LONGEST = 2000
"""Characters of an error: a whole manifest's mistakes, but not a whole file that was given by mistake."""
# typer has copies of click inside in some releases and imports it in others; its own error leads to the right class.
_CLICK_ERROR: type[Exception] = typer.BadParameter.__mro__[2]

HELP = """Certify releases of DIRAC: stand up a whole real DIRAC in containers and run scenarios against it.

Exit codes of every command: 0 yes; 1 no; 2 not known (our infrastructure failed); 64 bad input; 130 interrupted.
"""


def application() -> typer.Typer:
    """All commands."""
    app = typer.Typer(
        name="dirac-cert", help=HELP, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
    )
    for group in GROUPS:
        if importlib.util.find_spec(f"diraccert.cli.{group}"):
            importlib.import_module(f"diraccert.cli.{group}").add_to(app)
    return app


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and answer its exit code; an error is one line on standard error, with the way out."""
    # a shell's `>&-`: nobody listens, and that is no reason to fail
    sys.stdout, sys.stderr = sys.stdout or _nowhere(), sys.stderr or _nowhere()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal of another encoding shows what it lacks as \u2026
            stream.reconfigure(errors="backslashreplace")
    before = signal.signal(signal.SIGTERM, _terminated)
    try:
        return _run(list(sys.argv[1:] if arguments is None else arguments))
    finally:
        signal.signal(signal.SIGTERM, before)


def _run(given: list[str]) -> int:
    try:
        code = application()(args=given, prog_name="dirac-cert", standalone_mode=False)
    except CertError as error:
        return _refuse(error, error.exit_code)
    except _CLICK_ERROR as error:
        return _refuse(_usage(error), EXIT_BAD_INPUT)
    except (KeyboardInterrupt, typer.Abort):
        code = EXIT_INTERRUPTED
    except SystemExit:
        # typer's answer to a broken pipe is exit code 1, which here says that a product failed
        return _refuse("what was written to, or what was asked, went away", EXIT_UNKNOWN)
    except Exception as error:  # noqa: BLE001 - whatever it is, it says nothing about the product: never exit code 1
        known = _known(error)
        if known is None:
            traceback.print_exc()
            return _refuse(f"this is a bug of dirac-cert: {type(error).__name__}: {error}", EXIT_UNKNOWN)
        return _refuse(known, known.exit_code)
    if code == EXIT_INTERRUPTED:
        # typer makes this code of Ctrl-C in some releases, and an exception in others
        return _refuse("interrupted; `dirac-cert status` shows what stands", EXIT_INTERRUPTED)
    return code if isinstance(code, int) else EXIT_YES


def _nowhere() -> TextIO:
    return Path(os.devnull).open("w", encoding="utf-8")


def _terminated(_signum: int, _frame: FrameType | None) -> None:
    """A runner that ends a job sends TERM: what is cleaned up after Ctrl-C is cleaned up then, too."""
    raise KeyboardInterrupt


def _usage(error: Exception) -> str:
    message = str(getattr(error, "format_message", error.__str__)()) or "say which command"
    context = getattr(error, "ctx", None)
    return f"{message} (`{context.command_path} --help` shows an example)" if context else message


def _known(error: Exception) -> CertError | None:
    """Errors of the machine below us, in our words."""
    import requests
    from docker.errors import DockerException

    from diraccert.images.daemon import went_away

    if isinstance(error, DockerException | requests.RequestException):
        return went_away(error)
    if isinstance(error, OSError) and error.errno == 28:
        return InfrastructureError("no space is left on this machine's disk", "free some, then try again")
    if isinstance(error, FileNotFoundError) and not _is_here():
        return InfrastructureError("the folder in which this was called is gone", "`cd` into one that is there")
    if isinstance(error, OSError) and error.filename is not None:
        return InfrastructureError(
            f"{error.filename} cannot be used: {error.strerror}", "look at it and at the rights of this account"
        )
    return None


def _is_here() -> bool:
    """Whether the current folder is still there."""
    try:
        Path.cwd()
    except FileNotFoundError:
        return False
    return True


def _one_line(text: str) -> str:
    """As a terminal may show it: no control sequences, and no more than a person reads; both ends tell something."""
    from diraccert.reporting import wording

    line = wording.one_line(text, len(text) + 1)
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 500]} ... {line[-500:]}"


def _refuse(what: object, code: int) -> int:
    line = _one_line(str(what))
    sys.stderr.write(f"dirac-cert: {line}\n")
    return code
