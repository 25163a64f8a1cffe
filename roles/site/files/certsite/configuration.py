"""The whole configuration of the site, as the master Configuration Server holds it, and the hosts' local files."""

from __future__ import annotations

from typing import Any

from . import registry, release, resources
from .layout import CS_PORT, HTTPS_PORT, Layout
from .tree import Tree

AUTHORIZATION_OF_CS = {
    "Default": "authenticated",
    "commitNewData": "CSAdministrator",
    "rollbackToVersion": "CSAdministrator",
    "getVersionContents": "ServiceAdministrator, CSAdministrator",
    "forceGlobalConfigurationUpdate": "CSAdministrator",
}


def central(layout: Layout) -> Tree:
    """The central configuration."""
    site, tree = layout.site, Tree()
    _systems(tree, layout)
    resources.describe(tree, layout)
    registry.describe(tree, site)
    defaults = "Operations/Defaults"
    tree.update(defaults, site["operations"])
    tree.update(f"{defaults}/Pilot", {**site["pilot"], "Version": release.version()})
    if layout.setup:
        # release line 8 reads the pilot's options below the setup only
        tree.update(f"Operations/{layout.setup}/Pilot", {**site["pilot"], "Version": release.version()})
    elif site["diracx"]:
        tree.update("DiracX", site["diracx"])
    else:
        tree["DiracX/DisabledVOs"] = list(site["vos"])
    tree.update(
        "DIRAC/Configuration",
        {
            "Name": site["cs_name"],
            "Version": "2020-01-01 00:00:00.000000",
            "MasterServer": layout.cs_url,
            "Servers": layout.cs_url,
            "RefreshTime": 600,
            "MergeConflicts": "True",
        },
    )
    _only_vo(tree, site)
    _extensions(tree)
    return tree


def _only_vo(tree: Tree, site: dict[str, Any]) -> None:
    """Names the organisation of an installation for one: with several, DIRAC would take it for every group's."""
    if len(site["vos"]) == 1:
        tree["DIRAC/VirtualOrganization"] = next(iter(site["vos"]))


def _extensions(tree: Tree) -> None:
    """Names the extensions; an installation without any has no such option."""
    if found := release.extensions():
        tree["DIRAC/Extensions"] = found


def _systems(tree: Tree, layout: Layout) -> None:
    site = layout.site
    for system in layout.systems:
        base = layout.base(system.name)
        if layout.setup:
            tree[f"DIRAC/Setups/{layout.setup}/{system.name}"] = site["instance"]
        running = {c.name for c in layout.services if c.system == system.name}
        # it runs apart from the rest, and is where whoever looks after all services expects it
        running |= {"Server"} if system.name == "Configuration" else set()
        for service in system.services:
            if service.name in running:
                tree.section(f"{base}/Services").createNewSection(service.name, contents=service.template.clone())
        tree.adopt(f"{base}/Agents", system.agents)
        for agent in system.agents.listSections():
            # the templates name the setup of DIRAC's own installation
            if layout.setup and system.agents[agent].existsKey("Setup"):
                tree[f"{base}/Agents/{agent}/Setup"] = layout.setup
        tree.adopt(f"{base}/Executors", system.executors)
        tree.adopt(base, _as_sections(system.others), list(system.others))
        for component in layout.services:
            if component.system == system.name:
                tree[f"{base}/URLs/{component.plain}"] = component.url
    _databases(tree, layout)
    if layout.setup:
        tree[f"DIRAC/Setups/{layout.setup}/Tornado"] = site["instance"]
    tree[f"Systems/Tornado{layout.instance}/Port"] = HTTPS_PORT
    for where in ("Server", "Configuration"):
        tree[f"{layout.base('Configuration')}/URLs/{where}"] = layout.cs_url
    _component_options(tree, layout)


def _databases(tree: Tree, layout: Layout) -> None:
    for name, system in release.databases().items():
        if name not in layout.site["databases_left_out"]:
            tree[f"{layout.base(system)}/Databases/{name}/DBName"] = name


def _component_options(tree: Tree, layout: Layout) -> None:
    """The site's own options: "System/Services/Name" is the service under whatever name it runs, HTTPS or not."""
    for path, options in layout.site["component_options"].items():
        system, _, section = path.partition("/")
        if section.startswith("Services/"):
            running = layout.find(system, section.removeprefix("Services/"))
            if running is None:
                continue
            section = f"Services/{running.name}"
        tree.update(f"{layout.base(system)}/{section}", options)


def _as_sections(sections: dict[str, Any]) -> Any:
    holder = Tree()
    for name, contents in sections.items():
        holder.cfg.createNewSection(name, contents=contents)
    return holder.cfg


def local(layout: Layout, host: str, server: bool) -> Tree:
    """The local dirac.cfg of a host: where the configuration is, who it is, on the server the database's account."""
    site, tree = layout.site, Tree()
    if layout.setup:
        tree["DIRAC/Setup"] = layout.setup
        tree[f"DIRAC/Setups/{layout.setup}/Configuration"] = site["instance"]
    _only_vo(tree, site)
    _extensions(tree)
    tree["DIRAC/Hostname"] = site["hosts"][host]
    tree["DIRAC/Configuration/Name"] = site["cs_name"]
    tree["DIRAC/Configuration/Servers"] = layout.cs_url
    tree["LocalSite/Site"] = site["site_name"]
    tree["DIRAC/Security/UseServerCertificate"] = "yes" if server else "no"
    if server:
        security = f"{site['root']}/etc/grid-security"
        tree["DIRAC/Security/CertFile"] = f"{security}/hostcert.pem"
        tree["DIRAC/Security/KeyFile"] = f"{security}/hostkey.pem"
        tree.update("Systems/Databases", site["database_account"])
        if site["diracx"]:
            tree["DiracX/LegacyExchangeApiKey"] = site["diracx_key"]
        if site["opensearch"]:
            tree.update("Systems/NoSQLDatabases", site["opensearch"])
    return tree


def master(layout: Layout) -> Tree:
    """What only the master Configuration Server reads: that it is the master, and who may change the configuration."""
    tree = local(layout, "server", server=True)
    tree["DIRAC/Configuration/Master"] = "yes"
    base = f"{layout.base('Configuration')}/Services/Server"
    tree[f"{base}/Port"] = CS_PORT
    handler = "TornadoConfigurationHandler" if layout.cs_https else "ConfigurationHandler"
    tree[f"{base}/HandlerPath"] = f"DIRAC/ConfigurationSystem/Service/{handler}.py"
    tree.update(f"{base}/Authorization", AUTHORIZATION_OF_CS)
    return tree
