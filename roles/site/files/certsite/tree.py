"""A configuration tree that makes the sections on the way to an option."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from diraccfg import CFG


class Tree:
    """A CFG below which options are set by path: ``tree["Registry/Users/alice/DN"] = "/O=..."``."""

    def __init__(self) -> None:
        self.cfg = CFG()

    def section(self, path: str) -> CFG:
        """The section at a path, made when it is not there."""
        here = self.cfg
        for part in filter(None, path.split("/")):
            if part not in here.listSections():
                here.createNewSection(part)
            here = here[part]
        return here

    def __setitem__(self, path: str, value: Any) -> None:
        where, _, option = path.rpartition("/")
        if isinstance(value, (list, tuple)):
            value = ", ".join(str(part) for part in value)
        self.section(where).setOption(option, str(value))

    def update(self, path: str, options: Mapping[str, Any]) -> None:
        """Sets the options of a nested mapping below a path."""
        for key, value in options.items():
            if isinstance(value, Mapping):
                self.section(f"{path}/{key}")
                self.update(f"{path}/{key}", value)
            else:
                self[f"{path}/{key}"] = value

    def adopt(self, path: str, sections: CFG, names: Iterable[str] | None = None) -> None:
        """Takes over sections of another tree (a template) below a path."""
        here = self.section(path)
        for name in sections.listSections() if names is None else names:
            if name in here.listSections():
                here.deleteKey(name)
            here.createNewSection(name, contents=sections[name].clone())

    def __str__(self) -> str:
        return str(self.cfg)
