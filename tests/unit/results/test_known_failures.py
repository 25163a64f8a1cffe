"""Each finding is told by what real runs of its release showed, and by no other failure of the same scenario.

``known_failures.json`` has the failures as run.json recorded them, without what no finding looks at.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from diraccert.model.outcomes import Outcome
from diraccert.model.run import Evidence, LogExcerpt, ScenarioResult
from diraccert.results.findings import read_all, recognised
from diraccert.rooms import builtin

RECORDED = json.loads(Path(__file__).with_name("known_failures.json").read_text())
FINDINGS = read_all([builtin()])
FILES = "500 Server Error: Internal Server Error for url: https://server:8443/DataManagement/TornadoFileCatalog"


def failure(scenario: str, reason: str, evidence: Evidence) -> ScenarioResult:
    return ScenarioResult(
        id=scenario, title="t", area="a", owner="o", outcome=Outcome.FAIL, reason=reason, evidence=evidence
    )


def told(scenario: str, release: str, reason: str, evidence: Evidence) -> str:
    (result,) = recognised([failure(scenario, reason, evidence)], FINDINGS, release)
    return result.known.partition(":")[0]


@pytest.mark.parametrize("each", RECORDED, ids=lambda each: f"{each['finding']}-{each['scenario']}")
def test_what_was_recorded_is_known(each: dict[str, Any]) -> None:
    evidence = Evidence.model_validate(each["evidence"])
    assert told(each["scenario"], each["release"], each["reason"], evidence) == each["finding"]


@pytest.mark.parametrize(
    "each", [each for each in RECORDED if each["evidence"].get("logs")], ids=lambda each: each["scenario"]
)
def test_what_is_known_by_a_log_is_not_known_without_it(each: dict[str, Any]) -> None:
    evidence = Evidence.model_validate(each["evidence"])
    assert told(each["scenario"], each["release"], each["reason"], evidence.model_copy(update={"logs": ()})) == ""
    silent = Evidence(logs=evidence.logs)
    assert told(each["scenario"], each["release"], "another reason", silent) == ""


def said(reason: str, *more: str, got: str = "", expected: str = "", log: str = "") -> tuple[str, Evidence]:
    logs = (LogExcerpt(component="A/B", lines=(log,)),) if log else ()
    text = " ".join((f"AssertionError: {reason}", *more))
    return reason, Evidence(got=got, expected=expected, traceback=text, logs=logs)


@pytest.mark.parametrize(
    ("scenario", "release", "shown"),
    [
        # commands that end with 0, and one more
        ("CLI-01h", "8.0.86", said(
            "assert {'dls not-the...: ''} == {}", "Left contains 13 more items: {'dcd not-there': ''}",
            got="{'dls not-there': 'Error', 'dcd not-there': '', 'dkill 999999999': ''}", expected="{}")),
        # another error of a command after one without a configuration server
        ("CLI-01l", "8.0.86", said(
            "AttributeError: 'NoneType' object has no attribute 'strip'", "assert (1, True) == (0, False)")),
        ("CLI-01l", "8.0.86", said("KeyError: 'Value'", "assert (1, True) == (0, False)")),
        # the accounting: a wrong sum, another service, another one beside it
        ("MON-01", "8.0.2", said("('Job', 'CPUTime')", "assert 11.0 == 30", got="11.0", expected="30")),
        ("UPG-01a", "8.0.2", said(
            "assert {'Framework/N...on refused')\"} == {}",
            "Left contains 1 more item: {'Framework/Notification': '[Errno 111] Connection refused'}",
            got="{'Framework/Notification': \"ConnectionRefusedError(111, 'Connection refused')\"}", expected="{}",
            log="2026-11-23 03:38:35 UTC Accounting/DataStore ERROR: Connection refused")),
        ("UPG-01a", "8.0.2", said(
            "assert {'Accounting/... refused')\"} == {}",
            "Left contains 2 more items: {'Accounting/DataStore': 'x'} {'Framework/Notification': 'y'}",
            got="{'Accounting/DataStore': \"(111, 'Connection refused')\", 'Framework/Notification': 'y'}",
            expected="{}")),
        # a service that dies while it is asked drops the request too, and nobody has looked at its port
        ("WMS-01", "9.1.22", said(
            "ConnectionError: ('Connection aborted.', RemoteDisconnected('Remote end closed connection without "
            "response'))", log="2026-11-23T03:45:49,398580Z Tornado/Tornado ERROR: Exception serving request")),
        # refused for another reason than that the service knows no such user
        ("AAI-01g", "8.0.86", said(
            "let in only later: at once they took judy for ['', '']", "assert ['', ''] == ['judy in dteam_prod']",
            log="2026-11-23 05:44:06,937 UTC Tornado/Tornado ERROR: Error gathering credentials")),
        # killing does not work at all
        ("WMS-04b", "9.1.22", said("assert ['Waiting', '...", got=str(["Waiting"] * 5), expected=str(["Killed"] * 5))),
        ("WMS-04b", "9.1.22", said(
            "assert ['Killed', ...", got="['Waiting', 'Waiting', 'Killed', 'Killed', 'Killed']",
            expected=str(["Killed"] * 5))),
        ("WMS-04g", "8.0.86", said("killed jobs that wait in a task queue: 5", "assert 5 == 0", got="5", expected="0")),
        # the same call of the catalogue fails in another way, while another scenario meets the finding
        ("DMS-07b", "8.0.86", said(
            f"DataManagement/FileCatalog.getMetaDatasets: {FILES}",
            log="TypeError: MySQL._query() takes 2 positional arguments but 3 were given")),
        ("DMS-07c", "8.0.86", said(
            f"DataManagement/FileCatalog.freezeDataset: {FILES}", log="KeyError: 'DatasetID'")),
        ("DMS-07e", "8.0.86", said("assert 'Successfully added dataset' in '\\nFC:/> Permission denied\\n'")),
        # one more command without its usage, beside those that are known
        ("CLI-02", "9.1.22", said(
            "assert {'cta-dms-reg..., ...} == {}", "Left contains 8 more items: {'cta-dms-register-virtual-lfn': 'x'",
            got="{'cta-dms-register-virtual-lfn': 'x', 'cta-transformation-test': 'traceback (ModuleNotFoundError'}")),
        ("CLI-02", "7.3.26", said(
            "assert {'dirac-frame...} == {}",
            "Left contains 2 more items: {'dirac-dms-add-file': 'silence'} {'dirac-framework-self-ping': 'x'}",
            got="{'dirac-dms-add-file': 'silence', 'dirac-framework-self-ping': 'traceback (ValueError'}")),
        ("CLI-02", "8.0.0a26", said(
            "assert {'dirac-wms-c...} == {}", "Left contains 2 more items: {'dirac-dms-add-file': 'silence'}",
            got="{'dirac-dms-add-file': 'silence', 'dirac-wms-cpu-normalization': \"No module named 'db12'\"}")),
        ("CLI-02e", "8.0.86", said(
            "assert {'dirac-wms-j...} == {}", "Left contains 4 more items: {'dirac-dms-get-file /dteam/nothing': 'exit "
            "code 0: '", got="{'dirac-wms-job-reschedule 999999999': \"traceback (KeyError: 'Value': x\"}")),
        # a file that cannot be deleted has another cause than that it was killed in the same second
        ("CLI-01e", "8.0.86", said(
            "dkill -D -v 1035 exited with 2: ERROR: Some jobs failed deletion",
            log="_update (DELETE FROM Jobs WHERE JobID=1035): Execution failed. 1205: Lock wait timeout exceeded")),
        ("CLI-01j", "8.0.86", said("assert ('-l -H', '')", got="('-l -H', 'f{num:3.1f}{unit}{suffix}')")),
        ("CLI-01i", "8.0.86", said(
            "assert '/dteam/user/... == '/dteam/...'", got="'/x/cli01i-1a2b-one: SE-1 /x/cli01i-1a2b-one'",
            expected="'/x/cli01i-1a2b-one: SE-1 /x/cli01i-1a2b-one /x/cli01i-1a2b-two: SE-2 /x/cli01i-1a2b-two'")),
        ("CLI-01k", "8.0.86", said("FileNotFoundError: [Errno 2] No such file or directory: '/tmp/dsub.jdl'")),
        ("AAI-01f", "8.0.86", said(
            "assert ['', 'ivan in dirac_admin'] == ['', '']", got="['', 'ivan in dirac_admin']", expected="['', '']")),
        ("MON-02c", "8.0.86", said(
            "assert {'number': []...", "Omitting 2 identical items", "Differing items: {'number': []}",
            got="{'number': [], 'text': [1795398137250], 'moment': [1795398137250]}")),
        ("MON-02d", "8.0.86", said(
            "assert {'Job': '500 ...} == {}", "Left contains 1 more item: {'Job': '500 Server Error'}",
            got="{'Job': '500 Server Error'}", log="TypeError: Object of type RequestError is not JSON serializable")),
        ("MON-03c", "8.0.86", said("no answer within 60 s; last output: Uploading to SE-1")),
        ("DX-05", "9.1.22", said("{'Status': 'Failed'}", got="'Failed'", expected="'Done'")),
        ("DX-07b", "9.1.22", said("assert {1: 'Completing',...} == {1: 'Done'}", got="{1: 'Completing', 2: 'Failed'}")),
        ("DX-09b", "9.1.22", said(
            "assert {'Application...", "Omitting 2 identical items",
            "Differing items: {'Status': 'Done'} != {'Status': 'Waiting'} {'MinorStatus': 'dx09b-d993'}")),
        ("AAI-03", "8.0.2", said("waited 86 s for the request's end; last seen: False")),
        ("UPG-01h", "9.1.22", said("[\"Can't instantiate abstract class PilotLoggingPlugin\", 'KeyError'] == []")),
        ("OPS-06", "8.0.86", said(
            "11 new signatures: Calibration/Calibration TRACEBACK: Found <n> initialization methods OSError: [Errno "
            "98] Address already in use, and 10 more")),
    ],
)  # fmt: skip
def test_another_failure_of_the_same_scenario_is_not(scenario: str, release: str, shown: tuple[str, Evidence]) -> None:
    assert told(scenario, release, *shown) == ""


def test_jobs_that_stay_completing_are_those_whose_last_status_was_lost() -> None:
    asserted = 'assert statuses(alice, made) == {job.id: "Done" for job in made}'
    shown = Evidence(asserted=asserted, got="{1: 'Completing', 2: 'Completing'}", expected="{1: 'Done', 2: 'Done'}")
    assert told("DX-07b", "9.1.22", "assert {1: 'Completing',...}", shown) == "FINAL-STATUS-LOST"
    before = shown.model_copy(update={"asserted": 'assert set(statuses(alice, made).values()) == {"Running"}'})
    assert told("DX-07b", "9.1.22", "assert {'Completing'} == {'Running'}", before) == ""


def test_one_killed_job_of_five_that_is_queued_is_the_race() -> None:
    shown = said("killed jobs that wait in a task queue: 1", "assert 1 == 0", got="1", expected="0")
    assert told("WMS-04g", "8.0.86", *shown) == "KILLED-YET-QUEUED"


def test_a_finding_that_only_the_log_gate_shows_is_told_when_it_is_alone() -> None:
    error = "Calibration/Calibration TRACEBACK: Found <n> initialization methods OSError: [Errno 98] "
    error += "Address already in use"
    alone = told("OPS-06", "8.0.86", f"one new signature: {error}", Evidence())
    assert alone == "ILC-CALIBRATION-PORT"


def test_findings_are_of_scenarios_that_there_are() -> None:
    """A name that no scenario has would never be told, and nobody would see why."""
    texts = [path.read_text() for path in (builtin() / "scenarios").rglob("*.py")]
    named = {id_ for each in FINDINGS for id_ in each.scenarios} - {"*", "OPS-06"}
    assert {id_ for id_ in named if not any(f'"{id_}"' in text for text in texts)} == set()
