"""Runs of every kind, for the tests of reports: green, red, unknown, interrupted, empty, large and hostile."""

# ruff: noqa: E501 - tables of data
from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from diraccert.model.outcomes import Outcome, Verdict, verdict_of
from diraccert.model.run import (
    Deviation,
    Evidence,
    Host,
    ImageUsed,
    LogExcerpt,
    NotSelected,
    Run,
    ScenarioResult,
    Step,
)
from diraccert.results.causes import attribute

T0 = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HOSTILE = '<script>document.title="owned"</script><img src=x onerror="document.title=\'owned\'">'

CARDS = (
    ("UPG-01", "Every service is up, every agent does one cycle, every database has its tables", "upgrade", 41.0, ""),
    ("AAI-01", "Certificate login, status, destroy", "aai", 9.4, "tests/System/client_core.sh"),
    ("AAI-02", "Proxy upload and delegation, with and without VOMS", "aai", 12.8, "tests/Integration/Framework/Test_ProxyDB.py"),
    ("WMS-01", "A job to its end: hello world", "wms", 24.3, "tests/System/unitTestUserJobs.py"),
    ("WMS-02", "A failing payload, odd and huge output", "wms", 31.0, "Card 4: jobs that fail"),
    ("WMS-03", "Several jobs in one JobAgent", "wms", 38.2, "tests/System/unitTestUserJobs.py"),
    ("WMS-04", "Kill a job in each of its states", "wms", 17.5, "tests/Integration/WorkloadManagementSystem/Test_Client_WMS.py"),
    ("WMS-05", "Reschedule and delay", "wms", 14.1, "tests/Integration/WorkloadManagementSystem/Test_Client_WMS.py"),
    ("WMS-07", "A thousand jobs all reach Waiting", "wms", 46.6, ""),
    ("DMS-01", "The file catalogue: directories, replicas, metadata", "dms", 11.9, "tests/Integration/DataManagementSystem/Test_FileCatalogDB.py"),
    ("DMS-03", "Put, replicate, remove, with checksums", "dms", 13.7, "tests/System/dirac-dms.sh"),
    ("DMS-04", "A broken storage element is written around", "dms", 8.2, ""),
    ("RMS-01", "A request is executed to Done", "fts_rms", 16.0, "tests/Integration/RequestManagementSystem/Test_Client_Req.py"),
    ("TS-01", "A transformation makes tasks of its files", "transformation", 21.4, "tests/System/TransformationSystem/test_transfClient.py"),
    ("RSS-01", "A banned storage element takes no files", "rss", 7.7, "tests/Integration/ResourceStatusSystem/Test_FullChain.py"),
    ("MON-01", "Accounting records of a job are there", "monitoring", 6.3, "Card 22: accounting plots"),
    ("CLI-02", "Every command answers --help", "cli", 19.9, ""),
    ("CE-01", "Pilots through the SSH computing element", "ces", 52.8, "Card 31: pilots by SSH"),
    ("SEC-01", "Revoked and expired certificates are refused", "security", 5.1, ""),
)  # fmt: skip
DEVIATIONS = (
    Deviation(kind="patch", what="tornado-hooks", reason="the tornado of the package index lacks the hooks of DIRAC's fork, without which no HTTPS service starts"),
    Deviation(kind="override", what="suds-jurko dropped, suds-community added", reason="suds-jurko does not build on Python 3.11"),
    Deviation(kind="pin", what="setuptools<81", reason="pkg_resources is imported at run time"),
    Deviation(kind="dependencies", what="gfal2-python from Debian", reason="1.13 does not build on Debian 12"),
    Deviation(kind="stand-in", what="site DIRAC.Cert.org", reason="one container with sshd stands for a site with its batch system"),
)  # fmt: skip
LEFT_OUT = (
    NotSelected(id="AAI-04", title="Device-code login with a stand-in provider", why="the topology standard has no identity provider"),
    NotSelected(id="CE-03", title="HTCondorCE with tokens", why="the topology standard has no HTCondorCE"),
    NotSelected(id="DX-01", title="A DiracX login serves DIRAC", why="for releases >=9.0 only"),
)  # fmt: skip
LOG = tuple(
    f"2026-11-22 12:01:{second:02d} UTC WorkloadManagement/JobManager {level}: {text}"
    for second, level, text in (
        (4, "INFO", "Executing action ([::ffff:172.18.0.4]:51022)[dteam_user:alice] RPC/rescheduleJob([118])"),
        (4, "VERBOSE", "Rescheduling job 118, attempt 1 of 3"),
        (5, "ERROR", "Cannot reschedule job in JobDB 118: Can't update job attribute: no such column 'RescheduleTime'"),
        (5, "EXCEPT", "== EXCEPTION == OperationalError: (1054, \"Unknown column 'RescheduleTime' in 'field list'\")"),
        (
            5,
            "INFO",
            "Returning response ([::ffff:172.18.0.4]:51022)[dteam_user:alice] (0.08 secs) ERROR: Cannot reschedule",
        ),
    )
)
STEPS = (
    Step(at=0.2, seconds=1.1, what="alice: dirac-wms-job-submit hello.jdl", detail="JobID = 118"),
    Step(at=1.4, seconds=3.0, what="wait for job 118 to be Waiting"),
    Step(at=4.5, seconds=0.6, what="alice: dirac-wms-job-reschedule 118", ok=False, detail="ERROR: Cannot reschedule job 118"),
)  # fmt: skip


