"""Upstream's scripts of integration tests, read for what they run: on which host, as whom, after what.

The source of the rules: ``tests/Integration/all_integration_{server,client}_tests.sh`` of DIRAC, each line of which is
a login (``dirac-login GROUP``), a test file (by pytest, by Python or by the shell), or what is done before one.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

#: The script of each host, below the folder of the tests.
SCRIPTS: Mapping[str, str] = {
    "server": "all_integration_server_tests.sh",
    "client": "all_integration_client_tests.sh",
}
#: Whose proxy lies on a host before the first line: upstream's installation leaves that of its administrators.
FIRST_GROUP: Mapping[str, str] = {"server": "prod", "client": ""}
LOGINS = ("dirac-login", "dirac-proxy-init")
#: What upstream's own functions and commands do between tests, as we name it.
NEW_CATALOGUE, RESTART = "new catalogue database", "restart"
_END = re.compile(r"\s*(?:\|&?|;|&&|\|\||[<>]).*$")
_FILE = re.compile(r"(?:\$\{THIS_DIR\}|\$THIS_DIR|.*/tests/Integration)/((?:[\w-]+/)*Test_[\w-]+\.(?:py|sh))$")


@dataclass(frozen=True)
class Pass:
    """One run of one test file, ``path`` below tests/Integration.

    ``program`` is pytest, python or bash; ``group`` whose proxy is used, "" stands for the default group's; ``before``
    says what is done first: the words of `NEW_CATALOGUE`, or ``restart System Component``.
    """

    path: str
    host: str
    program: str
    arguments: tuple[str, ...] = ()
    group: str = ""
    before: tuple[str, ...] = ()


def read(host: str, text: str) -> list[Pass]:
    """What the script of a host runs, in its order."""
    found: list[Pass] = []
    group, before = FIRST_GROUP[host], list[str]()
    for words in _commands(text):
        if words[0] in LOGINS:
            group = _group(words)
        elif words[0] == "diracDFCDB":
            before.append(NEW_CATALOGUE)
        elif words[0] == "dirac-restart-component" and len(words) > 2:
            before.append(f"{RESTART} {words[1]} {words[2]}")
        elif (run := _run(words)) is not None:
            program, path, arguments = run
            found.append(Pass(path, host, program, arguments, group, tuple(before)))
            before = []
    return found


def _commands(text: str) -> Iterator[list[str]]:
    for line in text.splitlines():
        bare = _END.sub("", line.strip())
        if not bare or bare.startswith("#"):
            continue
        try:
            words = shlex.split(bare)
        except ValueError:  # of several lines, such as a here document: no test is run by such a one
            continue
        if words:
            yield words


def _group(words: list[str]) -> str:
    """The group of a login: its word, or what follows -g; "" for the default group."""
    if "-g" in words[:-1]:
        return words[words.index("-g") + 1]
    return words[1] if len(words) > 1 and not words[1].startswith(("-", "$")) else ""


def _run(words: list[str]) -> tuple[str, str, tuple[str, ...]] | None:
    """The program, the file and its arguments, when the command runs a test file."""
    at = next((number for number, word in enumerate(words) if _FILE.match(word)), None)
    if at is None:
        return None
    path = _FILE.sub(r"\1", words[at])
    if "pytest" in words[:at]:
        return "pytest", path, ()
    arguments = tuple(word for word in words[at + 1 :] if not word.startswith("$"))
    if words[:at] == ["python"] and path.endswith(".py"):
        return "python", path, arguments
    return ("bash", path, arguments) if path.endswith(".sh") and at <= 1 else None
