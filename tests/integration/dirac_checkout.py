"""A git checkout of a DIRAC that the index has: its repository may not be in reach, and its package has no history."""

from __future__ import annotations

import json
import subprocess
from configparser import ConfigParser
from email.parser import BytesParser
from pathlib import Path

import uv

from tests.unit.distributions import toys

PYPROJECT = """
[build-system]
requires = ["hatchling", "hatch-vcs"]
build-backend = "hatchling.build"

[project]
name = "DIRAC"
dynamic = ["version"]
requires-python = {python}
dependencies = {dependencies}

[project.optional-dependencies]
server = {server}
{entries}
[tool.hatch.version]
source = "vcs"

[tool.hatch.build.targets.wheel]
packages = ["src/DIRAC"]
"""


def make(folder: Path, version: str) -> Path:
    """Take DIRAC of this version from the index and make it a checkout with one commit and the tag of the version."""
    installed = folder.with_name(f"{folder.name}-installed")
    subprocess.run(
        [uv.find_uv_bin(), "pip", "install", "-q", "--no-deps", "--target", str(installed), f"DIRAC=={version}"],
        check=True,
        cwd=folder.parent,
    )
    [metadata] = installed.glob("[dD][iI][rR][aA][cC]-*.dist-info")
    told = BytesParser().parsebytes((metadata / "METADATA").read_bytes())
    asked = [str(text).partition(";") for text in told.get_all("Requires-Dist", [])]
    text = PYPROJECT.format(
        python=json.dumps(told["Requires-Python"]),
        dependencies=json.dumps([name.strip() for name, _, marker in asked if not marker]),
        server=json.dumps([name.strip() for name, _, marker in asked if "server" in marker]),
        entries=_entries((metadata / "entry_points.txt").read_text()),
    )
    (folder / "src").mkdir(parents=True)
    (installed / "DIRAC").rename(folder / "src/DIRAC")
    (folder / "pyproject.toml").write_text(text)
    (folder / ".gitignore").write_text("__pycache__/\n")
    toys.git(folder, "init", "-q", "-b", "main")
    toys.commit(folder)
    toys.git(folder, "tag", f"v{version}")
    return folder


def _entries(text: str) -> str:
    parser = ConfigParser(delimiters=("=",), interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(text)
    lines = []
    for group in parser.sections():
        lines.append("[project.scripts]" if group == "console_scripts" else f'[project.entry-points."{group}"]')
        # Extras of entry points, as in "module:function [server]", are no more; installers take no notice of them.
        lines += [
            f"{json.dumps(name)} = {json.dumps(value.split('[')[0].strip())}" for name, value in parser[group].items()
        ]
    return "\n".join(lines)
