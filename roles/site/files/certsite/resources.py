"""/Resources: the site with its computing element, the storage elements, the catalogues."""

from __future__ import annotations

from .layout import HTTPS_PORT, Layout
from .tree import Tree


def describe(tree: Tree, layout: Layout) -> None:
    """Writes the resources of the site."""
    site = layout.site
    host = site["hosts"]["server"]
    for element in site["storage_elements"]:
        name, port = (site["storage_services"][element][key] for key in ("service", "port"))
        tree.update(
            f"Resources/StorageElements/{element}",
            {"AccessProtocols": "dips", "WriteProtocols": "dips", "BackendType": "DISET"},
        )
        tree.update(
            f"Resources/StorageElements/{element}/DIP",
            {"Host": host, "Port": port, "Protocol": "dips", "Path": f"/DataManagement/{name}", "Access": "remote"},
        )
        tree.update(
            f"{layout.base('DataManagement')}/Services/{name}",
            {
                "Port": port,
                "BasePath": f"{site['root']}/storage/{element}",
                "HandlerPath": "DIRAC/DataManagementSystem/Service/StorageElementHandler.py",
                "Authorization": {"Default": "authenticated", "FileTransfer": {"Default": "authenticated"}},
            },
        )
    _sandboxes(tree, layout, host)
    catalogue = {"AccessType": "Read-Write", "Status": "Active", "Master": "True"}
    tree.update("Resources/FileCatalogs/FileCatalog", catalogue)
    tree.update(
        "Resources/FileCatalogs/TSCatalog",
        {
            "CatalogType": "TSCatalog",
            "AccessType": "Write",
            "Status": "Active",
            "CatalogURL": "Transformation/TransformationManager",
        },
    )
    tree["Resources/FTSEndpoints/FTS3/CERT-FTS"] = "https://fts.invalid:8446"
    where = f"Resources/Sites/{site['site_name'].split('.')[0]}/{site['site_name']}"
    tree.update(
        where, {"Name": site["site_name"], "SE": site["storage_elements"], "CE": list(site["computing_elements"])}
    )
    for name, element in site["computing_elements"].items():
        tree.update(f"{where}/CEs/{name}", element)
    spare = site["spare_site_name"]
    tree[f"Resources/Sites/{spare.split('.')[0]}/{spare}/Name"] = spare
    tree.section(f"Resources/Sites/{spare.split('.')[0]}/{spare}/CEs")


def _sandboxes(tree: Tree, layout: Layout, host: str) -> None:
    store = layout.find("WorkloadManagement", "SandboxStore")
    if store is None:
        return
    port = HTTPS_PORT if store.protocol == "https" else store.port
    tree.update(
        "Resources/StorageElements/ProductionSandboxSE",
        {
            "BackendType": "DISET",
            "AccessProtocols": store.protocol,
            "WriteProtocols": store.protocol,
            "DIP": {
                "Host": host,
                "Port": port,
                "Protocol": store.protocol,
                "Path": f"/WorkloadManagement/{store.name}",
                "Access": "remote",
            },
        },
    )
    tree[f"{layout.base('WorkloadManagement')}/Services/{store.name}/BasePath"] = f"{layout.site['root']}/sandboxes"
