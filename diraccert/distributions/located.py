"""YAML files read with the lines that their values stand on, so that an error can say where."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from diraccert.model.errors import BadInput

LARGEST = 1_000_000
"""Bytes that a manifest may have: some ten thousand times what one needs."""
MOST_VALUES = 100_000
"""Aliases may make billions of values of ten lines; that many are read."""
PLAIN = ("tag:yaml.org,2002:seq", "tag:yaml.org,2002:map")


@dataclass(frozen=True)
class At:
    """A value of a YAML file and its line, counted from 1; what stands in lists and mappings is located too.

    ``value`` is what YAML's safe schema makes of a scalar, a ``list[At]`` or a ``dict[str, At]``, where the line is
    that of the key.
    """

    line: int
    value: Any


class Problems:
    """What is wrong with one file: gathered, so that all of it is named at once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._found: list[tuple[int, str]] = []

    def add(self, line: int, text: str) -> None:
        """Note one problem of ``line``."""
        self._found.append((line, text))

    def stop(self, way_out: str) -> None:
        """Raise `BadInput` with every problem in the order of lines, if there is one."""
        if self._found:
            listed = "; ".join(f"line {line}: {text}" for line, text in sorted(self._found))
            raise BadInput(f"{self.path}: {listed}", way_out)


def load(path: Path, problems: Problems, way_out: str = "give the path of a distribution manifest") -> At:
    """Read a YAML file whose top is a mapping. Raises `BadInput`, with ``way_out`` for a path that is of no such file,
    for what cannot be read or parsed; keys that are given twice or that are no text go to ``problems``."""
    text = _text(path, way_out)
    loader: yaml.SafeLoader | None = None
    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        top = At(1, {}) if node is None else _located(loader, node, problems, _Budget(path))
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        where = f"line {mark.line + 1}: " if mark else ""
        raise BadInput(f"{path}: {where}not YAML: {problem.problem}", "correct that line") from problem
    except yaml.YAMLError as problem:  # a character that YAML does not know
        raise BadInput(f"{path}: not YAML: {problem}", "correct the file") from problem
    except RecursionError:
        raise BadInput(f"{path}: lists or mappings are nested too deeply", "write them flat") from None
    finally:
        if loader is not None:
            loader.dispose()
    if not isinstance(top.value, dict):
        raise BadInput(f"{path}: line {top.line}: not a mapping of keys to values", "begin with, say, packages: [...]")
    return top


def _text(path: Path, way_out: str) -> str:
    """What is in the file. A pipe, which may never end, is none."""
    try:
        if path.stat().st_size > LARGEST:
            raise BadInput(f"{path}: is larger than {LARGEST // 1000} kB", way_out)
        if not path.is_file():
            raise BadInput(f"{path}: is no file", way_out)
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise BadInput(f"{path}: no such file", way_out) from None
    except (OSError, ValueError) as problem:
        raise BadInput(f"{path}: cannot be read: {problem}", "give a readable file in UTF-8") from problem


class _Budget:
    """How many values may still be read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._left = MOST_VALUES

    def spend(self, line: int) -> None:
        self._left -= 1
        if self._left < 0:
            raise BadInput(
                f"{self._path}: line {line}: there are more than {MOST_VALUES} values", "use fewer aliases (*NAME)"
            )


def _located(
    loader: yaml.SafeLoader, node: yaml.Node, problems: Problems, budget: _Budget, outer: tuple[yaml.Node, ...] = ()
) -> At:
    line = node.start_mark.line + 1
    budget.spend(line)
    if node in outer:
        problems.add(line, "an alias that holds itself")
        return At(line, None)
    if not isinstance(node, yaml.ScalarNode) and node.tag not in PLAIN:
        problems.add(line, f"the tag {node.tag} is not taken")
        return At(line, None)
    if isinstance(node, yaml.SequenceNode):
        return At(line, [_located(loader, item, problems, budget, (*outer, node)) for item in node.value])
    if isinstance(node, yaml.MappingNode):
        found: dict[str, At] = {}
        for key_node, value_node in node.value:
            at = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                problems.add(at, "a list or a mapping is no key")
                continue
            key = loader.construct_object(key_node)
            if not isinstance(key, str):
                problems.add(at, f"the key {key_node.value} is no text; put it in quotes")
            elif key in found:
                problems.add(at, f"key {key!r} is given twice, first on line {found[key].line}")
            else:
                found[key] = At(at, _located(loader, value_node, problems, budget, (*outer, node)).value)
        return At(line, found)
    try:
        return At(line, loader.construct_object(node))
    except ValueError as problem:
        problems.add(line, f"{node.value} is no value: {problem}")  # a day such as 2023-02-30
        return At(line, None)
