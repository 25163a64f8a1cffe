"""The record of one run: what run.json holds, and what every report is rendered from."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from diraccert.model.outcomes import Outcome, Verdict

#: Grows with every change of what is written: a reader takes no key that it does not know, and so tells whoever has an
#: older release to upgrade. Records of all lower versions stay readable: a new field has a default.
SCHEMA_VERSION = 3
_SURROGATES = re.compile("[\ud800-\udfff]")


def _encodable(value: Any) -> Any:
    """Lone surrogates (bytes that were no UTF-8) become U+FFFD: odd output of the product must not lose the record."""
    return _SURROGATES.sub("\ufffd", value) if isinstance(value, str) else value


Text = Annotated[str, BeforeValidator(_encodable)]
"""Text that the product may have written: anything may be in it."""


class Frozen(BaseModel):
    """A value: no attribute changes, no unknown key is taken."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Step(Frozen):
    """One thing a scenario did: a command, a call or a named phase. Times are seconds since the scenario began."""

    at: float
    seconds: float
    what: Text
    ok: bool = True
    detail: Text = Field(default="", description="What it answered, shortened; empty when it is of no interest.")


class LogExcerpt(Frozen):
    """Lines of one component's log in the window of a scenario, with the reason why these lines are shown."""

    component: str
    why: Text = ""
    lines: tuple[Text, ...] = ()


class Evidence(Frozen):
    """What a failed scenario shows: asserted, expected and got; the log of the components; the way in."""

    asserted: Text = ""
    expected: Text = ""
    got: Text = ""
    traceback: Text = ""
    component: str = Field(default="", description="The component most likely at fault, as System/Component.")
    signature: Text = Field(default="", description="The normalised error that names the cause.")
    logs: tuple[LogExcerpt, ...] = ()
    attach: str = Field(default="", description="The command that attaches to the instance kept for this failure.")


class ScenarioResult(Frozen):
    """How one scenario ended in one run."""

    id: str
    title: str
    area: str
    owner: str
    replaces: str = Field(default="", description="The card or upstream test that this scenario replaces.")
    outcome: Outcome
    reason: Text = Field(default="", description="One line: why it is not PASS.")
    caused_by: str = Field(default="", description="Id of the scenario that is the witness of the same cause.")
    known: Text = Field(default="", description="The finding of this release that it shows, as 'ID: title' (since 2).")
    started: AwareDatetime | None = None
    seconds: float = 0.0
    worker: str = ""
    suites: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    evidence: Evidence = Evidence()


class Deviation(Frozen):
    """Where the run is not what production would be: a patch, a pin, an override, a stand-in, and its reason."""

    kind: Literal["patch", "pin", "override", "addition", "stand-in", "dependencies", "source"]
    what: str
    reason: str


class ImageUsed(Frozen):
    """An image of the run: the host that ran it, its tag (the digest of its inputs) and its id."""

    host: str
    tag: str
    id: str = ""


class Source(Frozen):
    """A package that was not taken from the index: built from a git checkout, or a wheel that was given.

    ``sha256`` in hex is that of the wheel, of the Pilot's files that of commit and changes; ``shape`` the digest of
    what images hold because of it, "" when they hold nothing.
    """

    name: str
    version: str = Field(default="", description="As its metadata say; empty for the Pilot, which has none.")
    commit: str = Field(default="", description="40 hexadecimal digits; empty for a wheel that was given.")
    changed: tuple[Text, ...] = Field(default=(), description="Paths with changes that were not committed.")
    sha256: str
    shape: str = ""

    @property
    def label(self) -> str:
        """How people name it: ``DIRAC@b5bc25cb2d``, with ``-dirty`` when the commit alone is not what was taken."""
        dirty = "-dirty" if self.changed else ""
        return f"{self.name}@{self.commit[:10] or self.sha256[:10]}{dirty}"

    def __str__(self) -> str:
        version = f" {self.version}" if self.version else ""
        if not self.commit:
            return f"{self.name}{version}: a wheel that was given, SHA-256 {self.sha256[:10]}"
        more = f" and {len(self.changed) - 3} more" if len(self.changed) > 3 else ""
        dirty = f", with uncommitted changes in {', '.join(self.changed[:3])}{more}" if self.changed else ""
        return f"{self.name}{version}: commit {self.commit[:10]}{dirty}"


class Dependencies(StrEnum):
    """Of which time what the packages need is, when that is not left to the manifest."""

    RELEASE = "release"
    TODAY = "today"


class Host(Frozen):
    """The machine that ran it."""

    cores: int
    memory_gb: float
    system: str
    docker: str = ""


class NotSelected(Frozen):
    """A scenario that the selection or the topology left out, and why."""

    id: str
    title: str
    why: str


class Run(Frozen):
    """One execution of a selection of scenarios against one distribution; immutable once finished."""

    schema_version: int = SCHEMA_VERSION
    run_id: str
    verdict: Verdict
    complete: bool = Field(default=True, description="False when the run was interrupted or died before its end.")
    reason: str = Field(default="", description="Why the run as a whole has no or a negative verdict.")
    distribution: str
    packages: tuple[str, ...] = ()
    sources: tuple[Source, ...] = Field(default=(), description="The packages that are not those of the index.")
    manifest: str = Field(default="", description="The manifest as YAML text.")
    dependencies: Dependencies | None = Field(
        default=None, description="Of which time they were asked for, in place of the manifest's (since 3)."
    )
    selection: str = ""
    lock: str = Field(default="", description="The resolved requirements with their hashes.")
    images: tuple[ImageUsed, ...] = ()
    patches: tuple[Deviation, ...] = ()
    instance: str = ""
    host: Host
    started: AwareDatetime
    seconds: float
    timings: dict[str, float] = Field(default_factory=dict, description="Seconds by phase: lock, build, up, scenarios.")
    workers: int = 0
    stretch: float = Field(
        default=1.0, ge=1.0, description="By how much limits were multiplied, as the machine was busy (since 2)."
    )
    scenarios: tuple[ScenarioResult, ...] = ()
    not_selected: tuple[NotSelected, ...] = ()
