"""What goes into a resolution, and the resolver: ``uv pip compile``."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Protocol

import uv
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from diraccert.distributions import child
from diraccert.distributions.wheel import Wheel
from diraccert.model.errors import InfrastructureError
from diraccert.model.manifest import Manifest

PLATFORM = "x86_64-manylinux_2_36"
"""Debian 12's glibc, the base of the images."""

LIMIT = 300.0
"""Seconds that a resolution may take; a cold one takes about ten."""

BUILD_PINS = ("setuptools<81",)
"""As in roles/dirac/files/build-constraints.txt: old sources make their metadata with setup.py."""


@dataclass(frozen=True)
class Local:
    """A wheel that a requirement of its name takes, instead of one of the index; ``requires`` are its own, and
    ``release`` is the version that it is or leads to, which others may ask for."""

    name: str
    release: str
    requires: tuple[str, ...]
    path: Path


@dataclass(frozen=True)
class Inputs:
    """All that a resolution depends on: PEP 508 texts; ``exempt`` are packages that may be younger than ``before``;
    what is ``local`` is in ``requirements`` without a version; ``uploads`` asks for
    a pylock.toml, which tells when files were uploaded."""

    requirements: tuple[str, ...]
    overrides: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    before: date | None = None
    exempt: tuple[str, ...] = ()
    python: str = "3.11"
    platform: str = PLATFORM
    build_pins: tuple[str, ...] = BUILD_PINS
    dependencies: bool = True
    prereleases: bool = False
    lowest: bool = False
    uploads: bool = False
    local: tuple[Local, ...] = ()


@dataclass(frozen=True)
class Compiled:
    """What the resolver answered: its exit code, the requirements file, what it said on stderr."""

    rc: int
    text: str
    messages: str


class Compiler(Protocol):
    """A resolver."""

    def compile(self, inputs: Inputs) -> Compiled:
        """Resolve; an answer that is no lock is a value too. Raises `InfrastructureError` when it cannot run."""


def inputs_of(manifest: Manifest, wheels: Iterable[Wheel] = ()) -> Inputs:
    """What is to be resolved for ``manifest``: DIRAC with its extra ``server``, the rest as it is written.

    ``wheels`` are those of the packages that come from source. What they ask for is resolved, and not their versions:
    of two states of a checkout that ask for the same the lock is the same.

    A dropped package is overridden by a requirement that never holds. A version that the manifest itself asks for
    may be younger than ``resolve_before``.
    """
    stated = [Requirement(entry.what) for entry in (*manifest.overrides, *manifest.pins, *manifest.additions)]
    local = tuple(Local(each.key, each.version.base_version, each.requires, each.path) for each in wheels)
    asked = [_asked(text, {each.name for each in local}) for text in manifest.packages]
    return Inputs(
        requirements=(*asked, *(entry.what for entry in manifest.additions)),
        local=local,
        overrides=(
            *(entry.what for entry in manifest.overrides),
            *(f"{entry.what} ; sys_platform == 'never'" for entry in manifest.drop),
        ),
        constraints=tuple(entry.what for entry in manifest.pins),
        before=manifest.resolve_before,
        exempt=_exact(stated) if manifest.resolve_before else (),
        python=manifest.python,
    )


def _asked(text: str, local: Collection[str]) -> str:
    asked = Requirement(text)
    if canonicalize_name(asked.name) == "dirac":
        asked.extras.add("server")
    if canonicalize_name(asked.name) in local:
        asked.specifier = SpecifierSet()
    return str(asked)


def _exact(stated: Iterable[Requirement]) -> tuple[str, ...]:
    names = {canonicalize_name(one.name) for one in stated if any(part.operator == "==" for part in one.specifier)}
    return tuple(sorted(names))


class Uv:
    """The resolver of the ``uv`` package; index, proxy and certificates are those of its own configuration."""

    def __init__(self, limit: float = LIMIT) -> None:
        self.limit = limit

    def compile(self, inputs: Inputs) -> Compiled:
        """Run ``uv pip compile`` in a folder of its own, so that no project's configuration has a say."""
        try:
            with tempfile.TemporaryDirectory(prefix="dirac-cert-lock-") as folder:
                argv = [uv.find_uv_bin(), "pip", "compile", *_arguments(inputs, Path(folder))]
                done = child.run(argv, folder, _environment(), self.limit)
        except FileNotFoundError as problem:
            raise InfrastructureError(f"uv is missing: {problem}", "reinstall dirac-certification") from problem
        except OSError as problem:
            raise InfrastructureError(f"uv cannot run: {problem}", "look at the disk and at TMPDIR") from problem
        except subprocess.TimeoutExpired as problem:
            raise InfrastructureError(
                f"resolving {', '.join(inputs.requirements)} took longer than {self.limit:.0f} s",
                "look whether the package index answers",
            ) from problem
        return Compiled(done.returncode, done.stdout, done.stderr)


def _environment() -> dict[str, str]:
    environment = {"UV_HTTP_TIMEOUT": "30", "UV_HTTP_RETRIES": "2", "UV_PYTHON_DOWNLOADS": "never", **os.environ}
    # An environment that happens to be active has no say in what is resolved for another.
    return {name: value for name, value in environment.items() if name not in {"VIRTUAL_ENV", "CONDA_PREFIX"}}


def _located(text: str, paths: Mapping[str, Path]) -> str:
    asked = Requirement(text)
    path = paths.get(canonicalize_name(asked.name))
    if path:
        asked.url = path.resolve().as_uri()
    return str(asked)


def _arguments(inputs: Inputs, folder: Path) -> list[str]:
    def listed(name: str, lines: Iterable[str]) -> str:
        (folder / name).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return name

    paths = {each.name: each.path for each in inputs.local}
    arguments = [listed("requirements.in", (_located(text, paths) for text in inputs.requirements))]
    arguments += ["--override", listed("overrides.txt", inputs.overrides)]
    arguments += ["--constraint", listed("constraints.txt", inputs.constraints)]
    arguments += ["--build-constraint", listed("build.txt", inputs.build_pins)]
    arguments += ["--python-version", inputs.python, "--python-platform", inputs.platform]
    arguments += ["--no-header", "--no-annotate", "--color", "never", "--no-progress"]
    if inputs.before:
        # The first moment of that day in UTC: a bare date would be the local zone's.
        arguments += ["--exclude-newer", datetime.combine(inputs.before, time(), UTC).isoformat()]
        for name in inputs.exempt:
            arguments += ["--exclude-newer-package", f"{name}=false"]
    if inputs.uploads:
        arguments += ["--format", "pylock.toml"]
    if inputs.dependencies:
        arguments.append("--generate-hashes")
    else:
        arguments.append("--no-deps")
    if inputs.prereleases:
        arguments += ["--prerelease", "allow"]
    if inputs.lowest:
        arguments += ["--resolution", "lowest-direct"]
    return arguments
