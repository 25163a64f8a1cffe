"""Applies mutants to a standing instance, and undoes them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from diraccert.instances.host import Host
from diraccert.instances.instance import Instance
from diraccert.model.errors import InfrastructureError
from diraccert.proving.mutants import Mutant

PYTHON = "/opt/dirac/venv/bin/python"
KEPT = ".before-mutants"

# The original is kept beside the module; its time tells Python that the compiled one is out of date, both ways.
EDIT = f"""
import json, os, shutil, sys, sysconfig
for module, old, new in json.load(sys.stdin):
    path = os.path.join(sysconfig.get_path("purelib"), "DIRAC", module)
    text = open(path).read()
    if text.count(old) != 1:
        sys.exit(f"{{module}}: {{old!r}} is there {{text.count(old)}} times")
    if not os.path.exists(path + "{KEPT}"):
        shutil.copy2(path, path + "{KEPT}")
    open(path, "w").write(text.replace(old, new))
"""
RESTORE = f"""
import os, sysconfig
for folder, _, names in os.walk(os.path.join(sysconfig.get_path("purelib"), "DIRAC")):
    for name in names:
        if name.endswith("{KEPT}"):
            os.replace(os.path.join(folder, name), os.path.join(folder, name[: -len("{KEPT}")]))
"""
# Components start as forks of a process that has the modules as they were (roles/warm_start), unless the folder of
# its launchers is not there.
COLD = "cd /opt/dirac-cert/warm_start 2>/dev/null && [ -d bin ] && mv bin bin.aside; true"
WARM = "cd /opt/dirac-cert/warm_start 2>/dev/null && [ -d bin.aside ] && mv bin.aside bin; true"
# A component that died of its mutant has nothing to stop.
RESTART = """
cd /opt/dirac/startup
for pattern in "$@"; do
    for one in $pattern; do [ -e "$one" ] && [ ! -e "$one/down" ] && echo "$one"; done
done | sort -u |
    xargs -r -n 1 -P 8 sh -c 'sv -w 20 force-restart "$PWD/$0" >/dev/null 2>&1; true'
"""


@contextmanager
def broken(instance: Instance, mutants: Sequence[Mutant]) -> Iterator[None]:
    """Apply ``mutants`` to the instance for what is inside, and undo them whatever happens there.

    Raises InfrastructureError when one cannot be applied (its place is not in this release) or undone.
    """
    with ExitStack() as undo:
        # Undone in the reverse order, each whatever became of the others: a restart is the last.
        undo.callback(_restart, instance, mutants)
        undo.callback(_must, instance.host("server"), ["sh", "-c", WARM], "the warm start could not be put back")
        for mutant in mutants:
            if mutant.repair:
                repair = ["sh", "-c", mutant.repair]
                undo.callback(_must, instance.host(mutant.host), repair, f"{mutant.name} could not be undone")
        for host in sorted({mutant.host for mutant in mutants}):
            undo.callback(_must, instance.host(host), [PYTHON, "-c", RESTORE], "the mutants could not be undone")
        _must(instance.host("server"), ["sh", "-c", COLD], "the warm start could not be put aside")
        for mutant in mutants:
            _apply(instance.host(mutant.host), mutant)
        _restart(instance, mutants)
        yield


def _apply(host: Host, mutant: Mutant) -> None:
    edits = json.dumps([(edit.module, edit.old, edit.new) for edit in mutant.edits])
    _must(host, [PYTHON, "-c", EDIT], f"{mutant.name} could not be applied", edits.encode())
    if mutant.harm:
        _must(host, ["sh", "-c", mutant.harm], f"{mutant.name} could not be applied")


def _restart(instance: Instance, mutants: Sequence[Mutant]) -> None:
    for host in {mutant.host for mutant in mutants}:
        patterns = sorted({each for mutant in mutants if mutant.host == host for each in mutant.restart})
        if patterns:
            _must(instance.host(host), ["sh", "-c", RESTART, "restart", *patterns], "components could not be restarted")


def _must(host: Host, argv: Sequence[str], what: str, stdin: bytes | None = None) -> None:
    done = host.run(list(argv), stdin=stdin, limit=90)
    if done.rc != 0:
        raise InfrastructureError(f"{what}: {(done.err or done.out).strip()[-300:]}", "the release may be another one")
