import shutil
import subprocess
from datetime import UTC, datetime

import pytest

from diraccert.certification.loglines import parse
from diraccert.certification.logs import SCRIPT, collect, collect_all, excerpts, hosts_of, mentions, split, within
from diraccert.certification.pilots import HOME
from diraccert.model.errors import InfrastructureError

# As 8.0.86 writes them; the traceback is one of its Tornado's.
REAL = """\
2026-11-22 17:46:37,566 UTC DataManagement/StorageElement ALWAYS: Listening at dips://server:9148/DataManagement/StorageElement
2026-11-22 18:01:53,172 UTC Tornado/Tornado/ResourceStatusTornadoResourceStatusHandler NOTICE: Incoming request (172.18.0.3:59478)[hosts:server] ResourceStatus/TornadoResourceStatus: addIfNotThere
2026-11-22 17:47:07,361 UTC WorkloadManagement/StalledJobAgent ERROR: There were errors when loading configuration
Option /DIRAC/Setups/X/WorkloadManagement is not defined
2026-11-22 17:48:00,001 UTC Framework/Dummy EXCEPT: == EXCEPTION == KeyError
Traceback (most recent call last):
  File "/opt/dirac/venv/lib/python3.11/site-packages/DIRAC/Core/Base/AgentModule.py", line 10, in run
    {}[1]

KeyError: 1
===============
"""  # noqa: E501


def records(text=REAL, component="Tornado/Tornado"):
    return list(parse(component, text.splitlines()))


def test_heads_times_levels_and_names():
    found = records()
    assert [each.level for each in found] == ["ALWAYS", "NOTICE", "ERROR", "EXCEPT"]
    assert found[0].time == datetime(2026, 11, 22, 17, 46, 37, 566000, UTC)
    assert found[1].name == "Tornado/Tornado/ResourceStatusTornadoResourceStatusHandler"
    assert found[1].text.startswith("Incoming request (172.18.0.3:59478)")


def test_lines_without_a_head_belong_to_the_record_before():
    assert records()[2].lines[1] == "Option /DIRAC/Setups/X/WorkloadManagement is not defined"
    assert records()[3].raised == "KeyError: 1"
    assert [each.wrong for each in records()] == [False, False, True, True]


def test_older_forms_without_milliseconds_with_threads_colours_and_svlogd():
    text = (
        "2022-07-01 10:00:00 UTC Framework/X [139637] ERROR: with thread\n"
        "@400000005f0c2d3c1a2b3c4d 2022-07-01 10:00:01 UTC Framework/X WARN: with svlogd\n"
        "2022-07-01_10:00:02.12345 2022-07-01 10:00:02 UTC Framework/X INFO: with its times\n"
        "\x1b[31m2022-07-01 10:00:03 UTC Framework/X FATAL: coloured\x1b[0m\n"
        "2022-07-01 10:00:04 UTC Framework/X/jobs[12] ERROR:no space\n"
    )
    found = records(text)
    assert [each.level for each in found] == ["ERROR", "WARN", "INFO", "FATAL", "ERROR"]
    assert found[0].text == "with thread"
    assert found[3].text == "coloured"


def test_the_form_of_release_9_with_and_without_svlogd():
    text = (
        "2026-11-23T00:40:24,722085Z Tornado/Tornado/ProductionTornadoProductionManagerHandler NOTICE: Returning\n"
        "2026-11-23T00:40:25.12345 2026-11-23T00:40:25,000001Z WorkloadManagement/Matcher [139637] ERROR: no job\n"
        "with a second line\n"
    )
    found = records(text)
    assert [each.level for each in found] == ["NOTICE", "ERROR"]
    assert found[0].time == datetime(2026, 11, 23, 0, 40, 24, 722085, UTC)
    assert (found[1].name, found[1].text) == ("WorkloadManagement/Matcher", "no job")
    assert found[1].lines[1] == "with a second line"


def test_the_form_of_diracx():
    lines = [
        '2026-11-23T03:00:00.120Z INFO     uvicorn.access: 172.18.0.5:1 - "GET /api/config/ HTTP/1.1" 200 [user=a]',
        "2026-11-23T03:00:01.002Z ERROR    diracx.routers: it is broken",
        "Traceback (most recent call last):",
        "ValueError: no",
    ]
    access, error = parse("DiracX/Server", lines)
    assert (access.level, access.name, access.wrong) == ("INFO", "uvicorn.access", False)
    assert access.time == datetime(2026, 11, 23, 3, 0, 0, 120_000, tzinfo=UTC)
    assert (error.level, error.text, error.raised) == ("ERROR", "it is broken", "ValueError: no")


def test_hosts_with_logs_are_those_that_the_instance_has():
    assert hosts_of(dict.fromkeys(("client", "worker", "server"), "host")) == ["host"] * 2
    assert hosts_of({"diracx": 3, "server": 1, "worker": 2, "mysql": 0}) == [1, 2, 3]


def test_what_comes_before_any_head_is_a_record_too():
    found = records("Traceback (most recent call last):\n  File x\nImportError: no module\n" + REAL)
    assert found[0].time is None
    assert found[0].wrong
    assert found[0].raised == "ImportError: no module"


def test_the_output_of_the_collecting_command_is_split_by_component():
    text = f"==> dirac-cert log of A/B\n{REAL}\n==> dirac-cert log of C/D\n\n"
    assert {each.component for each in split(text)} == {"A/B"}

    class Host:
        def run(self, argv, *, limit=60):
            assert argv[-1] == "400000"
            return type("Answer", (), {"out": text, "rc": 0})()

    assert len(collect([Host(), Host()])) == 2 * len(records())


