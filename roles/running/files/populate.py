#!/usr/bin/env python
"""usage: populate.py SITE.json : brings a new site to where it takes jobs and files; a second call changes nothing.

What an administrator does after the installation: synchronise the resource status with the configuration, open the
site, make the folders of the virtual organisations and their users in the catalogue. Runs with the host certificate.
Exits with 3 when DIRAC refuses any of it, and says why.
"""

import inspect
import json
import sys

import DIRAC


def begin():
    """Load the configuration as this release does: releases differ in how it is called, and in what it takes."""
    if not hasattr(DIRAC, "initialize"):
        from DIRAC.Core.Base import Script

        Script.parseCommandLine(ignoreErrors=True)
    elif "require_auth" in inspect.signature(DIRAC.initialize).parameters:
        DIRAC.initialize(require_auth="site")
    else:
        DIRAC.initialize()


begin()

from DIRAC.Core.Base.Client import Client  # noqa: E402
from DIRAC.Resources.Catalog.FileCatalog import FileCatalog  # noqa: E402
from DIRAC.ResourceStatusSystem.Client.ResourceStatusClient import ResourceStatusClient  # noqa: E402
from DIRAC.ResourceStatusSystem.Utilities.Synchronizer import Synchronizer  # noqa: E402

REFUSED = 3


class Refused(Exception):
    """DIRAC does not do what an administrator asks of a new installation."""


def needed(result):
    """The value of an S_OK; raises Refused with the message of an S_ERROR."""
    if not result["OK"]:
        raise Refused(result["Message"])
    value = result["Value"]
    if isinstance(value, dict) and value.get("Failed"):
        raise Refused(str(value["Failed"]))
    return value


def synchronise(site):
    """Every site, storage element and computing element of the configuration is active in the resource status."""
    status = ResourceStatusClient()
    sites = [site["site_name"], site["spare_site_name"]]
    known = needed(status.selectStatusElement("Site", "Status", name=sites, meta={"columns": ["Name"]}))
    if len(known) == len(sites):
        return False
    synchronizer = Synchronizer(defaultStatus="Active")
    for kind in ("Sites", "Resources", "Nodes"):
        # its public method swallows what is refused; newer releases have no nodes
        if part := getattr(synchronizer, f"_sync{kind}", None):
            needed(part())
    return True


def folders(site):
    """/VO for everyone of the organisation to read, /VO/user/X/NAME for each user alone to write."""
    catalogue = FileCatalog(catalogs=["FileCatalog"])
    changed = False
    for vo, told in site["vos"].items():
        members = [
            name for name, user in site["users"].items() if any(g.startswith(vo) for g in user.get("groups", []))
        ]
        wanted = [(f"/{vo}", told["admin"], f"{vo}_prod"), (f"/{vo}/user", told["admin"], f"{vo}_prod")]
        wanted += [(f"/{vo}/user/{name[0]}", told["admin"], f"{vo}_prod") for name in members]
        wanted += [(f"/{vo}/user/{name[0]}/{name}", name, f"{vo}_user") for name in members]
        for path, owner, group in dict.fromkeys(wanted):
            if needed(catalogue.isDirectory(path))["Successful"][path]:
                continue
            changed = True
            needed(catalogue.createDirectory(path))
            needed(catalogue.changePathOwner({path: owner}))
            needed(catalogue.changePathGroup({path: group}))
            needed(catalogue.changePathMode({path: 0o775}))
    return changed


def asked_once(system):
    """Asks every service for a sign of life: those on HTTPS make their tables when they are first asked.

    By its address, as DIRAC's client for any service does not find one whose calls go to DiracX (DX-04a).
    """
    for service in system["services"]:
        result = Client(url=service["url"]).ping()
        if not result["OK"]:
            print(f"{service['system']}/{service['component']}: {result['Message']}")


def main():
    """Does all of it and says whether anything changed."""
    with open(sys.argv[1]) as file:
        site = json.load(file)
    with open(sys.argv[1].replace("site.json", "system.json")) as file:
        asked_once(json.load(file))
    changes, refusals = [], []
    for part in (synchronise, folders):
        try:
            changes.append(part(site))
        except Refused as error:
            refusals.append(f"{part.__name__}: {error}")
    print("changed" if any(changes) else "unchanged")
    for refusal in refusals:
        print(f"refused: {refusal}")
    sys.exit(REFUSED if refusals else 0)


main()