def _rows() -> list[ScenarioResult]:
    """All scenarios, passed, spread over four workers as a run would."""
    free = [0.0, 0.3, 0.5, 0.8]
    rows = []
    for id_, title, area, seconds, replaces in CARDS:
        worker = free.index(min(free))
        begin, free[worker] = free[worker], free[worker] + seconds + 0.2
        rows.append(
            ScenarioResult(
                id=id_,
                title=title,
                area=area,
                owner=f"{area}-team",
                replaces=replaces,
                outcome=Outcome.PASS,
                started=T0 + timedelta(seconds=95 + begin),
                seconds=seconds,
                worker=f"gw{worker}",
                suites=("full", "smoke") if seconds < 30 else ("full",),
                steps=STEPS[:2] if area == "wms" else (),
            )
        )
    return rows


def _run(rows: list[ScenarioResult], verdict: Verdict | None = None, **changes: object) -> Run:
    scenarios = attribute(rows)
    values: dict[str, object] = {
        "run_id": "20261122-120000-8.0.86",
        "verdict": verdict or verdict_of(row.outcome for row in scenarios),
        "distribution": "8.0.86",
        "packages": ("DIRAC[server]==8.0.86", "WebAppDIRAC==5.0.15"),
        "manifest": "name: 8.0.86\nline: '8.0'\npackages:\n  - DIRAC[server]==8.0.86\n  - WebAppDIRAC==5.0.15\ntopology: standard\n",
        "selection": "suite full",
        "lock": "".join(f"package-{n}==1.{n}.0 \\\n    --hash=sha256:{n:064x}\n" for n in range(180)),
        "images": tuple(
            ImageUsed(host=host, tag=f"dirac-cert/{host}:3f9c1d2ab7e0", id=f"sha256:{number:064x}")
            for number, host in enumerate(("mysql", "server", "client", "worker"), 11)
        ),
        "patches": DEVIATIONS,
        "instance": "calm-heron",
        "host": Host(cores=2, memory_gb=7.8, system="Debian GNU/Linux 12", docker="20.10.24"),
        "started": T0,
        "seconds": 301.4,
        "timings": {"lock": 4.8, "build": 71.2, "up": 11.3, "scenarios": 201.9, "report": 0.4},
        "workers": 4,
        "scenarios": scenarios,
        "not_selected": LEFT_OUT,
        **changes,
    }
    return Run.model_validate(values)


def _fails(row: ScenarioResult, reason: str, outcome: Outcome = Outcome.FAIL, **evidence: object) -> ScenarioResult:
    shown = Evidence.model_validate(evidence)
    changes = {"outcome": outcome, "reason": reason, "evidence": shown, "steps": STEPS}
    return ScenarioResult.model_validate({**dict(row), **changes})


def green() -> Run:
    """Everything passed, but for one scenario that is not for this release."""
    rows = _rows()
    rows[5] = rows[5].model_copy(
        update={
            "outcome": Outcome.SKIP,
            "reason": "for releases <8.0 only",
            "started": None,
            "seconds": 0.0,
            "steps": (),
        }
    )
    return _run(rows)


def _red_rows() -> list[ScenarioResult]:
    rows = _rows()
    column = "Cannot reschedule job {}: Unknown column 'RescheduleTime' in 'field list'"
    for index, job in ((7, 118), (8, 1204), (13, 77)):
        rows[index] = _fails(
            rows[index],
            column.format(job),
            asserted="alice reschedules her job and it is Waiting again",
            expected="Waiting, reschedule counter 1",
            got=f"S_ERROR: {column.format(job)}",
            component="WorkloadManagement/JobManager",
            traceback='Traceback (most recent call last):\n  File "scenarios/wms/test_reschedule.py", line 31, in test\n'
            "    alice.rpc('WorkloadManagement/JobManager', 'rescheduleJob', [118])\nProductError: Cannot reschedule job",
            logs=(
                LogExcerpt(
                    component="WorkloadManagement/JobManager", why="it answered the call that failed", lines=LOG
                ),
            ),
            attach="dirac-cert attach calm-heron server",
        )
    rows[10] = _fails(
        rows[10],
        "the checksum of /dteam/user/a/alice/c-3fa9c1/data is 4c7a1f02, not 9f570a54",
        asserted="the replica has the checksum of the file that was put",
        expected="9f570a54",
        got="4c7a1f02",
        component="DataManagement/StorageElement",
        logs=(LogExcerpt(component="DataManagement/StorageElement", why="it took the file", lines=LOG[:1] * 3),),
        attach="dirac-cert attach calm-heron server",
    )
    return rows


