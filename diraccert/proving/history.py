"""The line of commits on which a culprit is searched: the first parents between a good revision and a bad one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from diraccert.distributions import git
from diraccert.distributions.nearest import hint
from diraccert.model.errors import BadInput
from diraccert.reporting import wording

#: How the forges name a merged request: GitHub and Gitea (a merge, a squash), GitLab (in the text below).
REQUESTS = (
    re.compile(r"^Merge pull request .*?(#\d+)", re.MULTILINE),
    re.compile(r"\((#\d+)\)$"),
    re.compile(r"^See merge request \S*?(!\d+)$", re.MULTILINE),
)
FORMAT = "%H%n%P%n%s%n%b"


@dataclass(frozen=True)
class Commit:
    """A commit. ``id`` has 40 or 64 hexadecimal digits; ``subject`` and ``text`` are its message; ``number`` is that
    of the request which it merged (``#7457``, GitLab's ``!12``), "" when it names none."""

    id: str
    subject: str
    text: str = ""
    parents: tuple[str, ...] = ()

    @property
    def number(self) -> str:
        """See above."""
        found = (
            pattern.search(place) for pattern, place in zip(REQUESTS, (*[self.subject] * 2, self.text), strict=True)
        )
        return next((each[1] for each in found if each), "")

    @property
    def title(self) -> str:
        """What the merged request was called, where the forge put that below the subject; "" of what is no merge."""
        first = self.text.strip().partition("\n")[0].strip()
        return first if len(self.parents) > 1 and not REQUESTS[2].match(first) else ""

    def __str__(self) -> str:
        return f"{self.id[:10]} {wording.one_line(self.subject, 100)}"


@dataclass(frozen=True)
class Line:
    """``commits``, the oldest first: a good one, and after it what came by the first parents up to the bad one.

    ``bent`` says that the first is not the good revision that was named, which came into the line by a merge, but the
    newest commit of the line that this one has in its history.
    """

    repository: Path
    commits: tuple[Commit, ...]
    bent: bool = False


def between(path: Path, good: str, bad: str) -> Line:
    """The line from ``good`` to ``bad`` (tags, branches, commits) in the git repository at ``path``, bare or not.

    Raises BadInput when there is none: no repository, no such revision, ``bad`` does not come after ``good``.
    """
    repository = _repository(path)
    first, last = _resolved(repository, good), _resolved(repository, bad)
    if first == last:
        raise BadInput(f"{good} and {bad} are the same commit ({first[:10]}), with nothing between", "name two")
    if git.run(repository, "merge-base", "--is-ancestor", first, last).returncode != 0:
        turned = git.run(repository, "merge-base", "--is-ancestor", last, first).returncode == 0
        raise BadInput(
            f"{bad} does not come after {good}" + (f", but {good} after {bad}" if turned else ""),
            f"the good revision is named first: {bad} {good}"
            if turned
            else f"name a good revision that is in the history of {bad}",
        )
    commits = tuple(_commits(repository, "--first-parent", "--reverse", f"{first}..{last}"))
    begin = commits[0].parents[0] if commits[0].parents else ""
    if not begin:
        raise BadInput(f"the first parents of {bad} do not lead to anything of {good}", "name an older good revision")
    return Line(repository, (*_commits(repository, "-n1", begin), *commits), bent=begin != first)


def described(line: Line, good: str, bad: str) -> str:
    """The line in a sentence for whoever named its ends ``good`` and ``bad``."""
    count = wording.counted(len(line.commits) - 1, "commit")
    if not line.bent:
        return f"{count} from {good} to {bad} by first parents"
    return (
        f"{good} is not on the line of {bad} by first parents; in its place stands the newest commit of that line "
        f"which {good} has, {line.commits[0]}: {count} from there to {bad}"
    )


@contextmanager
def clone(repository: Path, commit: Commit) -> Iterator[Path]:
    """A checkout of the commit, with the tags, that is there until the block ends; ``repository`` stays as it is."""
    with TemporaryDirectory(prefix="dirac-cert-bisect-") as above:
        folder = Path(above).resolve() / named(repository).name
        git.must(repository, "clone", "-q", "--shared", "--no-checkout", str(repository), str(folder))
        git.must(folder, "checkout", "-q", "--detach", commit.id)
        yield folder


def named(repository: Path) -> Path:
    """The folder that people mean when they speak of the repository."""
    return repository.parent if repository.name == ".git" else repository


def _repository(path: Path) -> Path:
    """The folder that holds the history, of which work trees are views."""
    if not path.is_dir():
        raise BadInput(f"{path}: no such folder", "give the path of a git repository")
    found = git.run(path, "rev-parse", "--git-common-dir")
    if found.returncode != 0:
        git.refuse_untrusted(path, found.stderr)
        raise BadInput(f"{path} is no git repository", "give the path of one")
    return (path / found.stdout.rstrip("\n")).resolve()


def _resolved(repository: Path, revision: str) -> str:
    found = git.run(repository, "rev-parse", "--verify", "-q", f"{revision}^{{commit}}")
    if found.returncode != 0:
        tags = git.run(repository, "tag", "--list").stdout.split()
        near = hint(revision, tags) if hint(revision, tags).startswith("; did you mean") else ""
        raise BadInput(
            f"there is no revision {revision} in {repository}{near}", "fetch it, or name another tag or commit"
        )
    return found.stdout.strip()


def _commits(repository: Path, *which: str) -> Iterator[Commit]:
    told = git.must(repository, "log", "-z", "--no-show-signature", "--no-patch", f"--format={FORMAT}", *which, "--")
    for record in filter(None, told.split("\0")):
        id_, parents, subject, text = record.split("\n", 3)
        yield Commit(id_, wording.plain(subject), wording.plain(text), tuple(parents.split()))
