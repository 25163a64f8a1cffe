"""/Registry: virtual organisations, users, groups and hosts."""

from __future__ import annotations

from typing import Any

from .tree import Tree


def describe(tree: Tree, site: dict[str, Any]) -> None:
    """Writes the registry of the site."""
    tree["Registry/DefaultGroup"] = site["default_groups"]
    tree["Registry/DefaultProxyTime"] = 86400
    for name, vo in site["vos"].items():
        tree.update(f"Registry/VO/{name}", {"VOMSName": name, "VOAdmin": vo["admin"]})
    for name, user in site["users"].items():
        if user.get("registered", True):
            tree.update(
                f"Registry/Users/{name}",
                {
                    "DN": f"{site['subject_base']}/CN={name}",
                    "Email": f"{name}@cert.example.org",
                    "CA": site["ca_subject"],
                },
            )
    for name, group in site["groups"].items():
        members = [user for user, told in site["users"].items() if name in told.get("groups", ())]
        tree.update(
            f"Registry/Groups/{name}",
            {"Users": members, "Properties": group["properties"], "VO": group["vo"], **group.get("options", {})},
        )
    for host in site["hosts"].values():
        tree.update(
            f"Registry/Hosts/{host}",
            {"DN": f"{site['subject_base']}/CN={host}", "Properties": site["host_properties"]},
        )
