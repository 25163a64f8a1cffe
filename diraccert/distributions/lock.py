"""Locks: a distribution's packages and all that they need, at exact versions with hashes."""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import version as installed_version
from pathlib import Path

from diraccert.distributions import refusals
from diraccert.distributions.compiler import Compiler, Inputs, Uv, inputs_of
from diraccert.distributions.wheel import Wheel
from diraccert.model.errors import BadInput, InfrastructureError
from diraccert.model.manifest import Manifest

FRESH = timedelta(hours=24)
"""How long the lock of a manifest without ``resolve_before`` is today's."""

PACKAGE = re.compile(r"^([A-Za-z0-9][\w.-]*)==([^\s;\\]+)", re.MULTILINE)

#: A wheel of this machine as the resolver writes it, with its hashes: no lock names a path.
LOCAL = re.compile(r"^\S+ @ file:.*\n(?:[ \t]+--hash=.*\n)*", re.MULTILINE)


@dataclass(frozen=True)
class Package:
    """A package of a lock."""

    name: str
    version: str


@dataclass(frozen=True)
class Lock:
    """``text`` is a requirements file with hashes, ``digest`` the SHA-256 of it in hex.

    ``note`` is what a person should know of how it came about (an old one, as the index did not answer), or empty.
    ``index`` is the part of ``text`` without what comes from source.
    """

    text: str
    digest: str
    packages: tuple[Package, ...]
    note: str = ""
    index: str = ""


@dataclass(frozen=True)
class Kept:
    """A lock's text in the cache, and when it was made (UTC)."""

    made: datetime
    text: str


def of_text(text: str, note: str = "", wheels: Iterable[Wheel] = ()) -> Lock:
    """The lock that ``text`` is, with ``wheels`` beside it, each at its version and hash."""
    own = "".join(f"{each.key}=={each.version} \\\n    --hash=sha256:{each.sha256}\n" for each in wheels)
    packages = tuple(Package(*found) for found in PACKAGE.findall(text + own))
    return Lock(text + own, hashlib.sha256((text + own).encode()).hexdigest(), packages, note, text)


def resolve(
    manifest: Manifest,
    cache: Path,
    compiler: Compiler | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    wheels: Sequence[Wheel] = (),
) -> Lock:
    """The lock of ``manifest``, from ``cache`` or resolved now and kept there; ``wheels`` come from source.

    With ``resolve_before`` a lock is kept for ever, without it for `FRESH`; an older one still serves, with a note,
    when the index does not answer. Raises `BadInput` for what the index does not have or cannot fit together,
    `InfrastructureError` when the index or the resolver fails and there is no older lock.
    """
    if manifest.resolve_before and manifest.resolve_before > now().date():
        raise BadInput(
            f"resolve_before: {manifest.resolve_before} is still to come, and such a lock would be kept for ever",
            "give a day that is over, or leave it out for the packages of today",
        )
    inputs = inputs_of(manifest, wheels)
    path = cache / f"{_key(inputs)}.json"
    kept = _read(path)
    if kept and (manifest.resolve_before or now() - kept.made < FRESH):
        return of_text(kept.text, wheels=wheels)
    compiler = compiler or Uv()
    compiled = compiler.compile(inputs)
    if kept and refusals.unanswered(compiled):
        return of_text(
            kept.text, f"the package index does not answer: the lock is that of {kept.made:%Y-%m-%d %H:%M} UTC", wheels
        )
    refusals.check(inputs, compiled, compiler)
    text = LOCAL.sub("", compiled.text)
    _write(path, Kept(now(), text))
    return of_text(text, wheels=wheels)


def _key(inputs: Inputs) -> str:
    """The digest of all that goes into a resolution; the names of indexes count, but are not written anywhere."""
    indexes = {name: value for name, value in os.environ.items() if name.startswith("UV_") and "INDEX" in name}
    asked = asdict(inputs)
    for each in asked["local"]:
        del each["path"]
    parts = [asked, installed_version("uv"), indexes]
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def _read(path: Path) -> Kept | None:
    """What is kept at ``path``, or None when it is not there or is not whole."""
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
        kept = Kept(datetime.fromisoformat(read["made"]), str(read["text"]))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return kept if kept.made.tzinfo and PACKAGE.search(kept.text) else None


def _write(path: Path, kept: Kept) -> None:
    """Keep it: written beside and renamed, so that nobody ever reads half of it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, delete=False) as file:
            temporary = Path(file.name)
            try:
                json.dump({"made": kept.made.isoformat(), "text": kept.text}, file)
                file.close()
                temporary.replace(path)
            except BaseException:
                temporary.unlink(missing_ok=True)
                raise
    except OSError as problem:
        raise InfrastructureError(f"cannot keep the lock in {path.parent}: {problem}", "free the disk") from problem
