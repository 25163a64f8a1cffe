"""allure-results/: what the Allure report generator reads, one result a scenario (its format 2)."""

from __future__ import annotations

import json
import shutil
import uuid
from pathlib import Path

import attr
from allure_commons import model2
from allure_commons.types import LabelType, Severity

from diraccert.model.outcomes import Outcome
from diraccert.model.run import Run, ScenarioResult
from diraccert.reporting import wording
from diraccert.results.whole_file import write_whole

_STATUS = {
    Outcome.PASS: model2.Status.PASSED,
    Outcome.FAIL: model2.Status.FAILED,
    Outcome.ERROR: model2.Status.BROKEN,
    Outcome.SKIP: model2.Status.SKIPPED,
}
_SPACE = uuid.UUID("5b6f0c1e-7c6b-4f0e-9a55-2f2f8b6f3c10")  # of the names made below
_CATEGORIES = [
    {"name": "The product is wrong", "matchedStatuses": [model2.Status.FAILED]},
    {"name": "Our infrastructure failed", "matchedStatuses": [model2.Status.BROKEN]},
    {"name": "Not for this release", "matchedStatuses": [model2.Status.SKIPPED]},
]


def write(run: Run, folder: Path) -> None:
    """Write the results into ``folder``, in place of what is there."""
    shutil.rmtree(folder, ignore_errors=True)
    for row in run.scenarios:
        _write_result(run, row, folder)
    facts = {
        "Distribution": wording.name_of(run),
        "Verdict": wording.answer_of(run),
        "Run": run.run_id,
        "Selection": run.selection,
        "Machine": run.host.system,
    }
    lines = (f"{key}={wording.one_line(value)}".replace("\\", "\\\\") for key, value in facts.items() if value)
    write_whole(folder / "environment.properties", "\n".join(lines) + "\n", durable=False)
    write_whole(folder / "categories.json", json.dumps(_CATEGORIES, indent=2) + "\n", durable=False)


def _write_result(run: Run, row: ScenarioResult, folder: Path) -> None:
    # Names follow from the run and the scenario, so that rendering again gives the same files.
    identity = uuid.uuid5(_SPACE, f"{run.run_id} {row.id}")
    begin = round((row.started or run.started).timestamp() * 1000)
    result = model2.TestResult(
        uuid=str(identity),
        historyId=str(uuid.uuid5(_SPACE, row.id)),
        testCaseId=str(uuid.uuid5(_SPACE, row.id)),
        fullName=wording.one_line(f"{row.area}.{row.id}"),
        name=wording.one_line(f"{row.id} {row.title}"),
        status=_STATUS[row.outcome],
        stage="finished",
        start=begin,
        stop=begin + round(row.seconds * 1000),
        labels=_labels(run, row),
        steps=[
            model2.TestStepResult(
                name=wording.one_line(step.what, 500),
                status=model2.Status.PASSED if step.ok else _STATUS[row.outcome],
                statusDetails=model2.StatusDetails(message=wording.plain(step.detail)) if step.detail else None,
                stage="finished",
                start=begin + round(step.at * 1000),
                stop=begin + round((step.at + step.seconds) * 1000),
            )
            for step in row.steps
        ],
    )
    if row.replaces:
        result.parameters.append(model2.Parameter(name="replaces", value=wording.one_line(row.replaces), excluded=True))
    if row.outcome is not Outcome.PASS:
        result.statusDetails = model2.StatusDetails(message=_message(row), trace=wording.plain(row.evidence.traceback))
    for number, log in enumerate(row.evidence.logs):
        source = model2.ATTACHMENT_PATTERN.format(prefix=uuid.uuid5(identity, f"log {number}"), ext="txt")
        write_whole(folder / source, "\n".join(wording.plain(line) for line in log.lines) + "\n", durable=False)
        name = wording.one_line(f"log of {log.component}")
        result.attachments.append(model2.Attachment(name=name, source=source, type="text/plain"))
    path = folder / model2.TEST_CASE_PATTERN.format(prefix=identity)
    filled = attr.asdict(result, filter=lambda _, value: bool(value) or value == 0)
    write_whole(path, json.dumps(filled, indent=1) + "\n", durable=False)


def _labels(run: Run, row: ScenarioResult) -> list[model2.Label]:
    severity = Severity.CRITICAL if "smoke" in row.suites else Severity.NORMAL
    values = [
        (LabelType.PARENT_SUITE, wording.name_of(run)),
        (LabelType.SUITE, row.area),
        (LabelType.EPIC, row.area),
        (LabelType.FEATURE, row.evidence.component),
        ("owner", row.owner),
        (LabelType.SEVERITY, severity.value),
        (LabelType.THREAD, row.worker),
        (LabelType.HOST, run.instance),
        (LabelType.FRAMEWORK, "dirac-cert"),
        *((LabelType.TAG, suite) for suite in row.suites),
    ]
    return [model2.Label(name=str(name), value=wording.one_line(value)) for name, value in values if value]


def _message(row: ScenarioResult) -> str:
    evidence = row.evidence
    parts = (
        ("", row.reason),
        ("the same cause as ", row.caused_by),
        ("known: ", row.known),
        ("asserted: ", evidence.asserted),
        ("expected: ", evidence.expected),
        ("got: ", evidence.got),
        ("attach: ", evidence.attach),
    )
    return "\n".join(prefix + wording.plain(text) for prefix, text in parts if text)
