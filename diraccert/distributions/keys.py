"""The keys of a distribution manifest: what each may hold. The source of the rules is `model.manifest.Manifest`."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from datetime import date, datetime
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import Version

from diraccert.distributions.located import At, Problems
from diraccert.distributions.nearest import hint
from diraccert.model.manifest import Catalogue, Debian, Noted, Patch

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""What has a meaning to terminals and file systems; ends of lines may stand in long texts."""

MODULE = "UP-"
"""How the ids of modules of upstream's own tests begin."""

OWN_TIME = "release"
"""What stands for the day after the release in ``resolve_before``."""

Reader = Callable[[str, At, Problems], Any]


def _text(key: str, at: At, problems: Problems) -> str:
    if isinstance(at.value, str) and at.value.strip():
        if CONTROL.search(at.value):
            problems.add(at.line, f"{key} holds a control character")
            return ""
        return at.value.strip()
    if isinstance(at.value, (int, float, date)):
        problems.add(at.line, f"YAML reads the {key} as {at.value!r}, not as text; put it in quotes")
    else:
        problems.add(at.line, f"{key} must be text")
    return ""


def _date(key: str, at: At, problems: Problems) -> date | None:
    value = at.value
    if isinstance(value, str):
        try:
            value = date.fromisoformat(value)
        except ValueError:
            value = None
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    more = f", or {OWN_TIME}" if key == "resolve_before" else ""
    problems.add(at.line, f"{key} must be a day such as 2023-01-25{more}")
    return None


def _day_or_release(key: str, at: At, problems: Problems) -> date | str | None:
    return OWN_TIME if at.value == OWN_TIME else _date(key, at, problems)


def _python(key: str, at: At, problems: Problems) -> str:
    given = _text(key, at, problems)
    if given and not re.fullmatch(r"3\.\d{1,2}", given):
        problems.add(at.line, f"{key} must be a release of Python such as 3.11, not {given!r}")
    return given


def _releases(key: str, at: At, problems: Problems) -> SpecifierSet | None:
    given = _text(key, at, problems)
    try:
        return SpecifierSet(given)
    except InvalidSpecifier:
        problems.add(at.line, f"{key} must be a range of releases such as <8.0.83, not {given!r}")
        return None


def _items(key: str, at: At, problems: Problems) -> list[At]:
    if isinstance(at.value, list):
        return at.value
    problems.add(at.line, f"{key} must be a list: write each item on a line of its own after '- '")
    return []


def requirement(text: str) -> Requirement:
    """A PEP 508 requirement by name (not by URL). Raises ValueError, one line that says what is wrong."""
    try:
        found = Requirement(text)
    except InvalidRequirement as problem:
        raise ValueError(f"{text!r} is no requirement: {str(problem).splitlines()[0]}") from problem
    if found.url:
        raise ValueError(f"{text!r} names a URL; a lock takes packages from the index only")
    return found


def version(text: str) -> Version:
    """A version as PEP 440 normalises it, of numbers that a resolver takes. Raises ValueError."""
    found = Version(text)
    if max(found.epoch, *found.release) >= 2**63:
        raise ValueError(f"{text!r} is no version: a number in it is too large")
    return found


def exact(text: str) -> Requirement:
    """A requirement that asks for one version, which is written as PEP 440 normalises it. Raises ValueError."""
    found = requirement(text)
    if found.marker:
        raise ValueError(f"{text!r} holds only at times; a lock is for one Python: name {found.name}==VERSION alone")
    specifiers = list(found.specifier)
    if not specifiers and found.name[0].isdigit():
        raise ValueError(f"{text!r} names no package: write DIRAC=={text.strip()}")
    if len(specifiers) != 1 or specifiers[0].operator != "==" or "*" in specifiers[0].version:
        raise ValueError(f"{text!r} must name one exact version: {found.name}==VERSION")
    found.specifier = SpecifierSet(f"=={version(specifiers[0].version)}")
    return found


def _packages(key: str, at: At, problems: Problems) -> tuple[str, ...]:
    found = []
    for item in _items(key, at, problems):
        text = _text(f"item of {key}", item, problems)
        try:
            found.append(str(exact(text)) if text else "")
        except ValueError as problem:
            problems.add(item.line, str(problem))
    return tuple(found)


