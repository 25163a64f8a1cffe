"""Errors that a person sees: one line that says what is wrong, one that says the way out."""

from __future__ import annotations

from diraccert.model.outcomes import EXIT_BAD_INPUT, EXIT_UNKNOWN


class CertError(Exception):
    """An error with its way out; the command line prints it as one line and exits with ``exit_code``."""

    exit_code = EXIT_UNKNOWN

    def __init__(self, message: str, way_out: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.way_out = way_out

    def __str__(self) -> str:
        return f"{self.message} ({self.way_out})" if self.way_out else self.message


class BadInput(CertError):
    """What the user gave cannot be used: exit code 64."""

    exit_code = EXIT_BAD_INPUT


class InfrastructureError(CertError):
    """Something of ours or of the machine failed, not the product: outcome ERROR, exit code 2."""
