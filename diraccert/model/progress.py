"""How long work tells a person where it is."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """What the engine calls while it works; the command line draws it, tests record it."""

    def phase(self, name: str, expected_seconds: float) -> None:
        """A new phase begins (the one before it is over); it is likely to take ``expected_seconds`` seconds."""

    def note(self, text: str) -> None:
        """What the phase does or awaits at the moment, in one line."""


class Silent:
    """A progress that nobody watches."""

    def phase(self, name: str, expected_seconds: float) -> None:
        """Say nothing."""

    def note(self, text: str) -> None:
        """Say nothing."""
