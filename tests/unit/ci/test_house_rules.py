"""Rules of the house that no linter knows (CONTRIBUTING.md)."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[3]
VAGUE = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}
LONGEST = 270
# Put together here, as this file is searched too. A mirror is a setting of the machine, never of the project.
REGISTRIES = tuple(
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("debian", "org/debian"),
        ("registry", "npmjs"),
        ("docker", "io/"),
        ("ghcr", "io"),
        ("quay", "io"),
    )
)


def tracked(*patterns: str) -> list[Path]:
    """Files that git knows, or would take up."""
    command = ["git", "-C", str(TOP), "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns]
    listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return sorted({TOP / name for name in listed.split("\0") if name and (TOP / name).is_file()})


ENGINE = tracked("diraccert/*.py")


def test_there_is_an_engine_to_look_at() -> None:
    assert len(ENGINE) > 10


def test_modules_are_short() -> None:
    lengths = {str(path.relative_to(TOP)): len(path.read_text().splitlines()) for path in ENGINE}
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [path for path in ENGINE if VAGUE & set(re.split(r"[_.]", path.stem)) or path.parent.name in VAGUE] == []


def _sleeps(tree: ast.Module) -> list[int]:
    """Lines that sleep outside wait_for, and outside the sleep() of a clock that it is given."""
    allowed = {
        id(inner)
        for outer in ast.walk(tree)
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef) and outer.name in ("wait_for", "sleep")
        for inner in ast.walk(outer)
    }
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and id(node) not in allowed and ast.unparse(node.func) in ("time.sleep", "sleep")
    ]


def test_only_wait_for_sleeps() -> None:
    found = {
        str(path.relative_to(TOP)): lines
        for path in tracked("diraccert/*.py", "scenarios/*.py", "tests/*.py")
        if (lines := _sleeps(ast.parse(path.read_text())))
    }
    assert found == {}


@pytest.mark.parametrize(("source", "lines"), [("import time\ntime.sleep(1)", [2]), ("def wait_for():\n sleep(1)", [])])
def test_the_rule_on_sleep_finds_sleeps(source: str, lines: list[int]) -> None:
    assert _sleeps(ast.parse(source)) == lines


def test_no_test_is_skipped() -> None:
    skips = re.compile(r"(pytest\.(skip|importorskip)|\bmark\.(skip|skipif|xfail))$")
    found = {
        f"{path.relative_to(TOP)}:{node.lineno}"
        for path in tracked("tests/*.py", "scenarios/*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and skips.search(ast.unparse(node))
    }
    assert found == set()


def test_no_file_names_a_registry_or_a_folder_of_one_machine() -> None:
    # A folder at the top of one machine; the same name inside another path is nobody's business.
    words = re.compile("|".join([*map(re.escape, REGISTRIES), r"(?<![\w}.~*-])/" + "work/", "/root/." + "pyenv"]))
    found = {
        str(path.relative_to(TOP)): hits
        for path in tracked()
        if (hits := words.findall(path.read_text(errors="replace")))
    }
    assert found == {}
