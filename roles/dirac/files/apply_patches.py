"""Apply patch folders to an environment: ``python apply_patches.py SITE_PACKAGES PATCH_DIR...``.

Run it with the environment's own Python (it needs PyYAML and packaging, which every DIRAC[server] has).
A patch folder holds patch.yml and its files:

    name: tornado-hooks      the folder's name
    kind: diff | module      diff: unified diffs (*.diff) below SITE_PACKAGES; module: *.py and *.pth copied into it
    target: tornado          the distribution that it is for
    applies: "==5.1.1"       PEP 440 specifier of the target's versions
    reason: ...              why it is needed

Prints ``changed NAME: FILE`` for each file written and ``ok NAME`` for a patch that is in place already. A target of
another version, or a text that is neither the one before nor the one after the patch, is refused: everything is
checked before anything is written; exit code 1, one line for each refusal on stderr.
"""

from __future__ import annotations

import importlib.metadata
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import yaml
from packaging.specifiers import SpecifierSet

HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")
KINDS = ("diff", "module")


class Refused(Exception):
    """The patch does not fit its target."""


class Hunk:
    """One hunk of a unified diff: the lines before and after it, and where they start (from 0)."""

    def __init__(self, header: str) -> None:
        found = HUNK.match(header)
        if not found:
            raise Refused(f"not a hunk of a unified diff: {header}")
        self.before_at, self.after_at = (int(number) - 1 for number in found.groups())
        self.before: list[str] = []
        self.after: list[str] = []

    def add(self, line: str) -> None:
        """Take one line of the hunk's body."""
        tag, text = line[:1] or " ", line[1:]
        if tag in " -":
            self.before.append(text)
        if tag in " +":
            self.after.append(text)


def hunks_by_file(diff: str) -> dict[str, list[Hunk]]:
    """Hunks of a unified diff by the path below SITE_PACKAGES (its ``b/`` is cut off)."""
    files: dict[str, list[Hunk]] = {}
    current: list[Hunk] = []
    for line in diff.splitlines():
        if line.startswith("+++ "):
            current = files.setdefault(line[4:].strip().removeprefix("b/"), [])
        elif line.startswith("@@"):
            current.append(Hunk(line))
        elif current and not line.startswith("--- "):
            current[-1].add(line)
    return files


def patched(text: str, hunks: Sequence[Hunk]) -> str | None:
    """The text after ``hunks``, or None when they are in it already. Every line must match: there is no fuzz."""
    lines = text.split("\n")
    if all(lines[h.after_at : h.after_at + len(h.after)] == h.after for h in hunks):
        return None
    for hunk in reversed(hunks):
        end = hunk.before_at + len(hunk.before)
        if lines[hunk.before_at : end] != hunk.before:
            raise Refused(f"line {hunk.before_at + 1} is not what the patch expects")
        lines[hunk.before_at : end] = hunk.after
    return "\n".join(lines)


def version_of(target: str, site: Path) -> str:
    """The version of the distribution ``target`` that is installed in ``site``."""
    for found in importlib.metadata.distributions(name=target, path=[str(site)]):
        return found.version
    raise Refused(f"{target} is not installed in {site}")


def read(path: Path) -> str:
    """The text as it is, with its own ends of lines."""
    return path.read_bytes().decode("utf-8")


def changes(folder: Path, site: Path, planned: Mapping[Path, str]) -> Iterator[tuple[Path, str]]:
    """What the patch in ``folder`` changes: files of ``site`` and their new texts. Raises `Refused`.

    ``planned`` are the texts that the patches before it make.
    """
    about = yaml.safe_load((folder / "patch.yml").read_text(encoding="utf-8"))
    version = version_of(about["target"], site)
    if not SpecifierSet(about["applies"]).contains(version, prereleases=True):
        raise Refused(f"is for {about['target']}{about['applies']}, installed is {version}")
    if about["kind"] == "diff":
        for diff in sorted(folder.glob("*.diff")):
            for name, hunks in hunks_by_file(diff.read_text(encoding="utf-8")).items():
                path = site / name
                if not path.is_file():
                    raise Refused(f"{name} does not exist in {site}")
                try:
                    text = patched(planned.get(path) or read(path), hunks)
                except Refused as problem:
                    raise Refused(f"{name}: {problem}") from None
                if text is not None:
                    yield path, text
    elif about["kind"] == "module":
        for source in sorted([*folder.glob("*.py"), *folder.glob("*.pth")]):
            text, path = read(source), site / source.name
            if not path.is_file() or read(path) != text:
                yield path, text
    else:
        raise Refused(f"kind {about['kind']!r} is none of {', '.join(KINDS)}")


def write(path: Path, text: str) -> None:
    """Replace the file: never write into it, as an installer may have hard-linked it to a cache of its own."""
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_bytes(text.encode("utf-8"))
    temporary.chmod(0o644)
    os.replace(temporary, path)


def main(arguments: Sequence[str]) -> int:
    """Apply the patches; 0 when all are in place, 1 when one is refused, 2 for a wrong call."""
    if len(arguments) < 2:
        print("usage: apply_patches.py SITE_PACKAGES PATCH_DIR...", file=sys.stderr)
        return 2
    site = Path(arguments[0])
    texts: dict[Path, str] = {}
    reports: list[tuple[str, list[Path]]] = []
    refusals = 0
    for folder in map(Path, arguments[1:]):
        try:
            changed = dict(changes(folder, site, texts))
            texts |= changed
            reports.append((folder.name, list(changed)))
        except (Refused, OSError, KeyError, yaml.YAMLError) as problem:
            refusals += 1
            print(f"refused {folder.name}: {problem}", file=sys.stderr)
    if refusals:
        return 1
    for path, text in texts.items():
        write(path, text)
    for name, files in reports:
        for path in files:
            print(f"changed {name}: {path.relative_to(site)}")
        if not files:
            print(f"ok {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
