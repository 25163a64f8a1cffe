"""One play of roles/site.yml by ansible-runner: events become notes, the log is kept, a failure names its task."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ansible_runner

from diraccert.model.errors import InfrastructureError
from diraccert.model.progress import Progress

FORKS = 8
ATTEMPTS = 3
#: What Ansible says when the daemon lost the output of a command, as it does on a machine that is very busy. Roles may
#: be played again from the beginning, but for the one that makes images of hosts.
LOST_OUTPUT = ("failed to resolve remote temporary directory", "while determining user and group ID of current user")
LAST_ROLE = "task 'settle:"
_FAILED = ("runner_on_failed", "runner_on_unreachable")
_MESSAGE_LINES = 4


@dataclass
class _Watch:
    """What the events of a play said so far."""

    progress: Progress
    failure: str = ""

    def event(self, event: dict[str, Any]) -> bool:
        """Called by the runner for each event; False: it need not keep the event in a file."""
        data = event.get("event_data", {})
        if event.get("event") == "playbook_on_task_start":
            self.progress.note(f"{data.get('role', '')}: {data.get('task', '')}".removeprefix(": "))
        elif event.get("event") in _FAILED and not data.get("ignore_errors") and not self.failure:
            self.failure = _failure(data)
        return False


def run(playbook: Path, inventory: Mapping[str, Any], extra: Mapping[str, Any], log: Path, progress: Progress) -> None:
    """Play ``playbook``; what Ansible said is kept in ``log``. InfrastructureError names the task which failed.

    Ctrl-C ends the play before it goes on as KeyboardInterrupt: the play runs in a thread, so that the signal
    reaches the caller and not the runner's loop.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            _once(playbook, inventory, extra, log, progress)
        except InfrastructureError as error:
            lost = any(words in error.message for words in LOST_OUTPUT) and LAST_ROLE not in error.message
            if attempt == ATTEMPTS or not lost:
                raise
            progress.note("played again, as the daemon lost an answer")
        else:
            return


def _once(
    playbook: Path, inventory: Mapping[str, Any], extra: Mapping[str, Any], log: Path, progress: Progress
) -> None:
    cancelled = threading.Event()
    watch = _Watch(progress)
    with tempfile.TemporaryDirectory(prefix="dirac-cert-play-") as folder:
        (Path(folder) / "ansible.cfg").write_text("[defaults]\n", encoding="utf-8")
        (Path(folder) / "hosts.json").write_text(json.dumps(inventory), encoding="utf-8")
        with ThreadPoolExecutor(1) as pool:
            playing = pool.submit(_play, Path(folder), playbook, dict(extra), watch, cancelled)
            try:
                runner = playing.result()
            finally:
                cancelled.set()
                playing.exception()
                _keep_log(Path(folder), log)
    if runner.status != "successful":
        raise _error(watch.failure or _last_lines(log), log)


def _play(
    folder: Path, playbook: Path, extra: dict[str, Any], watch: _Watch, cancelled: threading.Event
) -> ansible_runner.Runner:
    return ansible_runner.run(
        private_data_dir=str(folder),
        playbook=str(playbook),
        inventory=str(folder / "hosts.json"),
        extravars=extra,
        envvars=_environment(folder, playbook.parent),
        # The default looks for a cancel every 5 s.
        settings={"pexpect_timeout": 1, "pexpect_use_poll": True},
        event_handler=watch.event,
        cancel_callback=cancelled.is_set,
        suppress_env_files=True,
        quiet=True,
        forks=FORKS,
    )


def _environment(folder: Path, roles: Path) -> dict[str, str]:
    """Ansible's settings, and none of the user's own; the programs beside this interpreter come first."""
    return {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "ANSIBLE_CONFIG": str(folder / "ansible.cfg"),
        "ANSIBLE_HOME": str(folder / "ansible"),
        "ANSIBLE_ROLES_PATH": str(roles),
        "ANSIBLE_PIPELINING": "True",
        "ANSIBLE_GATHERING": "explicit",
        "ANSIBLE_RETRY_FILES_ENABLED": "False",
        "ANSIBLE_NOCOLOR": "True",
        # A host that failed leaves the others waiting for it.
        "ANSIBLE_ANY_ERRORS_FATAL": "True",
        "LC_ALL": "C.UTF-8",
    }


def _failure(data: Mapping[str, Any]) -> str:
    """Host, task and message of a failed task, the message shortened to its last lines."""
    result = data.get("res") or {}
    result = next((item for item in result.get("results", ()) if item.get("failed") or item.get("unreachable")), result)
    message = str(result.get("msg") or "").strip()
    if message in ("", "non-zero return code"):
        message = str(result.get("stderr") or result.get("stdout") or message or "no message").strip()
    shown = " / ".join(line.strip() for line in message.splitlines()[-_MESSAGE_LINES:])
    role = f"{data['role']}: " if data.get("role") else ""
    return f"task '{role}{data.get('task', '')}' failed on {data.get('host', '')}: {shown}"


def _error(what: str, log: Path) -> InfrastructureError:
    """What a person hears of a play that failed: a full disk fails any task, in words of its own."""
    whole = log.read_text(encoding="utf-8", errors="replace") if log.is_file() else ""
    if "no space left" in f"{what} {whole}".lower():
        return InfrastructureError(
            f"the disk is full on which hosts are made: {what}",
            f"free some, e.g. with `dirac-cert images prune`; the whole log is {log}",
        )
    return InfrastructureError(f"Ansible could not make the hosts: {what}", f"the whole log is {log}")


def _keep_log(folder: Path, log: Path) -> None:
    for output in folder.glob("artifacts/*/stdout"):
        shutil.copyfile(output, log)


def _last_lines(log: Path) -> str:
    if not log.is_file():
        return "the playbook did not start"
    lines = [line.strip() for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    return " / ".join(lines[-_MESSAGE_LINES:])
