"""What the warm parents import, and what they leave to components."""

from __future__ import annotations

import importlib.util
import os
import sys
import threading
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from diraccert.rooms import builtin


@pytest.fixture
def warm() -> ModuleType:
    path = builtin() / "roles/warm_start/files/parent/warm_imports.py"
    spec = importlib.util.spec_from_file_location("warm_imports_under_test", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def written(tmp_path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    monkeypatch.syspath_prepend(str(tmp_path))

    def write(**modules: str) -> None:
        for name, text in modules.items():
            (tmp_path / f"{name}.py").write_text(text)
            monkeypatch.delitem(sys.modules, name, raising=False)

    return write


def imported(
    warm: ModuleType, *modules: str, programs: tuple[str, ...] = ()
) -> tuple[set[str], list[Any], dict[str, str]]:
    warm.PROGRAMS["component"] = programs
    answer: tuple[set[str], list[Any], dict[str, str]] = warm.import_all("component", modules)
    return answer


THREAD = "import threading\nthreading.Thread(target=print, daemon=True).start()\n"


def test_a_plain_module_is_imported(warm, written) -> None:
    written(warm_plain="x = 1")
    assert imported(warm, "warm_plain")[2] == {}
    assert sys.modules["warm_plain"].x == 1


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (THREAD, "starts a thread"),
        ("import socket\nsocket.socket().connect(('127.0.0.1', 9))\n", "connects"),
        ("raise ValueError('broken')\n", "ValueError: broken"),
        ("import warm_nowhere\n", "No module named"),
        ("raise SystemExit(3)\n", "SystemExit: 3"),
    ],
)
def test_what_belongs_into_each_process_is_left_with_its_reason(warm, written, text: str, why: str) -> None:
    written(warm_left=text, warm_uses_it="import warm_left")
    left = imported(warm, "warm_left", "warm_uses_it")[2]
    assert why in left["warm_left"]
    assert "warm_uses_it" in left
    assert "warm_left" not in sys.modules


def test_a_module_of_diracs_that_asks_for_its_process_is_left(warm, written) -> None:
    written(
        warm_pid="__name__ = 'DIRAC.Some'\nimport os\nmine = os.getpid()\n",
        warm_other="import os\nmine = os.getpid()\n",
    )
    assert list(imported(warm, "warm_pid", "warm_other")[2]) == ["warm_pid"]


def test_an_exception_handler_does_not_hide_a_refusal(warm, written) -> None:
    written(warm_careless=f"try:\n  {THREAD.replace(chr(10), '; ')[:-2]}\nexcept Exception:\n  pass\n")
    assert "starts a thread" in imported(warm, "warm_careless")[2]["warm_careless"]


def test_what_was_made_in_spite_of_a_refusal_is_shared_with_nobody(warm, written) -> None:
    written(warm_stubborn=f"try:\n  {THREAD.replace(chr(10), '; ')[:-2]}\nexcept BaseException:\n  pass\n")
    written(warm_uses_it="import warm_stubborn")
    with pytest.raises(warm.GoesOn, match="warm_uses_it goes on") as refused:
        imported(warm, "warm_uses_it")
    assert refused.value.module == "warm_uses_it"


def test_threads_of_what_all_programs_import_wait_for_the_component(warm, written) -> None:
    written(warm_program=THREAD)
    before = threading.active_count()
    _, threads, left = imported(warm, programs=("warm_program",))
    assert (len(threads), left, threading.active_count()) == (1, {}, before)
    threads[0].start()
    threads[0].join(5)
    assert not threads[0].is_alive()


def test_variables_that_are_read_are_known_and_nothing_stays_replaced(warm, written) -> None:
    original = os._Environ.__getitem__, os.getpid, threading.Thread.start
    written(warm_reads="import os\nos.environ.get('WARM_A')\n'WARM_B' in os.environ\n")
    read = imported(warm, "warm_reads")[0]
    assert {"WARM_A", "WARM_B"} <= read
    assert (os._Environ.__getitem__, os.getpid, threading.Thread.start) == original


def test_what_a_shell_keeps_for_itself_is_nothing_that_a_module_asks_for(
    warm, written, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(warm_copies="import os\ngiven = dict(os.environ)\n")
    monkeypatch.setenv("SHLVL", "7")
    read = imported(warm, "warm_copies")[0]
    assert "PATH" in read
    assert read.isdisjoint({"PWD", "OLDPWD", "SHLVL", "_"})


def test_a_changed_file_and_a_new_package_are_seen(warm, written, tmp_path) -> None:
    written(warm_seen="x = 1")
    imported(warm, "warm_seen")
    before = warm.files()
    (tmp_path / "warm_seen.py").write_text("x = 12")
    (tmp_path / "fresh").mkdir()
    changed = {path for path, was in before.items() if warm.stamp(path) != was}
    assert {str(tmp_path / "warm_seen.py"), str(tmp_path)} <= changed


def test_handlers_are_those_of_the_kind_and_https_services_share_those_of_the_others(warm, tmp_path) -> None:
    system = tmp_path / "system.json"
    system.write_text(
        '{"services": [{"system": "A", "component": "One", "protocol": "dips"},'
        ' {"system": "B", "component": "TornadoTwo", "protocol": "https"}]}'
    )
    assert "DIRAC.ASystem.Service.OneHandler" in warm.handlers("component", system)
    assert "DIRAC.BSystem.Service.TwoHandler" in warm.handlers("tornado", system)
    assert not any("ASystem" in each for each in warm.handlers("tornado", system))
