"""Causes: failures with the same component and the same normalised error are one; the earliest is its witness."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from diraccert.model.outcomes import Outcome
from diraccert.model.run import ScenarioResult
from diraccert.results.signature import normalise

_LONG_ENOUGH = 2000  # characters of an error's text that name it; the rest is its circumstances
_RED = (Outcome.FAIL, Outcome.ERROR)


@dataclass(frozen=True)
class Cause:
    """One cause: the scenario that saw it first, and those that failed of it too."""

    witness: ScenarioResult
    consequences: tuple[ScenarioResult, ...] = ()


def attribute(results: Sequence[ScenarioResult]) -> tuple[ScenarioResult, ...]:
    """The same results with ``evidence.signature`` and ``caused_by`` filled in where they failed.

    What failed with nothing said (no signature, reason or answer) is a cause of its own. FAIL and ERROR are never one
    cause: the one is the product's, the other ours.
    """
    signed = [_signed(result) for result in results]
    witness: dict[tuple[Outcome, str, str, str], str] = {}
    for result in sorted(signed, key=_failed_at):
        if _is_grouped(result):
            witness.setdefault(_key(result), result.id)
    return tuple(
        result.model_copy(update={"caused_by": witness[_key(result)] if witness[_key(result)] != result.id else ""})
        if _is_grouped(result)
        else result
        for result in signed
    )


def causes_of(results: Iterable[ScenarioResult]) -> tuple[Cause, ...]:
    """The causes that ``attribute`` found: the product's before ours, of these what nobody knew of before known
    findings, then the earliest first."""
    red = [result for result in results if result.outcome in _RED]
    ids = {result.id for result in red}
    followers: dict[str, list[ScenarioResult]] = {}
    for result in red:
        if result.caused_by in ids:
            followers.setdefault(result.caused_by, []).append(result)
    witnesses = sorted(
        (result for result in red if result.caused_by not in ids),
        key=lambda result: (_RED.index(result.outcome), bool(result.known), *_failed_at(result)),
    )
    return tuple(Cause(w, tuple(sorted(followers.get(w.id, ()), key=_failed_at))) for w in witnesses)


def _signed(result: ScenarioResult) -> ScenarioResult:
    if result.outcome not in _RED:
        return result
    evidence = result.evidence
    said = evidence.signature or result.reason or evidence.got
    signature = normalise(said[:_LONG_ENOUGH])
    return result.model_copy(update={"evidence": evidence.model_copy(update={"signature": signature})})


def _is_grouped(result: ScenarioResult) -> bool:
    return result.outcome in _RED and bool(result.evidence.signature)


def _key(result: ScenarioResult) -> tuple[Outcome, str, str, str]:
    """What a cause is known by. ``assert 0 != 0`` is no error that names one: there it is also what was asserted."""
    evidence = result.evidence
    asserted = normalise(evidence.asserted) if evidence.signature.startswith("assert ") else ""
    return result.outcome, evidence.component, evidence.signature, asserted


def _failed_at(result: ScenarioResult) -> tuple[float, str]:
    """When it ended, as a scenario that waits for its limit sees a cause later than one that started after it and
    failed at once; what never ran comes last."""
    return (result.started.timestamp() + result.seconds if result.started else float("inf")), result.id
