"""The runit folders of all components, of the same form as those that DIRAC's own installer makes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .layout import Layout

RUN = """#!/bin/bash
rcfile={root}/bashrc
[[ -e $rcfile ]] && source $rcfile
exec 2>&1
{before}PATH={launchers}:$PATH
exec {command} < /dev/null
"""
# Where programs of the same names start a component as a fork of a process that has DIRAC imported. Nothing is there
# when the role warm_start leaves it out, and then these lines are as DIRAC's own installer makes them.
LAUNCHERS = "/opt/dirac-cert/warm_start/bin"
TORNADO = "export DIRAC_USE_TORNADO_IOLOOP=Yes\n"
LOG = """#!/bin/bash
exec svlogd .
"""
STOP_AGENT = """#!/bin/bash
touch {root}/control/{path}/stop_agent
"""
# What must answer before a process of this kind is of use: it gives up or logs errors when it starts earlier.
WAITS = {
    "master": "/usr/local/sbin/wait-for-ports {mysql}:3306{beside}\n{indices}",
    "service": "/usr/local/sbin/wait-for-ports {server}:9135 {mysql}:3306{beside}\n",
    "executor": "/usr/local/sbin/wait-for-ports {server}:9135 {mysql}:3306 {server}:9175{beside}\n",
}


def install(layout: Layout) -> dict[str, Any]:
    """Writes a folder for each component; agents get a ``down`` file. Answers what runs, for system.json."""
    site = layout.site
    root = Path(site["root"])
    cs = "tornado-start-CS" if layout.cs_https else "dirac-service Configuration/Server"
    cfg = root / "etc/Configuration_Server.cfg"
    _folder(site, "Configuration", "Server", "master", f"{cs} --cfg {cfg}", TORNADO if layout.cs_https else "")
    https = [c for c in layout.services if c.protocol == "https"]
    if https:
        _folder(site, "Tornado", "Tornado", "service", "tornado-start-all", TORNADO)
    for component in layout.services:
        if component.protocol != "https":
            path = f"{component.system}/{component.name}"
            _folder(site, component.system, component.name, "service", f"dirac-service {path} --cfg {_cfg(root, path)}")
    agents = layout.agents()
    for agent in agents:
        system, name = agent.split("/")
        folder = _folder(site, system, name, "service", f"dirac-agent {agent} --cfg {_cfg(root, agent)}")
        (folder / "down").touch()
        (folder / "control").mkdir(exist_ok=True)
        _script(folder / "control/t", STOP_AGENT.format(root=root, path=agent))
        (root / "control" / agent).mkdir(parents=True, exist_ok=True)
    executors = ["WorkloadManagement/Optimizers"]
    for executor in executors:
        system, name = executor.split("/")
        _folder(site, system, name, "executor", f"dirac-executor {executor} --cfg {_cfg(root, executor)}")
    return {
        "services": [
            {"system": c.system, "component": c.name, "protocol": c.protocol, "url": c.url, "port": c.port}
            for c in layout.services
        ],
        "agents": agents,
        "executors": executors,
        "left_out": layout.left_out,
    }


def _cfg(root: Path, path: str) -> Path:
    """The component's own configuration file, empty as DIRAC's installer leaves it."""
    cfg = root / "etc" / f"{path.replace('/', '_')}.cfg"
    cfg.touch()
    return cfg


def _folder(site: dict[str, Any], system: str, name: str, waits: str, command: str, before: str = "") -> Path:
    root, hosts, opensearch = Path(site["root"]), site["hosts"], site["opensearch"]
    folder = root / "runit" / system / name
    (folder / "log").mkdir(parents=True, exist_ok=True)
    beside = f" {opensearch['Host']}:{opensearch['Port']}" if opensearch else ""
    indices = f"python /opt/dirac-cert/certsite/indices.py {root}/etc/{site['cs_name']}.cfg\n" if opensearch else ""
    waiting = WAITS[waits].format(mysql=hosts["mysql"], server=hosts["server"], beside=beside, indices=indices)
    _script(folder / "run", RUN.format(root=root, before=waiting + before, launchers=LAUNCHERS, command=command))
    _script(folder / "log/run", LOG)
    config = folder / "log/config"
    config.write_text("s10000000\nn20\n")
    link = root / "startup" / f"{system}_{name}"
    if not link.is_symlink():
        link.symlink_to(folder)
    return folder


def _script(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)
