"""What points at the component at fault; the log lines are those of real runs."""

from __future__ import annotations

from datetime import UTC, datetime

from diraccert.certification.culprit import culprit
from diraccert.certification.loglines import parse
from diraccert.certification.logs import excerpts, within
from diraccert.model.run import LogExcerpt, Step

DIES = "the JobAgent dies of KeyError: '4'"
#: Matcher says this of every JobAgent that a scenario starts itself, in good releases too.
MATCHER = (
    "2026-11-22 19:50:09 UTC WorkloadManagement/Matcher/[cert://ce-wms01-2b3f/wms01-2b3f]Matcher ERROR: Problem"
    " updating pilot information ; setJobForPilot. pilotReference: cert://ce-wms01-2b3f/wms01-2b3f; Cannot find pilot"
)
TORNADO = """\
2026-11-22 19:50:08 UTC Tornado/Tornado/DataManagementTornadoFileCatalogHandler/DataManagement/FileCatalogDB ERROR: _update (INSERT INTO `FC_Meta_cert_run` ( `DirID` ) VALUES ( "36" )): Execution failed. 1062: Duplicate entry
2026-11-22 19:50:13 UTC Tornado/Tornado/WorkloadManagementTornadoJobMonitoringHandler ERROR: Exception serving request invalid literal for int() with base 10: 'x':ValueError("invalid literal")
"""  # noqa: E501
AGENT = """\
2026-11-22 19:50:09 UTC WorkloadManagement/JobAgent ERROR: Agent exception while calling method execute
Traceback (most recent call last):
  File "/opt/dirac/venv/lib/python3.11/site-packages/DIRAC/WorkloadManagementSystem/Agent/JobAgent.py", line 359, in execute
KeyError: '4'
"""  # noqa: E501


def shown(*words: str, **logs: str) -> tuple[LogExcerpt, ...]:
    """The excerpts of a failure whose window holds all of ``logs``: System_Component to its text."""
    records = [each for name, text in logs.items() for each in parse(name.replace("_", "/"), text.splitlines())]
    return excerpts(within(records, datetime(2026, 11, 22, tzinfo=UTC), datetime(2026, 11, 23, tzinfo=UTC)), words)


def failed(what: str, detail: str = "") -> Step:
    return Step(at=0.0, seconds=1.0, what=what, ok=False, detail=detail)


def test_the_errors_that_say_what_the_reason_says_come_first() -> None:
    logs = shown("wms01-2b3f", WorkloadManagement_Matcher=MATCHER, WorkloadManagement_JobAgent=AGENT)
    assert logs[0].component == "WorkloadManagement/Matcher"
    assert culprit("a job failed: KeyError: '4'", [], logs) == "WorkloadManagement/JobAgent"
    assert culprit("a job failed: KeyError: '5'", [], logs) == "WorkloadManagement/Matcher"


def test_the_longest_share_of_the_reason_counts() -> None:
    logs = shown(
        Framework_ProxyManager="2026-11-22 19:50:10 UTC A ERROR: Cannot find the proxy of somebody",
        WorkloadManagement_Matcher="2026-11-22 19:50:09 UTC A ERROR: Cannot find the proxy of job 118 in the database",
    )
    reason = "job 7 is Failed: Cannot find the proxy of job 7 in the database"
    assert culprit(reason, [], logs) == "WorkloadManagement/Matcher"


def test_an_agent_that_dies_is_at_fault_and_not_who_logged_beside_it() -> None:
    logs = shown("wms01-2b3f", WorkloadManagement_Matcher=MATCHER, Tornado_Tornado=TORNADO)
    step = failed("WorkloadManagement/JobAgent for 1 job(s) with tag wms01-2b3f", f"ProductError: {DIES}")
    assert culprit(DIES, [step], logs) == "WorkloadManagement/JobAgent"
    server = failed("dave: Configuration/Server.getCommonName()")
    assert culprit("500 Server Error of it", [server], logs) == "WorkloadManagement/Matcher"
    said = "Transformation/TransformationAgent: Cycle had an error: no proxy"
    assert culprit(said, [], logs) == "Transformation/TransformationAgent"


def test_errors_of_this_scenario_count_more_than_others_and_than_who_was_asked() -> None:
    logs = shown("wms01-2b3f", WorkloadManagement_Matcher=MATCHER, Tornado_Tornado=TORNADO)
    asked = failed("alice: WorkloadManagement/JobMonitoring.getJobsStates([4])")
    reason = "waited 30 s for job 4 to be Done; last seen: None"
    assert culprit(reason, [asked], logs) == "WorkloadManagement/Matcher"
    assert culprit(reason, [asked], shown("other", Tornado_Tornado=TORNADO)) == "WorkloadManagement/JobMonitoring"


def test_a_command_that_raises_points_at_its_module_and_not_at_who_else_logged_errors() -> None:
    step = failed(
        "dave: dirac-rss-query-db add resource status",
        'File "/x/DIRAC/ResourceStatusSystem/scripts/dirac_rss_query_db.py", line 427, in main ValueError',
    )
    assert culprit("exit code 1", [step], shown(Tornado_Tornado=TORNADO)) == "ResourceStatus/dirac_rss_query_db"


def test_without_any_other_sign_the_users_errors_and_then_the_latest_count() -> None:
    early = "2026-11-22 19:50:01 UTC A ERROR: something is odd"
    late = "2026-11-22 19:50:02,5 UTC A ERROR: something is odder"
    of_alice = "2026-11-22 19:49:00 UTC A ERROR: odd for /O=DIRAC Certification/CN=alice"
    two = shown(Early_One=f"{early}\n{early}", Late_One=late)
    assert [each.component for each in two] == ["Early/One", "Late/One"]
    assert culprit("assert 1 == 2", [], two) == "Late/One"
    asks = Step(at=0.0, seconds=1.0, what="alice: dirac-proxy-info")
    assert culprit("assert 1 == 2", [asks], shown(Early_One=early, Users_One=of_alice, Late_One=late)) == "Users/One"


def test_no_error_is_no_culprit() -> None:
    spoken = shown("wms01-2b3f", Framework_X="2026-11-22 19:50:01 UTC A INFO: took wms01-2b3f")
    assert spoken
    assert culprit("assert 1 == 2", [], spoken) == culprit("assert 1 == 2", [], ()) == ""
