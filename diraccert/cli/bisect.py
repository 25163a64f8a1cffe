"""``bisect``: the merge that broke a scenario."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from diraccert.cli import planning
from diraccert.cli.progress import shown


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command("bisect")(bisect)


def bisect(
    good: Annotated[str, typer.Argument(metavar="GOOD", help="A tag, branch or commit where the scenario passes.")],
    bad: Annotated[str, typer.Argument(metavar="BAD", help="A later one, where it fails.")],
    select: Annotated[
        str, typer.Option(metavar="EXPR", callback=planning.not_empty, help="Which scenarios, as for `certify`.")
    ],
    source: Annotated[
        Path,
        typer.Option(metavar="REPO", parser=planning.path, help="The git repository; its checkout is not touched."),
    ],
    dist: Annotated[str, typer.Option(metavar="DIST", help="What the package goes with, as for `certify`.")] = "",
    journal: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", parser=planning.path, help="Where finished runs are noted. Default: the cache folder."
        ),
    ] = None,
    retry_skipped: Annotated[
        bool, typer.Option("--retry-skipped", help="Certify again what an ERROR of ours left open.")
    ] = False,
    workers: Annotated[int, typer.Option(min=0, help="Scenarios at once; 0 suits the machine.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")] = False,
    rooms: planning.RoomsOption = None,
) -> int:
    """Name the merge that broke a scenario, by certifying commits between a good and a bad one.

    The commits are those of BAD's first parents since GOOD. Both ends are certified first. A commit whose run ends
    with an ERROR of ours, or that does not build, says nothing, and its neighbours are tried. The same command goes on
    where it was interrupted. Exit codes: 0 found; 2 one of several, or not known; 64 bad input; 130 interrupted.

    Example: dirac-cert bisect v8.0.36 v8.0.37 --select WMS-01 --source ~/DIRAC
    """
    from diraccert.certification import catalogue, selection
    from diraccert.certification.live import ended_line
    from diraccert.certification.request import Request, Watcher
    from diraccert.distributions import checkout
    from diraccert.proving import culprit_answer, history
    from diraccert.proving import journal as journals
    from diraccert.proving.commit_run import CommitRun
    from diraccert.proving.culprit_search import Searcher

    where = planning.rooms(rooms)
    line = history.between(source, good, bad)
    selection.check(select, catalogue.read(where))
    # DIRAC is all that differs between the commits
    day = checkout.day_of(line.repository, line.commits[-1].id)
    ends = line.commits[0], line.commits[-1]
    search = journals.Search(
        repository=str(line.repository),
        good=ends[0].id,
        bad=ends[1].id,
        selection=select,
        dist=dist,
        rooms=tuple(str(room.resolve()) for room in where),
    )
    path = journal or journals.default_path(search)
    with journals.opened(path, search, retry=retry_skipped) as memory, shown() as progress:
        progress.say(history.described(line, good, bad))
        if memory.attempts:
            progress.say(f"runs that were finished before: {len(memory.attempts)} (journal {path})")
        watcher = Watcher(progress, progress.plan, lambda end: progress.say(ended_line(end)))
        certify = CommitRun(line.repository, Request(dist, select, where, workers, as_of=day), watcher)
        try:
            answer = Searcher(
                line, (ends[0].id[:10] if line.bent else good, bad), certify, memory, progress.say
            ).search()
        except KeyboardInterrupt:
            if memory.attempts:
                progress.say(
                    f"the same command goes on; runs that are finished: {len(memory.attempts)} (journal {path})"
                )
            raise
    if as_json:
        import json

        sys.stdout.write(json.dumps(culprit_answer.as_mapping(answer, path), indent=2) + "\n")
    else:
        sys.stdout.write("\n" + "\n".join(culprit_answer.lines(answer)) + "\n")
    return culprit_answer.exit_code(answer)
