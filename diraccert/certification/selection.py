"""Which scenarios a run executes: the expression of ``--select``, and what release and topology leave out.

EXPRESSION = ALTERNATIVE ("or" | ",") EXPRESSION      smoke and not dms, UPG-01
ALTERNATIVE = TERM ("and" TERM)*
TERM = "not" TERM | "(" EXPRESSION ")" | WORD
WORD = an id or a pattern of ids (WMS-0*), an area (wms), a suite (smoke, full), or all
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase

from diraccert.certification.loggate import GATE
from diraccert.model.errors import BadInput
from diraccert.model.lines import covers
from diraccert.model.run import NotSelected
from diraccert.model.scenario import AREAS, SUITES, ScenarioMeta

Predicate = Callable[[ScenarioMeta], bool]

TOKENS = re.compile(r"\s*([(),]|[^\s(),]+)")
DEEPEST = 50
"""Brackets and negations that may stand in one another: Python itself ends at a few hundred."""
KEYWORDS = {"and", "or", "not", "(", ")", ","}


@dataclass(frozen=True)
class Selection:
    """What a run executes, what it skips as the release has no such thing, and what it leaves out."""

    run: tuple[ScenarioMeta, ...]
    skipped: tuple[tuple[ScenarioMeta, str], ...] = ()
    not_selected: tuple[NotSelected, ...] = ()


def select(
    scenarios: Sequence[ScenarioMeta], expression: str, release: str, offers: Collection[str] | None = None
) -> Selection:
    """Sort ``scenarios`` by expression, by the DIRAC ``release``, and by what the topology ``offers`` (None: all).

    Raises BadInput for an expression that cannot be read, names what nobody knows, or chooses nothing.
    """
    chosen = parse(expression, scenarios)
    run, skipped, left_out = [], [], []
    for each in sorted(scenarios, key=lambda each: each.id):
        missing = [need for need in each.needs if offers is not None and need not in offers]
        if not chosen(each):
            left_out.append(NotSelected(id=each.id, title=each.title, why=f"not in the selection '{expression}'"))
        elif missing:
            left_out.append(
                NotSelected(id=each.id, title=each.title, why=f"the topology does not offer {', '.join(missing)}")
            )
        elif each.lines and not covers(each.lines, release):
            skipped.append((each, f"is for releases {each.lines}, this is {release}"))
        else:
            run.append(each)
    if not run and not skipped:
        raise _nothing(expression)
    if run and all(each.id == GATE.id for each in run):
        raise BadInput(
            f"the selection '{expression}' runs nothing but {GATE.id}, which judges what others make components log",
            f"select scenarios too: 'smoke, {GATE.id}'",
        )
    return Selection(tuple(run), tuple(skipped), tuple(left_out))


def check(expression: str, scenarios: Sequence[ScenarioMeta]) -> None:
    """Raise BadInput for an expression that no release could make anything of, before anything is made for one."""
    if not any(map(parse(expression, scenarios), scenarios)):
        raise _nothing(expression)


def _nothing(expression: str) -> BadInput:
    return BadInput(f"the selection '{expression}' chooses no scenario that can run", "see dirac-cert scenarios list")


def parse(expression: str, scenarios: Sequence[ScenarioMeta]) -> Predicate:
    """The expression as a predicate; raises BadInput with the place of the mistake or the nearest known word."""
    tokens = TOKENS.findall(expression)
    if not tokens:
        raise BadInput("the selection is empty", "write for example --select 'smoke and not dms'")
    reader = Reader(tokens, expression, scenarios)
    predicate = reader.alternatives()
    if reader.tokens:
        raise reader.wrong(f"'{reader.tokens[0]}' stands where and, or or a comma is expected")
    return predicate


@dataclass
class Reader:
    """A reader of the grammar above, one method a rule."""

    tokens: list[str]
    expression: str
    scenarios: Sequence[ScenarioMeta]
    depth: int = 0

    def alternatives(self) -> Predicate:
        """One or more terms of which any may hold."""
        parts = [self.conjunction()]
        while self.tokens and self.tokens[0].lower() in ("or", ","):
            self.tokens.pop(0)
            parts.append(self.conjunction())
        return lambda each: any(part(each) for part in parts)

    def conjunction(self) -> Predicate:
        """One or more terms that must all hold."""
        parts = [self.term()]
        while self.tokens and self.tokens[0].lower() == "and":
            self.tokens.pop(0)
            parts.append(self.term())
        return lambda each: all(part(each) for part in parts)

    def term(self) -> Predicate:
        """A word, a negation, or an expression in brackets."""
        if not self.tokens:
            raise self.wrong("it ends where a word is expected")
        token = self.tokens.pop(0)
        if token.lower() == "not":
            with self.deeper():
                inner = self.term()
            return lambda each: not inner(each)
        if token == "(":
            with self.deeper():
                inside = self.alternatives()
            if not self.tokens or self.tokens.pop(0) != ")":
                raise self.wrong("a bracket is not closed")
            return inside
        if token.lower() in KEYWORDS:
            raise self.wrong(f"'{token}' stands where a word is expected")
        return self.word(token)

    @contextmanager
    def deeper(self) -> Iterator[None]:
        """Read what stands inside; refuse it where it goes too deep."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.wrong(f"brackets or negations stand more than {DEEPEST} deep")
        yield
        self.depth -= 1

    def word(self, word: str) -> Predicate:
        """A suite, an area, ``all``, or a pattern of ids that matches at least one."""
        lower, upper = word.lower(), word.upper()
        if lower == "all":
            return lambda _: True
        if lower in SUITES:
            return lambda each: lower in each.suites
        if lower in AREAS:
            return lambda each: each.area == lower
        ids = [each.id for each in self.scenarios]
        if not any(fnmatchcase(known.upper(), upper) for known in ids):
            near = difflib.get_close_matches(upper, [*ids, *(name.upper() for name in (*AREAS, *SUITES))], 1, 0.5)
            hint = (
                f"did you mean {near[0] if near[0] in ids else near[0].lower()}?"
                if near
                else "see dirac-cert scenarios list"
            )
            raise BadInput(f"no scenario, area or suite is called '{word}'", hint)
        return lambda each: fnmatchcase(each.id.upper(), upper)

    def wrong(self, what: str) -> BadInput:
        """The error for an expression that cannot be read."""
        return BadInput(
            f"the selection '{self.expression}' cannot be read: {what}", "write for example 'smoke and not dms, UPG-01'"
        )