def red() -> Run:
    """Two causes: one seen by three scenarios, one by a single one."""
    return _run(_red_rows())


def unknown() -> Run:
    """Our infrastructure failed: nothing is said of the product."""
    rows = _rows()
    for index in (3, 4):
        rows[index] = _fails(
            rows[index],
            "container dirac-cert-calm-heron-mysql does not answer: No space left on device",
            Outcome.ERROR,
            asserted="the probe of the database answers",
            expected="an answer within 5 s",
            got="No space left on device",
            attach="dirac-cert attach calm-heron mysql",
        )
    return _run(rows, reason="the database's disk was full")


def interrupted() -> Run:
    """Ctrl-C in the middle: some passed, some were running, some never ran."""
    rows = _rows()
    for index, row in enumerate(rows[6:], 6):
        running = index < 9
        rows[index] = row.model_copy(
            update={
                "outcome": Outcome.ERROR,
                "reason": "interrupted while it ran" if running else "not run: the run ended before (interrupted)",
                "started": row.started if running else None,
                "seconds": 4.0 if running else 0.0,
                "worker": row.worker if running else "",
                "steps": STEPS[:1] if running else (),
            }
        )
    return _run(rows, complete=False, reason="interrupted", seconds=140.0)


def empty() -> Run:
    """It died before any scenario was known."""
    return _run(
        [],
        complete=False,
        reason="the image of server could not be built: no space left on device",
        timings={"lock": 4.1},
        images=(),
        instance="",
        lock="",
        workers=0,
        not_selected=(),
    )


def many() -> Run:
    """The whole catalogue: 120 scenarios on eight workers, some red."""
    rows = []
    for number in range(120):
        id_, title, area, seconds, replaces = CARDS[number % len(CARDS)]
        row = ScenarioResult(
            id=f"{id_.split('-')[0]}-{number:03d}",
            title=title,
            area=area,
            owner=f"{area}-team",
            replaces=replaces,
            outcome=Outcome.PASS,
            started=T0 + timedelta(seconds=95 + (number // 8) * 27.5 + number % 8),
            seconds=seconds / 2,
            worker=f"gw{number % 8}",
            suites=("full",),
            steps=STEPS[:2],
        )
        if number % 17 == 9:
            logs = (LogExcerpt(component="WorkloadManagement/JobDB", why="it ran the query", lines=LOG * 100),)
            row = _fails(row, f"job {number} lost", component="WorkloadManagement/JobDB", got="lost" * 2000, logs=logs)
        rows.append(row)
    return _run(rows, seconds=560.0, workers=8)


def hostile() -> Run:
    """Every text that the product or a person may write tries to be markup, for a page, a terminal or a comment."""
    evil = f"{HOSTILE} ``` | @all ]]> & \x1b[2J\x00\ud800 {{{{ 7*7 }}}} [red]x[/red] javascript:alert(1) " + "w" * 300
    rows = _rows()
    for index in (3, 4):
        rows[index] = _fails(
            rows[index],
            evil,
            asserted=evil,
            expected=evil,
            got=evil,
            component=f"WMS/{HOSTILE}",
            traceback=evil + "\n```\n" + evil,
            logs=({"component": HOSTILE, "why": evil, "lines": [evil, "</pre></details>" + evil]},),
            attach=f"dirac-cert attach '{HOSTILE}'",
        ).model_copy(
            update={"title": HOSTILE, "replaces": HOSTILE, "owner": HOSTILE, "area": '"><b>', "worker": HOSTILE}
        )
    rows[5] = rows[5].model_copy(update={"steps": (Step(at=0, seconds=1, what=evil, detail=evil),)})
    return _run(
        rows,
        distribution=f"8.0.86{HOSTILE}",
        manifest=evil.replace("\ud800", ""),
        lock=HOSTILE + "</textarea></script>",
        selection=HOSTILE,
        reason=HOSTILE,
        patches=(Deviation(kind="patch", what=HOSTILE, reason=HOSTILE),),
        not_selected=(NotSelected(id="X-1", title=HOSTILE, why=HOSTILE),),
        timings={HOSTILE: 3.0},
    )


SAMPLES: dict[str, Callable[[], Run]] = {
    "green": green,
    "red": red,
    "unknown": unknown,
    "interrupted": interrupted,
    "empty": empty,
    "many": many,
    "hostile": hostile,
}
