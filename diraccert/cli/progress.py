"""What a person sees while something works: one live line on a terminal, plain lines elsewhere (CI)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

NOTE_EVERY = 5.0
"""Seconds between notes in plain lines: a log of CI is read from its end."""

Step = tuple[str, float]


class Shown:
    """Keeps what phase it is and what is left; its two kinds say how that is seen."""

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self.console = console
        self.clock = clock
        self.began = clock()
        self.steps: list[Step] = []
        self.current = ""
        self.expected = 0.0
        self.phase_began = self.began
        self.noted = ""

    def plan(self, steps: Sequence[Step]) -> None:
        """Tell what will be done, in which order, and how many seconds each is likely to take."""
        self.steps = list(steps)
        if steps:
            parts = ", ".join(f"{name} {duration(seconds)}" for name, seconds in steps)
            self.say(f"plan: {parts}; about {duration(sum(seconds for _, seconds in steps))} in all")

    def phase(self, name: str, expected_seconds: float) -> None:
        """A new phase begins, and the one before it is over."""
        self._over()
        self.steps = self.steps[1 + next((at for at, (step, _) in enumerate(self.steps) if step == name), -1) :]
        self.current, self.expected, self.phase_began, self.noted = name, expected_seconds, self.clock(), ""
        self._begins()

    def note(self, text: str) -> None:
        """What the phase does at the moment."""
        self.noted = text

    def say(self, text: str) -> None:
        """A line that stays."""
        self.console.print(Text(text), soft_wrap=True)

    def end(self) -> None:
        """All is over."""
        self._over()
        self.current = ""

    def left(self) -> float:
        """Seconds that are likely left."""
        return max(0.0, self.expected - (self.clock() - self.phase_began)) + sum(seconds for _, seconds in self.steps)

    def elapsed(self) -> float:
        """Seconds since the beginning."""
        return self.clock() - self.began

    def _begins(self) -> None:
        """Show that a phase begins."""

    def _over(self) -> None:
        if self.current:
            self.say(f"[{duration(self.elapsed())}] {self.current}: {duration(self.clock() - self.phase_began)}")


class Plain(Shown):
    """A line when a phase begins and when it is over, and notes now and then."""

    _last = float("-inf")

    def note(self, text: str) -> None:
        """A line, unless the last one is not long ago."""
        super().note(text)
        if self.clock() - self._last >= NOTE_EVERY:
            self._last = self.clock()
            self.say(f"[{duration(self.elapsed())}]   {text}")

    def _begins(self) -> None:
        self.say(f"[{duration(self.elapsed())}] {self.current}: about {duration(self.expected)}")
        self._last = self.clock()


class Drawn(Shown):
    """A line at the bottom of the terminal that changes in place; rich draws it."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if self.current:
            line = Table.grid(padding=(0, 1))
            left = self.left()
            rest = f"about {duration(left)} left" if left >= 1 else "longer than usual"
            line.add_row(Spinner("dots"), Text(f"{self.current}  {duration(self.elapsed())}, {rest}", style="bold"))
            yield line
            if self.noted:
                yield Text(f"  {self.noted}", style="dim", no_wrap=True, overflow="ellipsis")


@contextmanager
def shown(console: Console | None = None) -> Iterator[Shown]:
    """Show progress on standard error until the block ends; standard output stays for results."""
    console = console or Console(stderr=True, highlight=False)
    if not console.is_terminal:
        plain = Plain(console)
        yield plain
        plain.end()
        return
    drawn = Drawn(console)
    with Live(drawn, console=console, refresh_per_second=8, transient=True):
        yield drawn
        drawn.end()


def duration(seconds: float) -> str:
    """``0.8 s``, ``12 s``, ``1 min 5 s``."""
    if seconds < 9.95:
        return f"{seconds:.1f} s" if seconds % 1 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
