"""The files of a run's folder: for people, for forges and for other programs."""

from __future__ import annotations

import itertools
import json
import re
import time
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from markdown_it import MarkdownIt

from diraccert.model.errors import InfrastructureError
from diraccert.model.outcomes import Outcome
from diraccert.reporting import html, junit, markdown, render
from diraccert.reporting.timeline import timeline
from tests.unit.reporting.sample_runs import HOSTILE, SAMPLES

NAMES = sorted(SAMPLES)


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", NAMES)
def test_every_kind_of_run_is_rendered_and_rendering_again_gives_the_same(name: str, tmp_path: Path) -> None:
    run = SAMPLES[name]()
    render(run, tmp_path)
    (tmp_path / "allure-results" / "old-result.json").write_text("{}")
    first = files(tmp_path)
    render(run, tmp_path)
    assert files(tmp_path) == {name: content for name, content in first.items() if "old" not in name}
    assert {"report.html", "report.md", "junit.xml"} < set(first)


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InfrastructureError, match=r"report\.html cannot be written"):
        render(SAMPLES["green"](), tmp_path / "file")


def test_a_large_run_is_rendered_quickly(tmp_path: Path) -> None:
    run = SAMPLES["many"]()
    render(run, tmp_path)
    begin = time.process_time()
    render(run, tmp_path)
    assert time.process_time() - begin < 1


class Page(HTMLParser):
    """The tags of a page, its headings, its ids and the links within it."""

    VOID = ("meta", "link", "input", "br", "wbr", "img", "line", "rect")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.attributes: set[str] = set()
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in self.VOID:
            self.open.append(tag)
        values = dict(attrs)
        if values.get("id"):
            self.ids.append(str(values["id"]))
        if tag == "a":
            self.links.append(str(values["href"]))

    def handle_endtag(self, tag: str) -> None:
        assert tag in self.VOID or self.open.pop() == tag


