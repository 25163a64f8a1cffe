"""junit.xml, as GitLab, Jenkins and GitHub's actions read it."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from diraccert.model.outcomes import Outcome
from diraccert.model.run import Run, ScenarioResult
from diraccert.reporting import excerpts, wording


def document(run: Run) -> str:
    """The XML text: one suite, one case a scenario; an ERROR is an error, a consequence names its witness."""
    numbers = {outcome: sum(row.outcome is outcome for row in run.scenarios) for outcome in Outcome}
    totals = {
        "tests": str(len(run.scenarios)),
        "failures": str(numbers[Outcome.FAIL]),
        "errors": str(numbers[Outcome.ERROR]),
        "skipped": str(numbers[Outcome.SKIP]),
        "time": f"{run.seconds:.3f}",
    }
    name = wording.name_of(run)
    root = ET.Element("testsuites", {"name": name, **totals})
    timestamp = run.started.isoformat(timespec="seconds")
    suite = ET.SubElement(
        root, "testsuite", {"name": name, **totals, "timestamp": timestamp, "hostname": wording.one_line(run.instance)}
    )
    _properties(
        suite,
        {
            "run_id": run.run_id,
            "verdict": run.verdict.value,
            "headline": wording.headline(run),
            "complete": str(run.complete).lower(),
        },
    )
    for row in run.scenarios:
        _case(suite, row)
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _case(suite: ET.Element, row: ScenarioResult) -> None:
    name = wording.one_line(f"{row.id} {row.title}")
    classname = wording.one_line(row.area)
    case = ET.SubElement(suite, "testcase", {"classname": classname, "name": name, "time": f"{row.seconds:.3f}"})
    told = ("owner", "replaces", "worker", "caused_by", "known")
    _properties(case, {name: value for name in told if (value := getattr(row, name))})
    message = wording.one_line(row.reason, 500)
    if row.outcome is Outcome.SKIP:
        ET.SubElement(case, "skipped", {"message": message})
    elif row.outcome in (Outcome.FAIL, Outcome.ERROR):
        tag = "failure" if row.outcome is Outcome.FAIL else "error"
        kind = wording.one_line(row.evidence.component) or row.outcome.value
        ET.SubElement(case, tag, {"message": message, "type": kind}).text = _evidence(row)
    if row.steps:
        ET.SubElement(case, "system-out").text = "\n".join(
            f"{step.at:8.1f} s  {wording.one_line(step.what)}{'' if step.ok else '  FAILED'}" for step in row.steps
        )


def _properties(parent: ET.Element, values: dict[str, str]) -> None:
    properties = ET.SubElement(parent, "properties")
    for name, value in values.items():
        ET.SubElement(properties, "property", {"name": name, "value": wording.one_line(value)})


def _evidence(row: ScenarioResult) -> str:
    evidence = row.evidence
    parts = [f"the same cause as {row.caused_by}"] if row.caused_by else []
    said = (
        ("reason", row.reason),
        ("asserted", evidence.asserted),
        ("expected", evidence.expected),
        ("got", evidence.got),
        ("attach", evidence.attach),
    )
    parts += [f"{name}: {excerpts.shortened(text)}" for name, text in said if text]
    for log in evidence.logs:
        lines = "\n".join(line.text for line in excerpts.log_lines(log.lines))
        parts.append(f"log of {wording.one_line(log.component)}:\n{lines}")
    if evidence.traceback:
        parts.append("\n".join(line.text for line in excerpts.text_lines(evidence.traceback)))
    return "\n".join(parts)
