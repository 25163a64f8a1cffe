"""A whole certification without DIRAC: the phases, the record that is always written, the end of the instance."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from diraccert.certification import run as runs
from diraccert.certification import stretch
from diraccert.certification.answer import as_mapping
from diraccert.certification.run import certify
from diraccert.instances.waiting import wait_for
from diraccert.model.errors import BadInput, InfrastructureError
from diraccert.model.outcomes import Outcome, Verdict
from diraccert.model.progress import Silent
from diraccert.reporting.terminal import lines
from diraccert.results import store
from tests.integration.fake_certification import make_room, make_world, request, watcher
from tests.unit.distributions import toys


@pytest.fixture
def room(tmp_path, monkeypatch):
    make_room(tmp_path)
    monkeypatch.setenv("DIRAC_CERT_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def world(monkeypatch):
    return make_world(monkeypatch.setattr)


ONLY_OURS = "(WMS-01, WMS-02, WMS-03, WMS-04, OPS-06)"


def test_a_whole_run_is_recorded_and_reported(room, world):
    announced, ended = [], []
    run, folder = certify(
        request(room, f"{ONLY_OURS} and not WMS-02"), watcher(announce=announced.append, ended=ended.append)
    )
    assert (run.verdict, run.complete, run.reason) == (Verdict.YES, True, "")
    outcomes = {each.id: str(each.outcome) for each in run.scenarios}
    assert outcomes == {"WMS-01": "PASS", "WMS-03": "PASS", "WMS-04": "SKIP", "OPS-06": "PASS"}
    assert store.read(folder) == run
    assert {"report.md", "report.html", "junit.xml", "events.jsonl"} <= {path.name for path in folder.iterdir()}
    assert [name for name, _ in announced[-1]] == ["scenarios"]
    assert run.images[0].id == "sha256:t:server"
    assert "WMS-02" in [each.id for each in run.not_selected]
    assert not world.ended


def test_by_how_much_limits_grew_is_recorded_and_reported(room, world, monkeypatch):
    monkeypatch.setenv(stretch.VARIABLE, "2.5")
    run, folder = certify(request(room, "WMS-01, WMS-03"), watcher())
    assert store.read(folder).stretch == run.stretch == 2.5
    said = "limits were 2.5 times those of an idle machine"
    assert said in (folder / "report.html").read_text()
    assert said in (folder / "report.md").read_text().replace("\\", "")


def test_a_run_from_source_says_what_of_it_was_not_committed(room, world, tmp_path, monkeypatch):
    monkeypatch.setattr("diraccert.distributions.sources.UvBuilder", toys.ToyBuilder)
    toy = toys.checkout(tmp_path / "toy")
    (toy / "src/DIRAC/new.py").write_text("1\n")
    run, folder = certify(replace(request(room, "WMS-01"), dist="", sources=(toy,)), watcher())
    commit = toys.git(toy, "rev-parse", "HEAD").strip()
    assert run.distribution == f"DIRAC@{commit[:10]}-dirty"
    assert run.packages == ("DIRAC==8.0.87.dev3",)
    assert [(each.commit, each.changed) for each in run.sources] == [(commit, ("src/DIRAC/new.py",))]
    assert f"DIRAC-{commit[:10]}-dirty" in run.run_id
    assert store.read(folder) == run
    told = f"DIRAC 8.0.87.dev3: commit {commit[:10]}, with uncommitted changes in src/DIRAC/new.py"
    assert f"  from source: {told}" in [str(line) for line in lines(run, folder)]
    assert as_mapping(run, folder)["sources"][0]["dirty"] is True
    assert told in (folder / "report.html").read_text()
    assert "with uncommitted changes in" in (folder / "report.md").read_text()


def test_a_failure_is_a_no_and_keeps_even_a_fresh_instance(room, world):
    run, _ = certify(request(room, "WMS-01, WMS-02", fresh=True), watcher())
    assert run.verdict is Verdict.NO
    assert run.complete
    assert not world.ended


@pytest.mark.parametrize(("keep", "ended"), [(False, True), (True, False)])
def test_a_fresh_instance_ends_unless_it_is_kept(room, world, keep, ended):
    certify(request(room, "WMS-01", fresh=True, keep=keep), watcher())
    assert world.ended is ended


def test_new_errors_in_the_logs_fail_the_gate(room, world, monkeypatch):
    line = "2099-01-01 00:00:00 UTC WorkloadManagement/JobManager ERROR: lost a job\n"
    world.logs["server"] = f"==> dirac-cert log of WorkloadManagement/JobManager\n{line}"
    monkeypatch.setattr("diraccert.certification.logs.within", lambda records, begin, end: list(records))
    run, folder = certify(request(room, "WMS-01, OPS-06"), watcher())
    gate = next(each for each in run.scenarios if each.id == "OPS-06")
    assert gate.outcome is Outcome.FAIL
    assert gate.evidence.component == "WorkloadManagement/JobManager"
    assert (folder / "log-signatures.json").exists()


def test_the_gate_judges_the_job_agents_of_scenarios_too(room, world, monkeypatch):
    line = "2099-01-01 00:00:00 UTC WorkloadManagement/JobAgent ERROR: lost a job\n"
    world.logs = {"worker": f"==> dirac-cert log of WorkloadManagement/JobAgent of scenario wms01-3f2a\n{line}"}
    monkeypatch.setattr("diraccert.certification.logs.within", lambda records, begin, end: list(records))
    run, _ = certify(request(room, "WMS-01, OPS-06"), watcher())
    gate = next(each for each in run.scenarios if each.id == "OPS-06")
    assert gate.evidence.component == "WorkloadManagement/JobAgent"


def test_a_line_without_a_baseline_is_not_known(room, world, monkeypatch):
    (room / "ci/baselines/8.0.yml").unlink()
    monkeypatch.setattr("diraccert.certification.baseline.find", lambda line, rooms: None)
    run, _ = certify(request(room, "WMS-01, OPS-06"), watcher())
    gate = next(each for each in run.scenarios if each.id == "OPS-06")
    assert gate.outcome is Outcome.ERROR
    assert "dirac-cert scenarios baseline" in gate.reason


def interrupt(*_, **__):
    raise KeyboardInterrupt


def test_an_interrupt_is_recorded(room, world, monkeypatch):
    monkeypatch.setattr(runs.standing, "stand", interrupt)
    run, folder = certify(request(room, "WMS-01"), watcher())
    assert (run.complete, run.reason, run.verdict) == (False, "interrupted", Verdict.UNKNOWN)
    assert store.read(folder) == run
    assert [str(each.outcome) for each in run.scenarios] == ["ERROR"]


def test_an_interrupt_while_scenarios_run_keeps_what_they_did(room, world):
    class Impatient(Silent):
        def note(self, text):
            if (room / "begun").exists():
                raise KeyboardInterrupt

    run, _ = certify(request(room, "WMS-05"), watcher(progress=Impatient()))
    assert run.reason == "interrupted"
    assert run.scenarios[0].steps[0].what == "begun"


def test_a_failure_of_ours_is_recorded_and_not_known(room, world, monkeypatch):
    def fail(*_, **__):
        raise InfrastructureError("no disk", "make room")

    monkeypatch.setattr(runs.standing, "stand", fail)
    run, folder = certify(request(room, "WMS-01"), watcher())
    assert (run.verdict, run.complete, run.reason) == (Verdict.UNKNOWN, False, "no disk (make room)")
    assert (folder / "report.md").exists()


def test_a_crash_is_recorded_before_it_is_told(room, world, monkeypatch):
    def crash(*_, **__):
        raise RuntimeError("a mistake of ours")

    monkeypatch.setattr(runs.standing, "stand", crash)
    with pytest.raises(RuntimeError):
        certify(request(room, "WMS-01"), watcher())
    run = store.read(room / "run")
    assert run.complete is False
    assert run.reason == "dirac-cert itself failed: RuntimeError: a mistake of ours"


def test_bad_input_leaves_nothing(room, world):
    with pytest.raises(BadInput):
        certify(request(room, "WMS-99"), watcher())
    assert not (room / "run").exists()


def test_a_folder_that_was_used_before_holds_the_new_run_only(room, world):
    certify(request(room, "WMS-01, WMS-02"), watcher())
    run, _ = certify(request(room, "WMS-01"), watcher())
    assert [each.id for each in run.scenarios] == ["WMS-01"]


def test_a_killed_certify_leaves_a_record_that_is_not_complete(room):
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.integration.fake_certification", room], cwd=Path(__file__).parents[2]
    )
    wait_for((room / "begun").exists, 60, "the scenario to begin")
    process.kill()
    process.wait()
    run = store.read(room / "run")
    assert (run.complete, run.verdict) == (False, Verdict.UNKNOWN)
    assert "killed" in run.reason
    wait_for(lambda: not _processes(room), 30, "the scenarios to notice")


def _processes(room):
    command = ["pgrep", "-f", "--", f"--cert-run-dir {room / 'run'}"]
    return subprocess.run(command, capture_output=True, check=False).stdout.split()
