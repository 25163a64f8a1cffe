"""Reads a release: its systems, their services and agents from the configuration templates, their schemas."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from diraccfg import CFG


@dataclass(frozen=True)
class Service:
    """A service of the release: the handler's name, and the template's section with its options."""

    system: str
    name: str
    https: bool
    template: CFG

    @property
    def plain(self) -> str:
        """The name that clients use: without the Tornado prefix."""
        return self.name.removeprefix("Tornado")


@dataclass(frozen=True)
class System:
    """One system of the release, with the other sections of its template (agents, executors, wrapper)."""

    name: str
    services: tuple[Service, ...]
    agents: CFG
    executors: CFG
    others: dict[str, CFG] = field(default_factory=dict)


def extensions() -> list[str]:
    """The extensions that are installed, the one that overrides the others first: as their entry points say."""
    entries = [entry for entry in importlib.metadata.entry_points(group="dirac") if entry.name == "metadata"]
    found = {entry.module.split(".")[0]: entry for entry in entries}
    found.pop("DIRAC", None)
    return sorted(found, key=lambda name: (-found[name].load()()["priority"], name))


def packages() -> list[Path]:
    """The folders of DIRAC and its extensions, in the order in which DIRAC looks into them."""
    found = []
    for root in (*extensions(), "DIRAC"):
        spec = importlib.util.find_spec(root)
        if spec and spec.submodule_search_locations:
            found.append(Path(next(iter(spec.submodule_search_locations))))
    return found


def version() -> str:
    """The version of DIRAC itself."""
    return importlib.metadata.version("DIRAC")


def has_setup_level() -> bool:
    """Whether this release keeps its configuration below a setup and an instance: whether it looks for the latter."""
    finder = packages()[-1] / "ConfigurationSystem/Client/PathFinder.py"
    return "def getSystemInstance(" in finder.read_text(encoding="utf-8")


def https_configuration_server() -> bool:
    """Whether the release's own template has the master Configuration Server speak HTTPS."""
    server = _sections(_sections(_template("Configuration"), "Services"), "Server")
    return server.getOption("HandlerPath", "").rpartition("/")[2].startswith("Tornado")


def schemas() -> dict[str, Path]:
    """The .sql file of each database; an extension's file replaces that of the same name."""
    found: dict[str, Path] = {}
    for root in reversed(packages()):
        for path in sorted(root.glob("*System/DB/*.sql")):
            found[path.stem] = path
    return found


def databases() -> dict[str, str]:
    """The system of each database: of those with a .sql file, and of those whose class makes its tables itself.

    The latter have no .sql file, which is all that DIRAC's installer looks for: administrators make them, empty.
    """
    found = {name: path.parent.parent.name.removesuffix("System") for name, path in schemas().items()}
    for root in packages():
        for path in sorted(root.glob("*System/DB/*DB.py")):
            text = path.read_text(encoding="utf-8", errors="replace")
            if re.search(r"^from DIRAC\.Core\.Base\.DB import\b.*\bDB\b", text, re.MULTILINE):
                found.setdefault(path.stem, path.parent.parent.name.removesuffix("System"))
    return found


def tables(schema: Path) -> list[str]:
    """The names of the tables that a schema file creates."""
    text = schema.read_text(encoding="utf-8", errors="replace")
    return re.findall(
        r"^\s*CREATE TABLE (?:IF NOT EXISTS )?`?(?:\w+`?\.`?)?(\w+)`?", text, re.IGNORECASE | re.MULTILINE
    )


def _handler_exists(system: str, name: str) -> bool:
    return any((root / f"{system}System/Service/{name}Handler.py").exists() for root in packages())


def _agent_exists(system: str, name: str) -> bool:
    return any((root / f"{system}System/Agent/{name}.py").exists() for root in packages())


def _sections(cfg: CFG, name: str) -> CFG:
    return cfg[name] if name in cfg.listSections() else CFG()


def _template(system: str) -> CFG:
    merged = CFG()
    for root in reversed(packages()):
        path = root / f"{system}System/ConfigTemplate.cfg"
        if path.exists():
            merged = merged.mergeWith(CFG().loadFromFile(str(path)))
    return merged


def systems(https: bool, dips: Collection[str] = ()) -> list[System]:
    """All systems, each service in its HTTPS form where the release has one and ``https`` asks for it; ``dips``
    are the services (System/Service) that keep their own protocol.

    A service that the template lists but that has no handler is left out: one such service makes the whole
    process exit, and a release that forgets to clean its template is not wrong to run.
    """
    names = sorted(
        {
            path.parent.name.removesuffix("System")
            for root in packages()
            for path in root.glob("*System/ConfigTemplate.cfg")
        }
    )
    found = []
    for name in names:
        template = _template(name)
        listed = _sections(template, "Services")
        services = []
        for service in listed.listSections():
            # the TokenManager of 8.0 speaks HTTPS without saying so in its name
            tornado = listed[service].getOption("Protocol", "").lower() == "https" or service.startswith("Tornado")
            if service != "Server" and not _handler_exists(name, service):
                continue
            wanted = https and f"{name}/{service.removeprefix('Tornado')}" not in dips
            if wanted and not tornado and f"Tornado{service}" in listed.listSections() and service != "Server":
                continue
            if not wanted and tornado:
                continue
            services.append(Service(name, service, tornado, listed[service]))
        agents = _sections(template, "Agents")
        for agent in list(agents.listSections()):
            module = agents[agent].getOption("Module", agent)
            if not _agent_exists(name, module):
                agents.deleteKey(agent)
        others = {
            key: template[key]
            for key in template.listSections()
            if key not in ("Services", "Agents", "Executors", "APIs")
        }
        found.append(System(name, tuple(services), agents, _sections(template, "Executors"), others))
    return found
