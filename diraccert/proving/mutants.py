"""Mutants: ways in which an installed DIRAC 8.0.86 is broken on purpose, and the scenario that must notice each.

Data only. Mutants of one group do not touch one another's scenarios, so that one run judges all of them.
"""

from __future__ import annotations

from dataclasses import dataclass

SCRIPTS = "WorkloadManagementSystem/scripts"
COMPONENTS = "DataManagementSystem/DB/FileCatalogComponents"
TORNADO = "Tornado_Tornado"


@dataclass(frozen=True)
class Edit:
    """A replacement in a module of the installed DIRAC (``module`` is below its folder); ``old`` must be there once."""

    module: str
    old: str
    new: str


@dataclass(frozen=True)
class Mutant:
    """One way of being broken.

    ``edits`` and shell commands (``harm``, undone by ``repair``) on ``host``, after which ``restart`` (patterns of
    runit names there) start anew. ``caught_by`` must FAIL and show ``shows`` (* stands for anything); of what else
    fails in that run, only ``consequences`` may.
    """

    name: str
    what: str
    group: int
    caught_by: str
    shows: str
    edits: tuple[Edit, ...] = ()
    harm: str = ""
    repair: str = ""
    restart: tuple[str, ...] = ()
    host: str = "server"
    consequences: tuple[str, ...] = ()


