"""Runs a file of upstream's tests in a host of an instance, where upstream runs it and as whom."""

from __future__ import annotations

import re

from diraccert.certification.upstream import outcome
from diraccert.certification.upstream.outcome import Done
from diraccert.certification.upstream.scripts import NEW_CATALOGUE, RESTART, Pass
from diraccert.instances.instance import Instance
from diraccert.model.errors import InfrastructureError

#: The layout that tests look for: they search ``..`` and ``../..`` of where they run for DIRAC/tests/Integration.
BASE = "/opt/dirac-cert/upstream"
CHECKOUT, PACKAGES, PROXIES, PROGRAMS = f"{BASE}/run/DIRAC", f"{BASE}/packages", f"{BASE}/proxies", f"{BASE}/programs"
#: As whom tests run on each host, and the account's home. Upstream has one account, who owns the services, too; on the
#: client it is a user of this site, who is upstream's administrator while its tests run.
ACCOUNTS = {"server": ("dirac", "/opt/dirac/user"), "client": ("grace", "/home/grace")}
DEFAULT_GROUP = "default"

_RUN = """
source /opt/dirac/bashrc
unset PYTHONOPTIMIZE
mkdir -p "$0" && cd "$0" || exit 97
exec "$@"
"""
_SCHEMA = (
    "import os, DIRAC; print(open(os.path.join(os.path.dirname(DIRAC.__file__),"
    " 'DataManagementSystem/DB/FileCatalogWithFkAndPsDB.sql')).read())"
)
_RESTART = '[ ! -e "$0" ] || [ -e "$0/down" ] || sv -w 30 force-restart "$0"'
#: Schemas read other files of theirs, which the mysql host has not: databases of this flavour need none of them.
_SOURCE = re.compile(r"^\s*source\b.*$", re.IGNORECASE | re.MULTILINE)
#: More than any limit of a module: it is the alarm of the process that runs it which ends it.
PATIENCE = 10.0


def proxy(group: str) -> str:
    """Where the proxy of a group lies; "" is the default group."""
    return f"{PROXIES}/{group or DEFAULT_GROUP}.pem"


def run(instance: Instance, ran: Pass, name: str, limit: float) -> Done:
    """Run a pass in a folder called ``name`` of its own, and answer what it did."""
    host = instance.host(ran.host)
    account, home = ACCOUNTS[ran.host]
    folder, file = f"{BASE}/run/{name}", f"{CHECKOUT}/tests/Integration/{ran.path}"
    told = f"{folder}/told.jsonl"
    if ran.program == "bash":
        command = ["bash", file, *ran.arguments]
    else:
        checks = ["--no-check-dirac-environment"] if ran.program == "pytest" else []
        command = ["python", f"{PROGRAMS}/inside.py", told, PACKAGES, ran.program, *checks, file, *ran.arguments]
    done = host.run(
        ["bash", "-c", f"{_RUN} 2>&1", folder, *command],
        user=account,
        env={"HOME": home, "USER": account, "X509_USER_PROXY": proxy(ran.group)},
        limit=limit * PATIENCE,
    )
    lines = host.run(["sh", "-c", 'cat "$0" 2>/dev/null', told]).out
    return outcome.of(ran, done.rc, done.out, lines)


def before(instance: Instance, what: str) -> None:
    """Do what upstream's script does before a pass. Raises InfrastructureError."""
    if what == NEW_CATALOGUE:
        new_catalogue(instance)
        return
    word, system, component = what.split()
    if word != RESTART:
        raise InfrastructureError(f"upstream's tests ask for {what!r}, and nobody knows how", "see running.py")
    instance.host("server").must(["sh", "-c", _RESTART, f"/opt/dirac/startup/{system}_{component}"])
    instance.wait_ready()


def new_catalogue(instance: Instance) -> None:
    """An empty catalogue of the flavour that upstream tests (tests/Jenkins/utilities.sh, diracDFCDB)."""
    schema = instance.host("server").must(["/opt/dirac/venv/bin/python", "-c", _SCHEMA])
    script = f"DROP DATABASE IF EXISTS FileCatalogDB;\n{_SOURCE.sub('', schema)}"
    made = instance.host("mysql").run(["mysql"], stdin=script)
    if made.rc != 0:
        raise InfrastructureError(f"the catalogue's database could not be made: {made.err.strip()[-300:]}")
