"""A git checkout as it stands: its commit, what was changed since, and a copy that can be built in without a trace."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from diraccert.distributions import git
from diraccert.model.errors import BadInput

#: Programs that take a package's version from the tags of its repository, and where a package says that one does.
VERSION_OF_TAGS = re.compile(r"setuptools[-_]scm|hatch-vcs|versioneer|versioningit|poetry-dynamic-versioning|\bpbr\b")
TOLD_IN = ("pyproject.toml", "setup.cfg", "setup.py")


@dataclass(frozen=True)
class Checkout:
    """A work tree of git. ``commit`` has 40 hexadecimal digits, ``committed`` is its day (UTC); ``changed`` are the
    paths in it that differ from the commit or are new, those that git ignores left out; ``described`` is the nearest
    tag and how far it is, "" when there is none; ``digest`` is that of all of it and of what the changed files hold.

    ``within`` is the folder below ``top`` that holds the package, "" for ``top`` itself: a repository may have several,
    and then only what changed in this one counts."""

    top: Path
    commit: str
    committed: date
    changed: tuple[str, ...]
    described: str
    digest: str
    within: str = ""

    @property
    def package(self) -> Path:
        """The folder that is built."""
        return self.top / self.within


def look(path: Path) -> Checkout:
    """What the checkout at ``path`` holds at this moment. Raises `BadInput` when it is none."""
    if not path.is_dir():
        what = "is a file, and no wheel (*.whl)" if path.exists() else "no such folder"
        raise BadInput(f"{path}: {what}", "give the path of a git checkout, or of a wheel (*.whl)")
    found = git.run(path, "rev-parse", "--show-toplevel")
    if found.returncode != 0:
        git.refuse_untrusted(path, found.stderr)
        raise BadInput(f"{path} is no git checkout", "give the path of one, or of a wheel (*.whl)")
    top = Path(found.stdout.removesuffix("\n"))
    if not _is_text(str(top)):
        raise BadInput(f"the path {path} is no UTF-8, and nothing builds there", "rename the folder, or give a wheel")
    head = git.run(top, "rev-parse", "--verify", "-q", "HEAD^{commit}")
    if head.returncode != 0:
        raise BadInput(f"{path} has no commit", "commit something first")
    within = _within(path, top)
    commit, changed = head.stdout.strip(), tuple(sorted(_changed(top, within)))
    described = git.run(top, "describe", "--tags", "--long", commit).stdout.strip()
    committed = day_of(top, commit)
    state = " ".join(filter(None, (commit, described, within)))
    return Checkout(top, commit, committed, changed, described, _digest(top, state, changed), within)


def day_of(repository: Path, commit: str) -> date:
    """The day (UTC) on which the commit came to be where it is: not that on which its author wrote it."""
    seconds = git.must(repository, "show", "-s", "--format=%ct", commit).strip()
    return datetime.fromtimestamp(int(seconds), UTC).date()


def _within(path: Path, top: Path) -> str:
    """The folder that is named, when it is below ``top`` and a package itself; else it stands for the whole."""
    if not any((path / name).is_file() for name in TOLD_IN):
        return ""
    below = os.path.relpath(path.resolve(), top.resolve())
    return "" if below == "." else below


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:  # bytes that are no UTF-8 are surrogates in Python's paths
        return False
    return True


def check_tags(checkout: Checkout) -> None:
    """Raise `BadInput` when the version is that of the tags, and no tag can be seen from the commit."""
    told = [checkout.package / name for name in TOLD_IN]
    texts = [each.read_text(errors="replace") for each in told if each.is_file()]
    if not texts:
        raise BadInput(f"{checkout.package} is no Python package: it has no {' or '.join(TOLD_IN)}", "give one that is")
    if not any(map(VERSION_OF_TAGS.search, texts)):
        return
    if not checkout.described:
        shallow = git.run(checkout.top, "rev-parse", "--is-shallow-repository").stdout.strip() == "true"
        more = " --unshallow" if shallow else ""
        raise BadInput(
            f"{checkout.top} has no version tags, of which its version is made",
            f"fetch them: `git -C {checkout.top} fetch --tags{more} URL`, where URL is the project's own repository",
        )


def copy(checkout: Checkout, folder: Path) -> None:
    """Make ``folder`` a repository of its own with the same commit, tags and changes.

    A build leaves its traces there and not in the checkout, and takes nothing that an earlier one left in that. The
    objects are not copied: the copy lives as long as the build.
    """
    git.must(checkout.top, "clone", "-q", "--shared", "--no-checkout", str(checkout.top), str(folder))
    git.must(folder, "checkout", "-q", "--detach", checkout.commit)
    for name in checkout.changed:
        there, here = checkout.top / name, folder / name
        if there.is_symlink() or there.is_file():
            here.parent.mkdir(parents=True, exist_ok=True)
            here.unlink(missing_ok=True)
            shutil.copy2(there, here, follow_symlinks=False)
        elif not here.is_dir():  # a submodule's folder stays as the commit has it
            here.unlink(missing_ok=True)


def commit_all(folder: Path, checkout: Checkout) -> None:
    """Commit the changes of a copy, so that the commit is all of it; it is named after what it was made of."""
    if not checkout.changed:
        return
    git.must(folder, "add", "-A", ".")
    who = ("-c", "user.name=dirac-cert", "-c", "user.email=cert@cert.invalid", "-c", "commit.gpgsign=false")
    git.must(folder, *who, "commit", "-q", "--no-verify", "-m", f"{checkout.commit} with uncommitted changes")


def bundle(folder: Path, file: Path) -> None:
    """Write the history up to the commit of a copy into one ``file``, under the branch ``master``."""
    git.must(folder, "checkout", "-q", "-B", "master")
    git.must(folder, "bundle", "create", "-q", str(file), "master")


def _changed(top: Path, within: str) -> set[str]:
    """Paths that differ from the commit: staged or not, new or gone; both names of what was moved."""
    where = ["--", f":(top,literal){within}"] if within else []
    told = git.must(top, "status", "--porcelain=v1", "-z", "--untracked-files=all", "--no-renames", *where)
    return {entry[3:] for entry in told.split("\0") if entry and not entry.endswith("/")}


def _digest(top: Path, commit: str, changed: tuple[str, ...]) -> str:
    made = hashlib.sha256(commit.encode())
    for name in changed:
        path = top / name
        made.update(f"\n{len(name)}:{name} ".encode(errors="surrogateescape"))
        if path.is_symlink():
            made.update(b"link " + os.fsencode(path.readlink()))
        elif path.is_file():
            made.update(b"file %d " % bool(path.stat().st_mode & 0o100))
            made.update(hashlib.sha256(path.read_bytes()).digest())
    return made.hexdigest()