MUTANTS = (
    Mutant(
        name="kill-ignored", what="JobManager says that it killed a job, and does not", group=1,
        caught_by="WMS-04", shows="'Waiting' == 'Killed'", restart=(TORNADO,),
        edits=(Edit("WorkloadManagementSystem/Service/JobManagerHandler.py",
                    "            for jobID in killJobList:\n", "            for jobID in []:\n"),),
    ),
    Mutant(
        name="half-a-query", what="of two conditions on one metadata field the catalogue looks at the first", group=1,
        caught_by="DMS-04a", shows="'>=': 2, '<': 20", restart=(TORNADO,),
        edits=(Edit(f"{COMPONENTS}/DirectoryMetadata/DirectoryMetadata.py",
                    '" AND ".join(selectList)', "selectList[0]"),),
    ),
    Mutant(
        name="buckets-twice", what="the accounting adds twice to the buckets among which it shares a record", group=1,
        caught_by="MON-01", shows="DataOperation", restart=("Accounting_DataStore",),
        edits=(Edit("AccountingSystem/DB/AccountingDB.py",
                    "proportion = float(end - start)", "proportion = 2.0 * (end - start)"),),
    ),
    Mutant(
        name="status-not-kept", what="the resource status answers OK to a change and does not write it", group=1,
        caught_by="RSS-01", shows="'ReadAccess': 'Active'", restart=(TORNADO, "ResourceStatus_*"),
        edits=(Edit("ResourceStatusSystem/DB/ResourceStatusDB.py",
                    "                    setattr(res, columnName.lower(), columnValue)\n",
                    "                    pass\n"),),
    ),
    Mutant(
        name="dead-service", what="a service whose module cannot be imported", group=1,
        caught_by="UPG-01a", shows="Production/ProductionManager", restart=("Production_ProductionManager",),
        edits=(Edit("ProductionSystem/Service/ProductionManagerHandler.py",
                    "from DIRAC import gLogger, S_OK, S_ERROR\n", "from DIRAC import gLogger, S_OK, S_WRONG\n"),),
    ),
    Mutant(
        name="dead-command", what="a command whose module cannot be imported", group=1, host="client",
        caught_by="CLI-02", shows="cannot import name 'comparison_to_key'",
        edits=(Edit(f"{SCRIPTS}/dirac_wms_get_wn.py",
                    "from functools import cmp_to_key\n", "from functools import comparison_to_key\n"),),
    ),
    Mutant(
        name="any-class", what="services make objects of whatever class a sender names", group=1,
        caught_by="SEC-01", shows="'a function': True", restart=(TORNADO,),
        edits=(Edit("Core/Utilities/JEncode.py",
                    "if not (isinstance(cl, type) and issubclass(cl, JSerializable)):", "if False:"),),
    ),
    Mutant(
        name="others-proxies", what="the proxy manager gives a user the proxies of others", group=1,
        caught_by="AAI-02b", shows='refused(alice, "bob", "dteam_user")', restart=(TORNADO, "Framework_ProxyManager"),
        edits=(Edit("FrameworkSystem/Service/ProxyManagerHandler.py",
                    'if credDict["DN"] != requestedUserDN:', "if False:"),),
    ),
    Mutant(
        name="read-only-storage", what="the folder of a storage element has the wrong mode", group=2,
        caught_by="DMS-01", shows="dirac-dms-replicate-lfn",
        harm="chmod -R a-w /opt/dirac/storage/SE-2", repair="chmod -R u+w /opt/dirac/storage/SE-2",
    ),
    Mutant(
        name="reschedule-uncounted", what="rescheduling a job does not raise its counter", group=2,
        caught_by="WMS-05b", shows="0 == 1", restart=(TORNADO,),
        edits=(Edit("WorkloadManagementSystem/DB/JobDB.py",
                    'int(resultDict["RescheduleCounter"]) + 1', 'int(resultDict["RescheduleCounter"])'),),
    ),
    Mutant(
        name="everybody-writes", what="the catalogue lets everybody write everywhere", group=2,
        caught_by="DMS-03b", shows="'frank'", restart=(TORNADO,),
        edits=(Edit(f"{COMPONENTS}/SecurityManager/SecurityManagerBase.py",
                    'if FC_MANAGEMENT in credDict["properties"]:', "if True:"),),
    ),
    Mutant(
        name="datasets-unlisted", what="the listing of a directory leaves its datasets out", group=2,
        caught_by="DMS-07a", shows="[] == ['*']", restart=(TORNADO,),
        edits=(Edit(f"{COMPONENTS}/DirectoryManager/DirectoryTreeBase.py",
                    '"Links": links, "Datasets": datasets}', '"Links": links, "Datasets": {}}'),),
    ),
    Mutant(
        name="output-lost", what="the sandbox store does not keep to which job an output sandbox belongs", group=2,
        caught_by="WMS-01", shows="dirac-wms-job-get-output", restart=(TORNADO,),
        edits=(Edit("WorkloadManagementSystem/DB/SandboxMetadataDB.py",
                    "        if not entitiesToSandboxList:\n            return S_OK()\n\n        sbIds = []\n",
                    '        entitiesToSandboxList = [each for each in entitiesToSandboxList if each[2] != "Output"]\n'
                    "        if not entitiesToSandboxList:\n            return S_OK()\n\n        sbIds = []\n"),),
    ),
    Mutant(
        name="no-optimizers", what="the optimizers do not run", group=3,
        caught_by="WMS-01", shows="to be Waiting",
        harm="sv -w 20 force-stop /opt/dirac/startup/WorkloadManagement_Optimizers",
        repair="sv up /opt/dirac/startup/WorkloadManagement_Optimizers",
    ),
    Mutant(
        name="wrong-checksum", what="storage elements answer a checksum that is not the file's", group=3,
        caught_by="RMS-01a", shows="'Done'", restart=("DataManagement_*SE*", "DataManagement_StorageElement*"),
        edits=(Edit("DataManagementSystem/Service/StorageElementHandler.py",
                    'resultDict["Checksum"] = cks', 'resultDict["Checksum"] = "00000001"'),),
    ),
    Mutant(
        name="long-proxies", what="the proxy manager gives proxies for much longer than they were asked for", group=3,
        caught_by="AAI-02", shows="GENEROSITY", restart=(TORNADO, "Framework_ProxyManager"),
        edits=(Edit("FrameworkSystem/Service/ProxyManagerHandler.py",
                    "__maxExtraLifeFactor = 1.5", "__maxExtraLifeFactor = 15"),),
    ),
)  # fmt: skip


def of_group(group: int) -> tuple[Mutant, ...]:
    """The mutants that one run judges."""
    return tuple(each for each in MUTANTS if each.group == group)


#: What must pass beside the mutants of a group: scenarios that others catch, and that no mutant of this group touches.
CONTROLS = {
    1: ("WMS-01", "DMS-01", "DMS-03b", "DMS-07a", "AAI-02"),
    2: ("WMS-04", "DMS-04a", "SEC-01", "AAI-02b", "RSS-01", "UPG-01a"),
    3: ("DMS-01", "DMS-03b", "DMS-07a", "AAI-02b", "SEC-01"),
}
