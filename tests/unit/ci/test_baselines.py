"""The reviewed baselines take what good releases were seen to log, and not the next error of the same place."""

from __future__ import annotations

import pytest

from diraccert.certification import baseline
from diraccert.certification.loggate import accepts
from diraccert.rooms import builtin

REFUSED = "Unauthorized access Identity (<host>)[{}]; path {}; DN: <dn>"
SHARES = (
    "_query (SELECT OwnerDN, COUNT(OwnerDN) FROM `tq_TaskQueues` WHERE OwnerGroup=''dteam_user'' GROUP BY OwnerDN): "
    "Execution failed. <n>: {}"
)
DROPPED = "Failed to cbSendTask {{'OK': False, 'Errno': <n>, 'Message': \"{}\", 'CallStack': [' File"
TORNADO, STORE = "Tornado/Tornado", "Accounting/DataStore"
MIND = "WorkloadManagement/OptimizationMind"
PENDING = "[PENDING] Error when trying to get pending records for DIRAC-Certification_Job : MySQL Error ( <n> : {}"


def taken(line: str, component: str, signature: str, *met: str) -> bool:
    path = baseline.find(line, [builtin()])
    assert path is not None
    sighting = baseline.Sighting(component, "ERROR", signature, 1, (), list(met))
    return any(accepts(each, sighting) for each in baseline.read(path).accepted)


@pytest.mark.parametrize(
    ("line", "component", "signature", "met"),
    [
        ("8.0", TORNADO, REFUSED.format("dteam_user:<user>", "/ResourceStatus/TornadoResourceStatus"), "RSS-01b"),
        ("8.0", TORNADO, REFUSED.format("dteam_prod:anonymous", "/WorkloadManagement/TornadoJobMonitoring"), "AAI-01g"),
        ("8.0", TORNADO, "JobDB: New JobID served <n> ModuleNotFoundError: No module named '<name>'", ""),
        ("8.0", MIND, SHARES.format("You have an error in your SQL syntax; check the manual"), ""),
        ("8.0", MIND, DROPPED.format("Error in _write: bad write retry SSLError('bad write retry')"), ""),
        (
            "8.0",
            MIND,
            "Failed to cbSendTask {'OK': False ... S_ERROR(f\"Not transport with id {trid} defined for messaging\")",
            "",
        ),
        (
            "8.0",
            "ResourceStatus/TokenAgent",
            'Failed to notify token owner Cannot send email to user "<name>"',
            "",
        ),
        ("7.3", STORE, PENDING.format("Execution failed.: ( <n>: Lost connection to server during query ))"), ""),
        ("9.1", "Framework/SystemAdministrator", "There were errors when loading configuration", ""),
    ],
)
def test_what_was_seen_is_accepted(line: str, component: str, signature: str, met: str) -> None:
    assert taken(line, component, signature, met)


@pytest.mark.parametrize(
    ("line", "component", "signature", "met"),
    [
        # a user is refused who must not be
        ("8.0", TORNADO, REFUSED.format("dteam_user:<user>", "/WorkloadManagement/TornadoJobManager"), "WMS-01"),
        ("8.0", TORNADO, REFUSED.format("dteam_user:<user>", "/ResourceStatus/TornadoResourceStatus"), "DMS-01"),
        ("8.0", TORNADO, REFUSED.format("dteam_user:anonymous", "/WorkloadManagement/TornadoJobMonitoring"), "WMS-01"),
        ("9.1", "Configuration/Server", REFUSED.format("dteam_user:<user>", "/Configuration/Server"), "AAI-01c"),
        # a module of the release is missing, the database is gone, the broker fails in another way
        ("8.0", TORNADO, "Returning response ModuleNotFoundError: No module named 'suds'", "SEC-01"),
        ("8.0", MIND, SHARES.format("Lost connection to server during query"), ""),
        ("8.0", MIND, DROPPED.format("Cannot serialise task"), ""),
        (
            "8.0",
            MIND,
            "Exception while sending task to executor RuntimeError: dictionary changed size during iteration",
            "",
        ),
        ("8.0", MIND, "Uncaught exception when serving message msg_OptimizeJobs AttributeError: no attribute 'x'", ""),
        (
            "8.0",
            MIND,
            "There was a problem processing task <n>: Initial state was different, and the database is gone",
            "",
        ),
        ("8.0", STORE, "Error processing proposal Could not decode received data: maximum recursion depth", "SEC-01b"),
        ("8.0", "Transformation/DataRecoveryAgent", "Failure to get transformations Unauthorized query", "UPG-01g"),
        ("8.0", "WorkloadManagement/StalledJobAgent", "Could not send mail to the owner", ""),
        ("8.0", TORNADO, "_update (INSERT INTO `FC_Meta_other` VALUES 1): Duplicate entry for key 'PRIMARY'", ""),
        ("7.3", STORE, PENDING.format("Execution failed.: ( <n>: Unknown column 'taken' in 'field list' ))"), ""),
        ("7.3", STORE, "Can't insert row MySQL Error ( <n> : Execution failed.: ( <n>: Data too long ))", ""),
    ],
)
def test_another_error_of_the_same_place_is_new(line: str, component: str, signature: str, met: str) -> None:
    assert not taken(line, component, signature, met)


@pytest.mark.parametrize("line", ["7.3", "8.0", "9.1"])
def test_what_comes_by_chance_is_bounded(line: str) -> None:
    path = baseline.find(line, [builtin()])
    assert path is not None
    chance = [each for each in baseline.read(path).accepted if not each.of and "finding" in each.why]
    assert [each.signature for each in chance if each.most is None] == []
