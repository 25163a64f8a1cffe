"""Takes packages from git checkouts and wheels, instead of from the index: each is built once and kept."""

from __future__ import annotations

import fcntl
import re
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from packaging.utils import canonicalize_name

from diraccert.distributions import checkout, refusals, wheel
from diraccert.distributions.builder import Builder, Built, UvBuilder
from diraccert.distributions.checkout import Checkout
from diraccert.distributions.compiler import Compiled
from diraccert.distributions.wheel import Wheel
from diraccert.model.errors import BadInput, InfrastructureError
from diraccert.model.run import Source

PILOT = "Pilot"
PILOT_FILE = "Pilot/dirac-pilot.py"
"""What tells the Pilot's repository: it is no package to install, pilots fetch its files."""
BUNDLE = "pilot.bundle"
KEPT = 30
"""How many built packages stay in the cache: the newest."""
UV_SAYS = re.compile(r"(error|cause|hint|warning):|Building \w+")
"""How lines begin that uv writes around what the build of a package says."""


@dataclass(frozen=True)
class Taken:
    """A package that was taken, and its file in the cache: the wheel, or the Pilot's history as a git bundle."""

    source: Source
    path: Path
    wheel: Wheel | None = None
    committed: date | None = None
    """The day (UTC) of the commit; of a wheel that was given nobody knows it."""


def take(paths: Sequence[Path], cache: Path, builder: Builder | None = None) -> tuple[Taken, ...]:
    """What is at ``paths`` (git checkouts, wheels), built where it must be.

    Raises `BadInput` for what cannot be taken or built, or is given twice; nothing is left of it then.
    """
    found = tuple(_take(path, cache, builder or UvBuilder()) for path in paths)
    for at, each in enumerate(found):
        if any(canonicalize_name(each.source.name) == canonicalize_name(other.source.name) for other in found[:at]):
            raise BadInput(f"--source gives {each.source.name} twice", "give each package once")
    return found


def _take(path: Path, cache: Path, builder: Builder) -> Taken:
    if path.suffix == ".whl":
        return _of_wheel(wheel.read(path), None)
    state = checkout.look(path)
    if not state.within and (state.top / PILOT_FILE).is_file():
        kept = _kept(cache, state, lambda copied, out: _bundle(state, copied, out))
        source = Source(name=PILOT, commit=state.commit, changed=state.changed, sha256=state.digest)
        return Taken(source, kept)
    checkout.check_tags(state)
    kept = _kept(cache, state, lambda copied, out: _build(state, copied, out, builder))
    return _of_wheel(wheel.read(kept), state)


def _of_wheel(taken: Wheel, state: Checkout | None) -> Taken:
    source = Source(
        name=taken.name,
        version=str(taken.version),
        commit=state.commit if state else "",
        changed=state.changed if state else (),
        sha256=taken.sha256,
        shape=wheel.shape(taken),
    )
    return Taken(source, taken.path, taken, state.committed if state else None)


def _kept(cache: Path, state: Checkout, make: Callable[[Path, Path], None]) -> Path:
    """The file that ``make`` puts into a folder, made once for one state of a checkout: whole, or not there at all.

    ``make`` gets a copy of the checkout, too. Two commands build one after the other; the second finds it made.
    """
    folder = cache / state.digest[:32]
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "building.lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.is_dir():
            with tempfile.TemporaryDirectory(prefix=".building-", dir=cache) as temporary:
                copied, out = Path(temporary) / state.top.name, Path(temporary) / "out"
                out.mkdir()
                checkout.copy(state, copied)
                make(copied, out)
                out.rename(folder)
            _forget(cache, folder)
        folder.touch()
    return next(folder.iterdir())


def _forget(cache: Path, new: Path) -> None:
    """Remove what was used longest ago, and what a killed build has left."""
    folders = sorted((each for each in cache.iterdir() if each.is_dir()), key=lambda each: -each.stat().st_mtime)
    kept = [each for each in folders if not each.name.startswith(".building-")]
    for each in {*folders} - {*kept[:KEPT], new}:
        shutil.rmtree(each, ignore_errors=True)


def _bundle(state: Checkout, copied: Path, out: Path) -> None:
    checkout.commit_all(copied, state)
    checkout.bundle(copied, out / BUNDLE)


def _build(state: Checkout, copied: Path, out: Path, builder: Builder) -> None:
    built = builder.build(copied / state.within, out)
    if built.rc != 0:
        said = _said(built).replace(str(copied), str(state.top))
        if refusals.unanswered(Compiled(built.rc, "", built.messages)):
            raise InfrastructureError(
                f"{state.package} could not be built, as the package index does not answer: {said}",
                "look at the network, the proxy and uv's index settings, then try again",
            )
        raise BadInput(f"{state.package} does not build: {said}", f"`uv build --wheel {state.package}` shows all of it")
    made = sorted(out.glob("*.whl"))
    if len(made) != 1:
        raise BadInput(f"{state.package} builds {len(made)} wheels, not one", "give the wheel itself")


def _said(built: Built) -> str:
    """The last line that names an error, else the last that the package's own build wrote, else uv's cause of it."""
    lines = [line.strip() for line in built.messages.splitlines() if line.strip()]
    errors = [line for line in lines if re.match(r"\w*(Error|Exception)\b", line)]
    own = [line for line in lines if not UV_SAYS.match(line)]
    causes = [line.partition(" ")[2] for line in lines if line.startswith("cause:")]
    return (errors or own or causes or lines or ["the builder said nothing"])[-1][:300]