@pytest.mark.parametrize("name", NAMES)
def test_the_page_is_whole_and_its_links_lead_somewhere(name: str) -> None:
    page = Page(html.page(SAMPLES[name]()))
    assert page.open == []
    assert len(page.ids) == len(set(page.ids))
    assert {link.removeprefix("#") for link in page.links} <= set(page.ids)
    assert {row.id for row in SAMPLES[name]().scenarios} <= set(page.ids)
    headings = [int(tag[1]) for tag in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert headings[0] == 1
    assert all(later - earlier <= 1 for earlier, later in itertools.pairwise(headings))
    assert (page.tags.count("script"), page.tags.count("img")) == (1, 0)
    assert not [name for name in page.attributes if name.startswith("on")]


def test_what_tries_to_be_markup_is_text() -> None:
    text = html.page(SAMPLES["hostile"]())
    assert HOSTILE not in text
    assert "<script>document" not in text
    assert "&lt;script&gt;document" in text
    assert not re.search(r"[\x00-\x08\x1b\ud800]", text)


def test_long_logs_and_answers_are_cut_with_a_note() -> None:
    text = html.page(SAMPLES["many"]())
    assert "[440 lines cut here; run.json has them all]" in text
    assert "6800 characters cut; run.json has them all]" in text


def test_the_timeline_has_a_bar_for_all_that_ran_within_its_drawing() -> None:
    run = SAMPLES["interrupted"]()
    drawing = timeline(run)
    assert drawing
    assert {bar.id for bar in drawing.bars} == {row.id for row in run.scenarios if row.started}
    assert all(bar.x >= 0 and bar.x + bar.width <= drawing.width and bar.y < drawing.height for bar in drawing.bars)
    assert [worker for _, worker in drawing.lanes] == ["gw0", "gw1", "gw2", "gw3"]
    by_lane: dict[float, list[tuple[float, float]]] = {}
    for bar in drawing.bars:
        by_lane.setdefault(bar.y, []).append((bar.x, bar.x + bar.width))
    for spans in by_lane.values():
        ordered = sorted(spans)
        assert all(end <= begin for (_, end), (begin, _) in itertools.pairwise(ordered))


def test_a_run_in_which_nothing_ran_has_no_timeline() -> None:
    assert timeline(SAMPLES["empty"]()) is None


@pytest.mark.parametrize("name", NAMES)
def test_junit_counts_what_it_holds(name: str) -> None:
    run = SAMPLES[name]()
    root = ET.fromstring(junit.document(run).encode())
    (suite,) = root
    cases = suite.findall("testcase")
    for tag, total, outcome in (
        ("failure", "failures", Outcome.FAIL),
        ("error", "errors", Outcome.ERROR),
        ("skipped", "skipped", Outcome.SKIP),
    ):
        number = sum(row.outcome is outcome for row in run.scenarios)
        assert int(suite.attrib[total]) == int(root.attrib[total]) == number
        assert len(suite.findall(f"testcase/{tag}")) == number
    assert int(suite.attrib["tests"]) == len(cases) == len(run.scenarios)
    assert all(float(case.attrib["time"]) >= 0 for case in cases)


def test_junit_says_what_failed() -> None:
    root = ET.fromstring(junit.document(SAMPLES["red"]()).encode())
    failures = {case.attrib["name"][:6]: case.find("failure") for case in root.iter("testcase")}
    witness, consequence = failures["WMS-05"], failures["WMS-07"]
    assert witness is not None
    assert consequence is not None
    assert witness.attrib["message"].startswith("Cannot reschedule job 118")
    assert witness.attrib["type"] == "WorkloadManagement/JobManager"
    assert "expected: Waiting, reschedule counter 1" in str(witness.text)
    assert "attach: dirac-cert attach calm-heron server" in str(witness.text)
    assert str(consequence.text).startswith("the same cause as WMS-05")


@pytest.mark.parametrize("name", NAMES)
def test_allure_has_a_result_for_each_scenario_and_its_attachments_are_there(name: str, tmp_path: Path) -> None:
    run = SAMPLES[name]()
    render(run, tmp_path)
    folder = tmp_path / "allure-results"
    results = [json.loads(path.read_text()) for path in folder.glob("*-result.json")]
    statuses = {"PASS": "passed", "FAIL": "failed", "ERROR": "broken", "SKIP": "skipped"}
    assert sorted((r["name"].split()[0], r["status"]) for r in results) == sorted(
        (row.id, statuses[row.outcome]) for row in run.scenarios
    )
    for result in results:
        assert result["stop"] >= result["start"]
        assert len(result["historyId"]) == 36
        labels = {label["name"]: label["value"] for label in result["labels"]}
        assert {"owner", "epic", "suite", "parentSuite", "severity", "framework"} <= set(labels)
        assert all(step["status"] and step["start"] >= result["start"] for step in result.get("steps", ()))
        assert all((folder / attachment["source"]).is_file() for attachment in result.get("attachments", ()))
    assert {path.name for path in folder.iterdir()} >= {"environment.properties", "categories.json"}


def test_a_scenarios_history_is_the_same_in_every_run(tmp_path: Path) -> None:
    one = SAMPLES["green"]()
    ids = []
    for number, run in enumerate((one, one.model_copy(update={"run_id": "another"}))):
        render(run, tmp_path / str(number))
        results = [
            json.loads(path.read_text()) for path in (tmp_path / str(number)).glob("allure-results/*-result.json")
        ]
        ids.append(({r["historyId"] for r in results}, {r["uuid"] for r in results}))
    assert ids[0][0] == ids[1][0]
    assert not ids[0][1] & ids[1][1]


@pytest.mark.parametrize("name", NAMES)
def test_the_comment_is_short_enough_and_holds_no_live_markup(name: str) -> None:
    run = SAMPLES[name]()
    text = markdown.comment(run)
    assert len(text) <= markdown.LONGEST
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(text)
    live = [token.content for token in tokens if token.type == "html_block"]
    live += [
        c.content for token in tokens for c in token.children or () if c.type in ("html_inline", "image", "link_open")
    ]
    assert all(re.fullmatch(r"(</?details>|<summary>[^<]*</summary>|\s)*", piece) for piece in live), live
    assert sum(token.type == "heading_open" for token in tokens) >= 1
    if run.scenarios:
        assert sum(token.type == "tr_open" for token in tokens) == len(run.scenarios) + 1


def test_the_comment_names_the_verdict_the_causes_and_what_is_not_shown() -> None:
    text = markdown.comment(SAMPLES["red"]())
    assert text.startswith("## DIRAC 8.0.86: not certified: 2 causes\n")
    assert "### FAIL WMS\\-05 Reschedule and delay" in text
    assert "- 2 consequences: TS\\-01, WMS\\-07" in text
    assert "- Look for yourself: `dirac-cert attach calm-heron server`" in text
    assert text.index("What this run does not show") > text.index("All 19 scenarios")
    assert "**tornado\\-hooks** (patch)" in text
    assert "not selected" in text


def test_a_comment_that_would_be_too_long_leaves_out_logs_first() -> None:
    run = SAMPLES["many"]()
    rows = [
        row.model_copy(update={"reason": f"{row.id} {'very long ' * 60}", "caused_by": ""}) for row in run.scenarios
    ]
    red = [row.model_copy(update={"outcome": Outcome.FAIL}) if row.evidence.logs else row for row in rows]
    text = markdown.comment(run.model_copy(update={"scenarios": tuple(red)}))
    assert len(text) <= markdown.LONGEST
    assert "Log of" not in text
    assert "All 120 scenarios" in text


def test_text_of_ours_mentions_nobody_and_is_no_markup() -> None:
    assert markdown.prose("@all [x](y) <b> `c` a|b #1") == "&#64;all \\[x\\]\\(y\\) \\<b\\> \\`c\\` a\\|b \\#1"


def test_code_spans_and_fences_hold_any_backticks() -> None:
    assert markdown.code("a `b`` c") == "```a `b`` c```"
    assert markdown.code("`x`") == "`` `x` ``"
    assert markdown.fenced("````") == "`````text\n````\n`````"
