"""Which outcome an exception of a scenario means."""

from __future__ import annotations

from dataclasses import dataclass

from diraccert.certification.limits import LimitExceeded
from diraccert.certification.product import ProductError, shorten
from diraccert.certification.upstream.outcome import NothingRan
from diraccert.model.outcomes import Outcome


@dataclass(frozen=True)
class Judgement:
    """An outcome with the one line that says why."""

    outcome: Outcome
    reason: str = ""


def judge(error: BaseException, doing: str = "", surplus: tuple[str, ...] = ()) -> Judgement:
    """FAIL for what the product did (an assertion, ProductError, a limit), ERROR for anything else.

    ``doing`` is the step that was going on, ``surplus`` what was found where the failed comparison expects nothing: its
    names say more than a dictionary of which pytest shows the first letters. A FAIL stands only when the probes of the
    instance pass: see ``confirmed``.
    """
    if isinstance(error, AssertionError):
        # pytest's wording shows the values on the first line, and their differences on the next.
        said = (str(error).splitlines() or ["an assertion does not hold"])[0]
        if surplus and said.startswith("assert ") and "..." in said:
            said = f"{len(surplus)} where none was expected: {', '.join(surplus)}"
        return Judgement(Outcome.FAIL, shorten(said))
    if isinstance(error, ProductError):
        return Judgement(Outcome.FAIL, shorten(error))
    if isinstance(error, NothingRan):
        return Judgement(Outcome.SKIP, shorten(error))
    if isinstance(error, LimitExceeded):
        return Judgement(Outcome.FAIL, shorten(f"{error}{f', during: {doing}' if doing else ''}"))
    return Judgement(Outcome.ERROR, shorten(f"{type(error).__name__}: {error}"))


def confirmed(judgement: Judgement, broken: str) -> Judgement:
    """A FAIL of an instance that is itself broken says nothing of the product: ERROR with that reason."""
    if judgement.outcome is Outcome.FAIL and broken:
        return Judgement(Outcome.ERROR, shorten(f"{broken}; seen as: {judgement.reason}"))
    return judgement