def _pairs(key: str, names: tuple[str, str], at: At, problems: Problems) -> list[tuple[int, str, str]]:
    """Lists of two texts each, such as ``what`` and ``reason``, with their lines."""
    found = []
    for item in _items(key, at, problems):
        if not isinstance(item.value, dict):
            problems.add(item.line, f"each of {key} needs {names[0]} and {names[1]}")
            continue
        unknown_keys(item.value, names, problems)
        missing = [name for name in names if name not in item.value]
        if missing:
            problems.add(item.line, f"each of {key} needs {' and '.join(missing)} too")
            continue
        first, second = (_text(name, item.value[name], problems) for name in names)
        found.append((item.value[names[0]].line, first, second))
    return found


def _noted(key: str, at: At, problems: Problems) -> tuple[Noted, ...]:
    found = []
    for line, what, reason in _pairs(key, ("what", "reason"), at, problems):
        try:
            asked = requirement(what) if what else None
            if asked and key == "drop" and (asked.specifier or asked.marker or asked.extras):
                raise ValueError(f"drop takes a name only, not {what!r}")
            if asked and key == "pins" and not asked.specifier:
                raise ValueError(f"the pin {what!r} names no version")
        except ValueError as problem:
            problems.add(line, str(problem))
        found.append(Noted(what=what, reason=reason))
    return tuple(found)


def _stale(key: str, at: At, problems: Problems) -> tuple[Noted, ...]:
    found = []
    for line, what, reason in _pairs(key, ("what", "reason"), at, problems):
        if what and not what.startswith(MODULE):
            problems.add(line, f"{what!r} is no module of upstream's tests: write its id, such as UP-Core-MySQLDB")
        found.append(Noted(what=what, reason=reason))
    return tuple(found)


def _patches(key: str, at: At, problems: Problems) -> tuple[Patch, ...]:
    pairs = _pairs(key, ("name", "reason"), at, problems)
    return tuple(Patch(name=name, reason=reason) for _, name, reason in pairs)


def _catalogue(key: str, at: At, problems: Problems) -> Catalogue | None:
    given = _text(key, at, problems)
    try:
        return Catalogue(given)
    except ValueError:
        if given:
            problems.add(at.line, f"unknown {key} {given!r}{hint(given, [each.value for each in Catalogue])}")
        return None


def _debian(key: str, at: At, problems: Problems) -> Debian | None:
    given = _text(key, at, problems)
    try:
        return Debian(given)
    except ValueError:
        if given:
            problems.add(at.line, f"unknown Debian {given!r} for {key}{hint(given, [each.value for each in Debian])}")
        return None


def _variables(key: str, at: At, problems: Problems) -> dict[str, str]:
    if not isinstance(at.value, dict):
        problems.add(at.line, f"{key} must be a mapping of names to texts")
        return {}
    return {name: _text(f"variable {name}", value, problems) for name, value in at.value.items()}


KEYS: dict[str, Reader] = {
    "inherits": _text,
    "name": _text,
    "line": _text,
    "releases": _releases,
    "python": _python,
    "topology": _text,
    "packages": _packages,
    "resolve_before": _day_or_release,
    "resolve_floor": _date,
    "overrides": _noted,
    "pins": _noted,
    "drop": _noted,
    "additions": _noted,
    "patches": _patches,
    "catalogue": _catalogue,
    "database": _debian,
    "variables": _variables,
    "upstream_stale": _stale,
}


def unknown_keys(mapping: dict[str, At], known: Collection[str], problems: Problems) -> None:
    """Note every key of ``mapping`` that is not ``known``, with the nearest that is."""
    for key, at in mapping.items():
        if key not in known:
            problems.add(at.line, f"unknown key {key!r}{hint(key, known)}")


def values(top: At, problems: Problems) -> dict[str, Any]:
    """The values of a manifest by key, as `Manifest` takes them; what is wrong goes to ``problems``."""
    unknown_keys(top.value, KEYS, problems)
    return {key: KEYS[key](key, at, problems) for key, at in top.value.items() if key in KEYS}
