"""The commands of the pilot, by the names that the configuration uses; each does its work with DIRAC's own commands."""

import json
import os
import platform
import shutil

from pilotTools import CFG, PilotError, given, say

#: Free space below which no pilot goes on, in MB.
LEAST_DISK = 100
#: Work that is offered when no benchmark told better, in HS06 seconds.
CPU_WORK = 900 * 1000


def check_worker_node(pilot):
    """What this machine is, and whether it has room."""
    free = shutil.disk_usage(pilot.folder).free // 1024**2
    say(f"{platform.node()}: {platform.platform()}, {os.cpu_count()} processors, {free} MB free in {pilot.folder}")
    if free < LEAST_DISK:
        raise PilotError(f"{free} MB of disk are less than {LEAST_DISK}")


def install_dirac(pilot):
    """The DIRAC that is installed on the worker node, and nothing else."""
    pilot.activate()


def configure_basics(pilot):
    """A local configuration with which DIRAC's commands reach the servers."""
    servers = ",".join(pilot.served["ConfigurationServers"])
    pilot.run(
        "dirac-configure", "-DMH", "-S", pilot.told.setup, "-C", servers, "-O", CFG,
        "-o", f"/LocalSite/ReleaseVersion={pilot.version}",
        "-o", f"/Resources/Computing/CEDefaults/VirtualOrganization={pilot.told.vo}",
    )  # fmt: skip
    pilot.environment["DIRACSYSCONFIG"] = os.path.join(pilot.folder, CFG)


def register_pilot(pilot):
    """The system hears that the pilot runs; as with the real one, a pilot that cannot say so works all the same."""
    before_9 = pilot.version.split(".")[0] in ("7", "8")
    owner = [pilot.settings["GenericPilotDN"], pilot.settings["GenericPilotGroup"]] if before_9 else [pilot.told.vo]
    words = [pilot.reference, *owner, pilot.flavour, pilot.stamp, "--status=Running", "--cfg", CFG]
    try:
        pilot.run("dirac-admin-add-pilot", *words)
    except PilotError as error:
        say(f"not registered: {error}")


def check_ce_capabilities(pilot):
    """The options of the queue go into the local configuration; its tags are kept for the matching."""
    asked = ("-S", pilot.site, "-N", pilot.told.ce, "-Q", pilot.told.queue, "--cfg", CFG)
    queue = json.loads(pilot.run("dirac-resource-get-parameters", *asked))
    pilot.tags += queue.pop("Tag", [])
    pilot.required_tags += queue.pop("RequiredTag", [])
    pilot.configure(
        **{f"LocalSite:{name}": ",".join(value) if isinstance(value, list) else value for name, value in queue.items()}
    )


def check_wn_capabilities(pilot):
    """Processors and memory of the machine as DIRAC sees them, and the tags of the queue."""
    asked = ("-S", pilot.site, "-N", pilot.told.ce, "-Q", pilot.told.queue, "--cfg", CFG)
    processors, memory = pilot.run("dirac-wms-get-wn-parameters", *asked).split()[:2]
    offered = {"NumberOfProcessors": processors, "MaxRAM": memory}
    for name, tags in (("Tag", pilot.tags), ("RequiredTag", pilot.required_tags)):
        if tags:
            offered[name] = ",".join(tags)
    pilot.configure(**{f"Resources:Computing:CEDefaults:{name}": value for name, value in offered.items()})


def configure_site(pilot):
    """Who and where this pilot is."""
    pilot.configure(**{
        "LocalSite:Site": pilot.site,
        "LocalSite:GridCE": pilot.told.ce,
        "LocalSite:CEQueue": pilot.told.queue,
        "LocalSite:LocalCE": pilot.element.get("LocalCEType") or "InProcess",
        "LocalSite:GridMiddleware": pilot.flavour,
        "LocalSite:PilotReference": pilot.reference,
        **dict(option.lstrip("/").replace("/", ":").split("=", 1) for option in pilot.told.extra if "=" in option),
    })  # fmt: skip


def configure_architecture(pilot):
    """The platform that jobs may ask for."""
    pilot.configure(
        **{"LocalSite:Architecture": "_".join((platform.system(), platform.machine(), "-".join(platform.libc_ver())))}
    )


def launch_agent(pilot):
    """The real JobAgent, which takes jobs until there are no more for it."""
    agent = {
        "MaxCycles": pilot.told.cycles,
        "PollingTime": 10,
        "StopOnApplicationFailure": "False",
        "StopAfterFailedMatches": 0,
        "LogLevel": "INFO",
    }
    element = {
        "WorkingDirectory": pilot.folder,
        "/LocalSite/CPUTime": CPU_WORK,
        "/LocalSite/InstancePath": pilot.folder,
        "/AgentJobRequirements/ExtraOptions": CFG,
    }
    if pilot.told.group:
        element["OwnerGroup"] = pilot.told.group
    words = [*given(agent), "-s", "/Resources/Computing/CEDefaults", *given(element), "--cfg", CFG]
    pilot.run("dirac-agent", "WorkloadManagement/JobAgent", *words)


COMMANDS = {
    "CheckWorkerNode": check_worker_node,
    "InstallDIRAC": install_dirac,
    "ConfigureBasics": configure_basics,
    "RegisterPilot": register_pilot,
    "CheckCECapabilities": check_ce_capabilities,
    "CheckWNCapabilities": check_wn_capabilities,
    "ConfigureSite": configure_site,
    "ConfigureArchitecture": configure_architecture,
    "LaunchAgent": launch_agent,
}
