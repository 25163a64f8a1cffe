"""Certifies one commit of a repository from a clone of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from diraccert.certification.answer import INTERRUPTED
from diraccert.certification.request import Request, Watcher
from diraccert.certification.run import certify
from diraccert.model.errors import BadInput
from diraccert.proving import attempt, history
from diraccert.proving.attempt import Attempt
from diraccert.proving.history import Commit


@dataclass(frozen=True)
class CommitRun:
    """Certifies commits of ``repository`` as ``request`` says, whose source each of them is in turn."""

    repository: Path
    request: Request
    watcher: Watcher

    def __call__(self, commit: Commit) -> Attempt:
        """See `culprit_search.Certifier`. A run that a person interrupts is none: KeyboardInterrupt."""
        with history.clone(self.repository, commit) as folder:
            try:
                run, reports = certify(replace(self.request, sources=(folder,)), self.watcher)
            except BadInput as error:
                # The clone is gone when this is read.
                name = f"{folder.name}@{commit.id[:10]}"
                whence = history.named(self.repository)
                raise BadInput(
                    error.message.replace(str(folder), name), error.way_out.replace(str(folder), str(whence))
                ) from error
        if run.reason == INTERRUPTED:
            raise KeyboardInterrupt
        return attempt.of_run(commit.id, run, reports)
