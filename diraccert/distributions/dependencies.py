"""Of which time what the packages need is: the release's own, or today's."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from diraccert.distributions import refusals
from diraccert.distributions.compiler import Compiler, Inputs, Uv
from diraccert.distributions.wheel import Wheel
from diraccert.model.errors import BadInput, InfrastructureError
from diraccert.model.manifest import Manifest
from diraccert.model.run import Dependencies


def chosen(
    manifest: Manifest,
    wanted: Dependencies | None,
    wheels: Sequence[Wheel] = (),
    compiler: Compiler | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    committed: date | None = None,
) -> Manifest:
    """``manifest`` with the dependencies of the time that is ``wanted``, or that it names itself; else as it is.

    ``release``: as the index was when the youngest of its packages had come to it, and not before ``resolve_floor``; a
    DIRAC from source (one of ``wheels``) was ``committed`` on that day. Pins, overrides and drops of the
    manifest hold for either. A wheel that was given has no time: `BadInput` when that is wanted, and the manifest as it
    is when only that would have it. Raises what a resolver's refusal means.
    """
    asked = wanted or (Dependencies.RELEASE if manifest.own_time else None)
    if asked is None:
        return manifest
    before = None
    if asked is Dependencies.RELEASE:
        dirac = any(each.key == "dirac" for each in wheels)
        if dirac and committed is None:
            if wanted is None:
                return manifest
            raise BadInput(
                "this wheel of DIRAC was never uploaded, and tells no commit, so there is no time of its release",
                "leave --dependencies out, or say today, or give the checkout that it was built from",
            )
        days = [_uploaded(each, manifest.python, compiler or Uv()) for each in _on_the_index(manifest, wheels)]
        days += [committed] if dirac and committed else []
        # what came on that day is to be had
        before = max(days) + timedelta(days=1)
        before = max(before, manifest.resolve_floor) if manifest.resolve_floor else before
        # the own time of a release of today is not over: its lock is today's
        before = None if before > now().date() else before
    return manifest.model_copy(update={"resolve_before": before, "dependencies": asked})


def spoken(manifest: Manifest) -> str:
    """Which packages these are, for a person: ``Python packages as the index had them before 2026-10-27``."""
    day = f"before {manifest.resolve_before}" if manifest.resolve_before else "on the day of the lock"
    return f"Python packages as the index had them {day}{_why(manifest)}"


def _why(manifest: Manifest) -> str:
    if manifest.dependencies is None:
        return ""
    if manifest.dependencies is Dependencies.TODAY:
        return ", whatever day the manifest names"
    if manifest.resolve_before and manifest.resolve_before == manifest.resolve_floor:
        return ", the first day of its line's that run on this Python (the release is older)"
    return ", the release's own time"


def _on_the_index(manifest: Manifest, wheels: Sequence[Wheel]) -> list[str]:
    """The packages that do not come from source."""
    local = {each.key for each in wheels}
    return [each for each in manifest.packages if canonicalize_name(Requirement(each).name) not in local]


def _uploaded(package: str, python: str, compiler: Compiler) -> date:
    """The day (UTC) on which the first file of ``package``, a requirement at an exact version, came to the index."""
    inputs = Inputs(requirements=(package,), python=python, dependencies=False, uploads=True)
    compiled = compiler.compile(inputs)
    refusals.check(inputs, compiled, compiler)
    found = tomllib.loads(compiled.text).get("packages", [])
    files = [file for each in found for file in (*each.get("wheels", ()), *filter(None, [each.get("sdist")]))]
    times = [file["upload-time"] for file in files if isinstance(file.get("upload-time"), datetime)]
    if not times:
        raise InfrastructureError(
            f"the package index does not tell when {package} was uploaded",
            "name the day in a manifest (resolve_before), or take another index",
        )
    first: datetime = min(times)
    return first.astimezone(UTC).date()
