"""What a resolver's refusal means to the person who asked: which version, which package, what else there is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import NoReturn

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from diraccert.distributions.compiler import Compiled, Compiler, Inputs
from diraccert.model.errors import BadInput, InfrastructureError

UNANSWERED = re.compile(
    r"Failed to fetch|error sending request|Request failed after|timed out|dns error|Could not connect", re.IGNORECASE
)
NO_EXTRA = re.compile(r"The package `([^`]+)` does not have an extra named `([^`]+)`")
YANKED = re.compile(r"`([^`=]+)==([^`]+)` is yanked(?: \(reason: \"?(.*?)\"?\))?")
NO_VERSION = re.compile(r"there (?:is|are) no versions? of ([\w.-]+)(?:\[[^]]*\])?==([^\s,]+)")
NO_PACKAGE = re.compile(r"([\w.-]+)(?:\[[^]]*\])? was not found in the package registry")
OTHER_PYTHON = re.compile(
    r"does not satisfy Python([<>=!~\d.,*]+) and (?:you require )?([\w.-]+?)(?:\[[^]]*\])?(?:[=<> ,]|$)"
)
LONGEST = 600
"""Characters of a resolver's explanation that are shown; the start of it names the packages."""


def unanswered(compiled: Compiled) -> bool:
    """Whether the index did not answer (rather than answer no)."""
    return compiled.rc != 0 and bool(UNANSWERED.search(compiled.messages))


def check(inputs: Inputs, compiled: Compiled, compiler: Compiler) -> None:
    """Raise what is wrong with ``compiled``, if anything: `BadInput` or `InfrastructureError`.

    ``compiler`` is asked for the versions that there are.
    """
    asked = {canonicalize_name(one.name): one for one in map(Requirement, inputs.requirements)}
    messages = _joined(compiled.messages)
    if compiled.rc == 0:
        _check_warnings(asked, messages)
    elif unanswered(compiled):
        raise InfrastructureError(
            f"the package index does not answer: {_causes(compiled.messages)}",
            "look at the network, the proxy and uv's index settings, then try again",
        )
    elif found := NO_PACKAGE.search(messages):
        raise BadInput(
            f"the package index has no package {found[1]}", "look at its spelling, or at uv's index settings"
        )
    elif (
        (found := NO_VERSION.search(messages))
        and (wanted := asked.get(canonicalize_name(found[1])))
        and wanted.specifier
    ):
        _no_version(wanted, inputs, compiler)
    elif (found := OTHER_PYTHON.search(messages)) and canonicalize_name(found[2]) in asked:
        raise BadInput(
            f"{_spoken(asked[canonicalize_name(found[2])])} needs Python {found[1]}, the images have {inputs.python}",
            "certify a version that runs with it, or name another `python` in a manifest",
        )
    elif "No solution found" in messages:
        raise BadInput(
            f"the packages do not fit together: {_shortened(messages)}",
            "change the packages, or override or pin one of them in a manifest",
        )
    else:
        raise InfrastructureError(
            f"the resolver failed: {_causes(compiled.messages)}", "try again, or look at uv itself"
        )


def _check_warnings(asked: Mapping[NormalizedName, Requirement], messages: str) -> None:
    for package, extra in NO_EXTRA.findall(messages):
        name, _, version = package.partition("==")
        if canonicalize_name(name) in asked:
            raise BadInput(
                f"{asked[canonicalize_name(name)].name} {version} has no extra {extra!r}",
                "only releases that can be installed with pip as a server are certified",
            )
    for name, version, reason in YANKED.findall(messages):
        if canonicalize_name(name) in asked:
            because = f": {reason.strip()}" if reason else ""
            raise BadInput(
                f"{asked[canonicalize_name(name)].name} {version} was yanked from the index{because}",
                "certify the release that followed it",
            )


def _no_version(asked: Requirement, inputs: Inputs, compiler: Compiler) -> NoReturn:
    """Say which versions there are instead of the one that ``asked`` names."""
    version = Version(next(iter(asked.specifier)).version)
    line = f"{version.major}.{version.minor}"
    plain = Inputs(requirements=(), python=inputs.python, dependencies=False, prereleases=version.is_prerelease)

    def one(specifier: str, lowest: bool = False) -> Version | None:
        done = compiler.compile(replace(plain, requirements=(f"{asked.name}{specifier}",), lowest=lowest))
        found = re.search(r"^[\w.-]+==(\S+)", done.text, re.MULTILINE) if done.rc == 0 else None
        return Version(found[1]) if found else None

    if inputs.before and one(f"=={version}"):
        raise BadInput(
            f"{asked.name} {version} was not on the index before {inputs.before}",
            "give a later resolve_before in the manifest",
        )
    newest = one(f"=={line}.*")
    below, above = one(f"<{version.public}"), one(f">{version.public}", lowest=True)  # a local version is not ordered
    near = {found for found in (below, above) if found and (not newest or found.release[:2] == newest.release[:2])}
    there_is = [f"newest {line} is {newest}" if newest else f"there is no release of {line}"]
    if near - {newest}:
        there_is.append(f"nearest {' and '.join(map(str, sorted(near - {newest})))}")
    raise BadInput(f"{asked.name} {version} is not on the index; {', '.join(there_is)}", "give a version that is there")


def _spoken(asked: Requirement) -> str:
    """``DIRAC 8.0.86``; the name alone of what comes from source."""
    return f"{asked.name} {next(iter(asked.specifier)).version}" if asked.specifier else asked.name


def _joined(messages: str) -> str:
    """The messages with the resolver's own line breaks taken out."""
    return " ".join(messages.split())


def _causes(messages: str) -> str:
    lines = [line.strip() for line in messages.splitlines()]
    told = [line.split(":", 1)[1].strip() for line in lines if line.startswith(("error:", "cause:", "Caused by:"))]
    return "; ".join(told or lines[-1:])[:LONGEST]


def _shortened(messages: str) -> str:
    """The resolver's reasoning without its frame: from the first "Because" on, and not its obvious conclusion."""
    text = messages[messages.find("Because") :]
    text = re.sub(r",? (?:we can conclude that )?your requirements are unsatisfiable\.?.*$", "", text)
    return text if len(text) <= LONGEST else text[:LONGEST].rsplit(" ", 1)[0] + " ..."
