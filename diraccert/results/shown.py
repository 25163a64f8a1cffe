"""Whether a failure shows what is known of it: by this a known defect is told from a new one that fails the same
scenario.

What a failure says itself and what was logged meanwhile are two things. In the window of a failure components log what
other scenarios brought about, and a command that fails on purpose prints errors too: so a defect that is known by its
log must be known by what failed as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Annotated

from pydantic import BeforeValidator, Field, field_validator

from diraccert.model.run import Frozen, ScenarioResult

#: Characters besides ``*`` that a text must have at least: what has fewer is in too many failures.
_TELLING = 8


def _several(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Signs = tuple[str | tuple[str, ...], ...]
"""Texts in which ``*`` stands for anything: one of these; where one is a list, all of its texts."""


class Showing(Frozen):
    """What a failure must show to be a known one."""

    signature: Annotated[Signs, BeforeValidator(_several)] = Field(
        default=(),
        description="What the failure itself says, one of these (or a single text); of a list in it, every text. "
        "* stands for anything.",
    )
    logs: Annotated[tuple[str, ...], BeforeValidator(_several)] = Field(
        default=(), description="What a line in the log of a component must say beside it, one of these, if any."
    )

    @field_validator("signature", "logs")
    @classmethod
    def _is_telling(cls, signs: Signs) -> Signs:
        for text in (text for each in signs for text in _texts(each)):
            if len(text.replace("*", "").strip()) < _TELLING:
                raise ValueError(f"{text!r} is in too many failures: at least {_TELLING} characters of what it says")
        return signs

    @property
    def told(self) -> str:
        """The same in one line."""
        beside = f", and logged {' or '.join(self.logs)}" if self.logs else ""
        return f"{' or '.join(' with '.join(_texts(each)) for each in self.signature)}{beside}"

    def shown_by(self, result: ScenarioResult) -> bool:
        """Whether the failure says one of the texts, and the logs that the report gives for it what they must."""
        says = any(all(_within(text, _own(result)) for text in _texts(each)) for each in self.signature)
        return says and (not self.logs or any(_within(each, _logged(result)) for each in self.logs))


def shows(result: ScenarioResult, text: str) -> bool:
    """Whether a failure shows this text (* stands for anything) anywhere: in what it says, in its logs, or in what one
    of its steps was answered that did not end well."""
    logs = ("\n".join(excerpt.lines) for excerpt in result.evidence.logs)
    return _within(text, (*_own(result), *logs, *(step.detail for step in result.steps if not step.ok)))


def _texts(sign: str | tuple[str, ...]) -> tuple[str, ...]:
    return (sign,) if isinstance(sign, str) else sign


def _within(text: str, among: Iterable[str]) -> bool:
    pattern = re.compile(".*".join(re.escape(part) for part in text.split("*")), re.DOTALL)
    return any(pattern.search(each) for each in among)


def _own(result: ScenarioResult) -> Iterator[str]:
    evidence = result.evidence
    yield from (result.reason, evidence.signature, evidence.asserted, evidence.got, evidence.traceback)
    # the reason has long values cut short
    yield f"assert {evidence.got} == {evidence.expected}"


def _logged(result: ScenarioResult) -> Iterator[str]:
    """Line by line: what stands in two messages is no message."""
    yield from (line for excerpt in result.evidence.logs for line in excerpt.lines)