class Slow:
    """A host that answers what it is told."""

    def __init__(self, out, rc=0):
        self.out, self.rc = out, rc

    def run(self, argv, *, limit=60):
        return self


def test_logs_that_were_not_read_to_their_end_are_no_proof_of_anything():
    log = f"==> dirac-cert log of A/B\n{REAL}\n"
    assert len(collect_all([Slow(log), Slow("")], 400_000)) == len(records())
    for hosts in ([Slow(log), Slow("", rc=137)], [Slow(log[: len(log) // 2], rc=137)]):
        with pytest.raises(InfrastructureError, match="not read to their end"):
            collect_all(hosts, 400_000)
    with pytest.raises(InfrastructureError, match="no component has a log"):
        collect_all([Slow(""), Slow("==> dirac-cert log of A/B\n\n")], 400_000)


def test_the_collecting_command_reads_components_and_the_job_agents_of_scenarios(tmp_path):
    current = tmp_path / "runit/Framework/X/log/current"
    agent = tmp_path / "home/wms01-3f2a/agent.7.log"
    for file in (current, agent, tmp_path / "runit/sshd/run", tmp_path / "home/ce/info/agent.7.log"):
        file.parent.mkdir(parents=True)
        file.write_text("2026-11-22 17:00:00 UTC X ERROR: odd\n")
    script = SCRIPT.replace("/opt/dirac/runit", f"{tmp_path}/runit").replace(HOME, f"{tmp_path}/home")

    def found():
        done = subprocess.run(["bash", "-c", script, "4000"], capture_output=True, text=True, check=True)
        return [(each.component, each.owner, each.text) for each in split(done.stdout)]

    assert found() == [("Framework/X", "", "odd"), ("WorkloadManagement/JobAgent", "wms01-3f2a", "odd")]
    current.unlink()
    shutil.rmtree(tmp_path / "home")
    assert found() == []


def test_the_log_of_a_scenarios_own_process_is_of_no_other_scenario():
    text = "2026-11-22 17:00:00 UTC WorkloadManagement/JobAgent ERROR: job 12 is lost"
    mine = list(parse("WorkloadManagement/JobAgent", [text], "wms01-3f2a"))
    assert mentions(mine[0], ["12", "wms01-3f2a"]) == "wms01-3f2a"
    assert mentions(mine[0], ["12"]) == ""
    assert excerpts(mine, ["wms01-3f2a"])[0].why == "1 error(s) that speak of wms01-3f2a"
    assert excerpts(mine, ["12", "wms02-1a2b"]) == ()


def test_a_window_takes_what_was_cut_to_seconds_and_what_came_late():
    begin = datetime(2026, 11, 22, 17, 47, 8, 200000, UTC)
    end = datetime(2026, 11, 22, 17, 47, 58, 500000, UTC)
    assert [each.level for each in within(records(), begin, end)] == ["ERROR", "EXCEPT"]


def test_numbers_are_found_as_whole_numbers_only():
    record = records("2026-11-22 17:00:00 UTC A/B INFO: job 12 of 120, 2026-13-01, port :14, [15], (16)")[0]
    assert [word for word in ("12", "13", "14", "15", "16", "0") if mentions(record, [word])] == ["12", "15", "16"]


@pytest.mark.parametrize(
    "text",
    [
        "gave up after 38 attempts",
        "it took 38 ms",
        'oh\n  File "a.py", line 38, in run\n    run(38)',
        "oh\n  |   ...<38 lines>...",
    ],
)
def test_numbers_that_count_something_are_no_ids(text):
    record = records(f"2026-11-22 17:00:00 UTC A/B ERROR: {text}")[0]
    assert mentions(record, ["38"]) == ""
    assert mentions(records(f"2026-11-22 17:00:00 UTC A/B ERROR: {text}\nValueError: job 38")[0], ["38"]) == "38"


def test_excerpts_put_errors_of_this_scenario_first():
    spoken = records("2026-11-22 17:00:00 UTC A/B INFO: took wms01-3f2a", "Spoken/Of")
    wrong = records("2026-11-22 17:00:00 UTC A/B ERROR: something else", "Goes/Wrong")
    both = records("2026-11-22 17:00:00 UTC A/B ERROR: lost wms01-3f2a", "At/Fault")
    silent = records("2026-11-22 17:00:00 UTC A/B INFO: nothing", "Not/Involved")
    found = excerpts([*spoken, *wrong, *both, *silent], ["wms01-3f2a"])
    assert [each.component for each in found] == ["At/Fault", "Goes/Wrong", "Spoken/Of"]
    assert found[0].why == "1 error(s) that speak of wms01-3f2a"


def test_long_excerpts_keep_their_ends():
    many = records("\n".join(f"2026-11-22 17:00:00 UTC A/B ERROR: number {n}" for n in range(100)))
    shown = excerpts(many, [])[0].lines
    assert shown[0].endswith("number 0")
    assert shown[-1].endswith("number 99")
    assert "... 86 lines ..." in shown


def test_of_many_long_messages_an_excerpt_shows_each_by_what_it_says_and_raised():
    body = ["Traceback (most recent call last):", *(f'  File "x.py", line {n}, in y' for n in range(9))]
    text = "\n".join(
        "\n".join([f"2026-11-22 17:00:0{n} UTC A/B ERROR: number {n}", *body, f"KeyError: {n}", "WARN:tornado: 500"])
        for n in range(4)
    )
    [shown] = excerpts(records(text), [])
    assert shown.lines == tuple(
        line for n in range(4) for line in (f"2026-11-22 17:00:0{n} UTC A/B ERROR: number {n}", f"    KeyError: {n}")
    )
    [alone] = excerpts(records(text.partition("2026-11-22 17:00:01")[0].rstrip()), [])
    assert "    ..." in alone.lines
