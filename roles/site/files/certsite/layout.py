"""Decides what runs: which services in which process, at which address, and what is left out and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from . import release

HTTPS_PORT = 8443
CS_PORT = 9135


@dataclass(frozen=True)
class Component:
    """A service that runs: its system, its own name, the protocol, the port and the URL that clients use."""

    system: str
    name: str
    plain: str
    protocol: str
    port: int
    url: str
    module: str = ""


class Layout:
    """What of a release runs on the server host, given the site's description."""

    def __init__(self, site: dict[str, Any]) -> None:
        self.site = site
        self.systems = release.systems(https=bool(site.get("https", True)), dips=site.get("services_by_dips", ()))
        self.left_out: dict[str, str] = {}
        self.services: list[Component] = []
        self.setup = site["setup"] if release.has_setup_level() else ""
        self.instance = "/" + site["instance"] if self.setup else ""
        self.cs_https = bool(site.get("https", True)) and release.https_configuration_server()
        self._place()

    @property
    def cs_url(self) -> str:
        """The address of the master Configuration Server."""
        scheme = "https" if self.cs_https else "dips"
        return f"{scheme}://{self.site['hosts']['server']}:{CS_PORT}/Configuration/Server"

    def base(self, system: str) -> str:
        """The path of a system in the configuration: with the instance level where the release has one."""
        return f"Systems/{system}{self.instance}"

    def find(self, system: str, plain: str) -> Component | None:
        """The running service that clients know by this name, if it runs."""
        return next((c for c in self.services if (c.system, c.plain) == (system, plain)), None)

    def agents(self) -> list[str]:
        """All agents of the release that have a place on the server, as System/Agent."""
        listed = [f"{s.name}/{agent}" for s in self.systems for agent in s.agents.listSections()]
        for agent in listed:
            if agent in self.site["agents_left_out"]:
                self.left_out[agent] = self.site["agents_left_out"][agent]
        return [agent for agent in listed if agent not in self.left_out]

    def _place(self) -> None:
        host = self.site["hosts"]["server"]
        for system in self.systems:
            for service in system.services:
                path = f"{system.name}/{service.plain}"
                if path in self.site["services_left_out"]:
                    self.left_out[path] = self.site["services_left_out"][path]
                    continue
                if path == "Configuration/Server":
                    continue
                port = HTTPS_PORT if service.https else int(service.template.getOption("Port", "0"))
                scheme = "https" if service.https else "dips"
                url = f"{scheme}://{host}:{port}/{system.name}/{service.name}"
                self.services.append(Component(system.name, service.name, service.plain, scheme, port, url))
        for name, port in ((each["service"], each["port"]) for each in self.site["storage_services"].values()):
            self.services = [c for c in self.services if (c.system, c.name) != ("DataManagement", name)]
            url = f"dips://{host}:{port}/DataManagement/{name}"
            module = "" if name == "StorageElement" else "StorageElement"
            self.services.append(Component("DataManagement", name, name, "dips", int(port), url, module))
