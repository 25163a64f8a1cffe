from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from diraccert.certification.answer import as_mapping, exit_code
from diraccert.certification.live import Live, ended_line
from diraccert.certification.pytest_process import batches
from diraccert.certification.record import new_run_id
from diraccert.certification.request import outcomes_of, run_named, selection_of
from diraccert.certification.topology import offers, offers_of
from diraccert.model.errors import BadInput
from diraccert.model.manifest import Manifest
from diraccert.model.outcomes import Outcome, Verdict
from diraccert.model.run import Evidence, Host, Run, ScenarioResult
from diraccert.model.scenario import ScenarioMeta
from diraccert.results import store
from diraccert.results.events import Finished, Started

NOW = datetime(2026, 11, 22, 17, tzinfo=UTC)


def result(id_, outcome, **more):
    return ScenarioResult(id=id_, title=f"title of {id_}", area="wms", owner="o", outcome=outcome, **more)


def run(**more):
    scenarios = (
        result("WMS-01", Outcome.PASS),
        result("WMS-02", Outcome.FAIL, reason="assert 1 == 2", started=NOW, evidence=Evidence(
            component="A/B", signature="s", attach="dirac-cert attach x server")),
        result("WMS-03", Outcome.FAIL, caused_by="WMS-02", started=NOW, evidence=Evidence(
            component="A/B", signature="s")),
        result("WMS-04", Outcome.ERROR, reason="no line", started=NOW),
    )  # fmt: skip
    return Run(**{
        "run_id": "r1", "verdict": Verdict.NO, "distribution": "8.0.86", "scenarios": scenarios, "seconds": 61.0,
        "host": Host(cores=2, memory_gb=4, system="x"), "started": NOW, **more,
    })  # fmt: skip


def test_what_to_run_from_the_options():
    assert selection_of("", "", None, ()) == "full"
    assert selection_of("smoke", "", None, ()) == "smoke"
    assert selection_of("", "wms", None, ()) == "wms"
    assert selection_of("", "", run(), ()) == "WMS-01, WMS-02, WMS-03, WMS-04"
    assert selection_of("", "", run(), (Outcome.FAIL, Outcome.ERROR)) == "WMS-02, WMS-03, WMS-04"
    assert selection_of("smoke", "", run(), (Outcome.ERROR,)) == "(WMS-04) and (smoke)"


def test_options_that_contradict_or_choose_nothing_are_bad_input():
    with pytest.raises(BadInput, match="--suite and --select"):
        selection_of("smoke", "wms", None, ())
    with pytest.raises(BadInput, match="no scenario that ended with SKIP"):
        selection_of("", "", run(), (Outcome.SKIP,))


def test_outcomes_are_read_from_a_list():
    assert outcomes_of("fail, ERROR") == (Outcome.FAIL, Outcome.ERROR)
    assert outcomes_of("") == ()
    with pytest.raises(BadInput, match="no outcome RED"):
        outcomes_of("red")


def test_a_run_is_found_by_folder_or_id(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    store.write(run(), Path("reports/runs/r1"))
    assert run_named("r1").run_id == run_named("reports/runs/r1").run_id == "r1"
    with pytest.raises(BadInput):
        run_named("r2")


def test_exclusive_ones_run_alone_afterwards():
    found = batches(["a", "b", "c"], ["x"], 6)
    assert [(each.ids, each.workers) for each in found] == [(("a", "b", "c"), 3), (("x",), 0)]
    assert batches(["a"], [], 6)[0].workers == 0
    assert batches([], [], 6) == []


def test_run_ids_sort_by_time_and_name_folders():
    first, second = new_run_id("DIRAC 8.0.86", NOW), new_run_id("../x", NOW + timedelta(seconds=1))
    assert first.startswith("20261122-170000-DIRAC-8-0-86-")
    assert first < second
    assert "/" not in second


def test_the_live_line():
    metas = [ScenarioMeta(f"WMS-{n:02}", "t", "wms", "o", about=10) for n in range(1, 5)]
    live = Live(metas, 2, {"WMS-01": 4.0}, now=lambda: NOW + timedelta(seconds=3))
    started = [Started(time=NOW, id=f"WMS-0{n}") for n in (1, 2)]
    failed = Finished(time=NOW, id="WMS-02", outcome=Outcome.FAIL, seconds=1)
    assert live.take([*started, failed]) == [failed]
    assert live.line() == "1 of 4 done, 1 FAIL; running WMS-01 (3 s); about 11 s left"


def test_what_programs_get():
    told = as_mapping(run(stretch=1.5), Path("/runs/r1"))
    assert (told["verdict"], told["stretch"], told["folder"]) == ("no", 1.5, "/runs/r1")
    assert told["scenarios"][2]["caused_by"] == "WMS-02"


def test_a_scenario_that_ended_is_one_line():
    assert ended_line(Finished(time=NOW, id="WMS-02", outcome=Outcome.FAIL, seconds=1, reason="no")).endswith("no")


def test_exit_codes():
    assert exit_code(run()) == 1
    assert exit_code(run(verdict=Verdict.YES)) == 0
    assert exit_code(run(verdict=Verdict.UNKNOWN, reason="no daemon", complete=False)) == 2
    assert exit_code(run(reason="interrupted", complete=False)) == 130


def test_a_topology_offers_what_all_its_parts_do():
    assert "pilots" in offers_of("standard")
    assert "opensearch" not in offers_of("standard")
    assert offers_of("standard+opensearch") == offers_of("standard") | {"opensearch"}


@pytest.mark.parametrize("topology", ["odd", "", "opensearch", "standard+odd", "standard+standard", "standard+"])
def test_only_known_topologies_offer_something(topology):
    with pytest.raises(BadInput, match=r"there is no topology '.*' .write standard, with any of \+opensearch"):
        offers_of(topology)


@pytest.mark.parametrize(
    ("packages", "offered"),
    [
        (("DIRAC==8.0.86",), {"dcommands"}),
        (("DIRAC[server]==8.0.13", "WebAppDIRAC==5.0.5"), set()),
        (("DIRAC==7.3.26",), set()),
        (("DIRAC==7.3.26", "COMDIRAC==1.3.3"), {"dcommands"}),
        (("DIRAC==8.0.86", "ilcdirac==35.0.12"), {"dcommands", "extension"}),
    ],
)
def test_packages_offer_too(packages: tuple[str, ...], offered: set[str]) -> None:
    manifest = Manifest(name="toy", line="8.0", packages=packages)
    assert offers(manifest) - offers_of("standard") == offered
