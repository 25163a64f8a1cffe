"""The sums of the benchmark, and what it makes of them."""

from __future__ import annotations

import json

import pytest

from benchmarks.__main__ import main, report, table
from benchmarks.bench import plain_script
from benchmarks.counters import Process, Use, since
from benchmarks.figures import Figure, largest, least_makespan, medians
from diraccert.images.build_plan import ImageSet


def test_a_figure_is_judged_by_its_median_not_by_its_worst() -> None:
    figure = Figure("reset", "s", (2.0, 9.0, 1.0, 2.5, 2.2), 3.0)
    assert figure.median == 2.2
    assert figure.ratio == pytest.approx(2.2 / 3)
    assert figure.holds


def test_a_figure_exactly_at_its_limit_holds_and_above_it_does_not() -> None:
    assert Figure("reset", "s", (3.0,), 3.0).holds
    assert not Figure("reset", "s", (2.0, 3.5, 3.01), 3.0).holds


@pytest.mark.parametrize(("values", "limit"), [((), 1.0), ((1.0,), 0.0)])
def test_nothing_measured_or_no_limit_is_refused(values: tuple[float, ...], limit: float) -> None:
    with pytest.raises(ValueError, match="reset"):
        Figure("reset", "s", values, limit)


def test_no_schedule_beats_the_longest_scenario_nor_the_cores() -> None:
    assert least_makespan([10.0, 60.0, 5.0], cpu_seconds=80.0) == 60.0
    assert least_makespan([10.0, 60.0, 5.0], cpu_seconds=200.0) == 100.0
    assert least_makespan([], cpu_seconds=0.0) == 0.0


def test_the_largest_parts_come_first() -> None:
    assert largest({"mysql": 0.9, "server": 7.13, "worker": 0.1}, "s", 2) == "server 7.13 s, mysql 0.9 s"


def test_medians_of_parts_count_a_missing_part_as_nothing() -> None:
    assert medians([{"a": 1.0, "b": 9.0}, {"a": 3.0}, {"a": 2.0}]) == {"a": 2.0, "b": 0.0}


def test_use_between_two_counts() -> None:
    assert since({"server": 2.0}, {"server": 5.0, "mysql": 1.0}) == {"server": 3.0, "mysql": 1.0}


def test_memory_of_a_host_is_what_its_processes_and_its_files_take() -> None:
    assert Use((Process("a", 3, 0.0), Process("b", 4, 0.0)), 10).total == 17


@pytest.mark.parametrize(
    ("command", "name"),
    [
        (
            "/opt/x/bin/python /opt/x/bin/dirac-service Framework/Notification --cfg /opt/e.cfg",
            "Framework/Notification",
        ),
        ("/opt/x/bin/python /opt/x/bin/tornado-start-all ", "tornado-start-all"),
        ("mariadbd --user=mysql", "mariadbd"),
        ("sshd: /usr/sbin/sshd -D", "sshd"),
        ("", "?"),
    ],
)
def test_a_process_is_called_by_its_component(command: str, name: str) -> None:
    assert Process(command, 0, 0.0).name == name


def test_the_plain_script_starts_every_container_at_once_with_the_files_of_the_database_in_memory() -> None:
    script = plain_script(ImageSet("1", {"mysql": "m:1", "server": "s:1"}), "bench-x")
    runs = [line for line in script.splitlines() if line.startswith("docker run")]
    assert [line.rsplit(maxsplit=3)[1] for line in runs] == ["m:1", "s:1"]
    assert all(line.endswith("&") for line in runs)
    assert "--tmpfs /var/lib/mysql:" in runs[0]
    assert "--tmpfs" not in runs[1]


def test_json_and_the_table_have_every_figure() -> None:
    figures = [Figure("reset", "s", (2.0, 4.0), 3.0, "CPU"), Figure("memory", "MB", (1500.0,), 1200.0)]
    told = json.loads(json.dumps(report(figures, "8.0.86", 2)))
    assert [(each["name"], each["ratio"], each["holds"]) for each in told["figures"]] == [
        ("reset", 1.0, True),
        ("memory", 1.25, False),
    ]
    assert table(figures).row_count == 2


@pytest.mark.parametrize("words", [["--only", "speed"], ["--only", ""], ["--rounds", "0"], ["--rounds", "many"]])
def test_what_cannot_be_measured_is_a_usage_error(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        main(words)
    assert refused.value.code == 64
    assert words[0] in capsys.readouterr().err
