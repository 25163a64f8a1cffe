"""python -m benchmarks [--only up,memory,reset,three,smoke,opensearch | --lines DISTS] [--rounds 5] [--json FILE]"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import signal
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import NoReturn

from rich.console import Console
from rich.table import Table

from benchmarks.bench import Bench
from benchmarks.figures import Figure
from benchmarks.lines import line, on_disk
from benchmarks.targets import TARGETS
from diraccert.cli import planning
from diraccert.cli.progress import shown
from diraccert.images.daemon import connect
from diraccert.model.errors import BadInput, CertError

#: Columns of the table in a file or a pipe.
WIDTH = 180


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print a table and JSON; 0 when every target is met, 1 when one is not, 2 when that is not known."""
    given = _arguments(argv)
    # TERM too ends in the removal of what was started.
    signal.signal(signal.SIGTERM, _terminated)
    # where nobody's terminal sets the width, lines are for a file
    console = Console(stderr=True, width=None if sys.stderr.isatty() else WIDTH)
    figures: list[Figure] = []
    try:
        say = partial(console.print, highlight=False)
        if given.lines:
            for dist in given.lines:
                figures += line(_bench(dist, given.rounds), say)
            figures += [on_disk(connect(), given.lines)]
        else:
            bench = _bench(given.dist, given.rounds)
            for name in given.only:
                figures += TARGETS[name](bench, say)
    except KeyboardInterrupt:
        return 130
    except (CertError, RuntimeError) as error:
        console.print(f"benchmarks: {error}", highlight=False, markup=False)
        return 2
    finally:
        if figures:
            console.print(table(figures))
    text = json.dumps(report(figures, given.dist, given.rounds), indent=2) + "\n"
    if given.json:
        given.json.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)
    return 0 if all(each.holds for each in figures) else 1


def report(figures: Sequence[Figure], dist: str, rounds: int) -> dict[str, object]:
    """What is written as JSON: the machine matters as much as the figures."""
    return {
        "distribution": dist,
        "rounds": rounds,
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "figures": [each.as_mapping() for each in figures],
    }


def table(figures: Sequence[Figure]) -> Table:
    """The figures for a person."""
    shown = Table("target", "median", "limit", "of limit", "", "what dominates")
    for each in figures:
        shown.add_row(
            each.name,
            f"{each.median:.1f} {each.unit}",
            f"{each.limit:.1f} {each.unit}",
            f"{each.ratio:.0%}",
            "[green]met[/]" if each.holds else "[red]missed[/]",
            each.dominant,
        )
    return shown


def _bench(dist: str, rounds: int) -> Bench:
    daemon = connect()
    with shown() as progress:
        planned = planning.plan(daemon, dist, None, progress)
        progress.plan(planned.steps)
        images = planning.build(daemon, planned, progress)
    return Bench(daemon, dist, images, f"bench-{secrets.token_hex(3)}", rounds)


def _terminated(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _targets(text: str) -> list[str]:
    names = _names(text)
    unknown = [name for name in names if name not in TARGETS]
    if unknown or not names:
        raise argparse.ArgumentTypeError(f"no target {', '.join(unknown) or 'named'}; there are {', '.join(TARGETS)}")
    return names


def _rounds(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of rounds")
    return int(text)


class _Parser(argparse.ArgumentParser):
    """Ends with the code that bad input has everywhere."""

    def error(self, message: str) -> NoReturn:
        self.exit(BadInput.exit_code, f"{self.prog}: {message}\n")


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = _Parser(prog="python -m benchmarks", description="Speed and memory against their targets.")
    parser.add_argument("--only", type=_targets, default=list(TARGETS), metavar="NAMES", help=", ".join(TARGETS))
    parser.add_argument(
        "--lines",
        type=_names,
        default=[],
        metavar="DISTS",
        help="in place of targets: up, memory and disk of each of these",
    )
    parser.add_argument("--rounds", type=_rounds, default=5, help="how often each is measured; medians are compared")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where the figures go, in place of standard output")
    parser.add_argument("--dist", default="8.0.86", help="the distribution that stands up")
    return parser.parse_args(argv)


if __name__ == "__main__":
    raise SystemExit(main())
