"""The warm interpreter without DIRAC: forks, limits, values, what it leaves behind."""

import datetime
import getpass
import importlib.util
import json
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from diraccert.certification import typed
from diraccert.instances.waiting import wait_for
from diraccert.rooms import builtin

PROGRAM = builtin() / "roles" / "client" / "files" / "warm.py"
ME = getpass.getuser()
VALUES = [
    None, True, 3, 1.5, "text", "\udc80", [1, [2]], {"a": 1}, {1: "one", 2: {3: 4}}, (1, (2, "x")), b"\x00\xff",
    {1, 2}, datetime.datetime(2026, 11, 22, 17, 0, 1, 5, datetime.UTC),
    datetime.datetime(2026, 11, 22),  # noqa: DTZ001 - as DIRAC answers them
    datetime.date(2026, 11, 22), datetime.timedelta(seconds=90),
    {"~": "tuple", "v": [1]}, {"OK": True, "Value": {12: {"Status": "Done"}}},
]  # fmt: skip


@pytest.fixture(scope="module")
def interpreter(tmp_path_factory):
    path = tmp_path_factory.mktemp("warm") / "w.sock"
    process = subprocess.Popen([sys.executable, PROGRAM, "serve", path, "--imports", "decimal", "--plain"])
    wait_for(path.exists, 20, "the socket")
    yield path
    process.kill()
    process.wait()


THREADED = """
import threading, _thread, time
done, seen = threading.Event(), threading.Event()
def purgeExpired():
    done.set()
def beat():
    done.set()
def unseen():
    threading.current_thread()
    seen.set()
    time.sleep(30)
"""


def warmed(folder, starts, code):
    """What a program says that warms up with a module that does ``starts`` when imported, and then does ``code``."""
    (folder / "threaded.py").write_text(f"{THREADED}\n{starts}\n")
    check = f"from warm_interpreter import zygote\nthreads = zygote.warm_up(['threaded'])\nimport threaded\n{code}"
    path = os.pathsep.join((str(PROGRAM.parent), str(folder)))
    argv = [sys.executable, "-c", check]
    return subprocess.run(argv, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True)


@pytest.mark.parametrize("error", ["ImportError", "AttributeError", "SyntaxError"])
def test_a_module_that_does_not_import_fails_whoever_uses_it_and_not_the_rest(tmp_path, error):
    again = "try:\n    import threaded\nexcept Exception as seen:\n    print(repr(seen))"
    code = f"from warm_interpreter import zygote\nzygote.warm_up(['DIRAC', 'threaded', 'decimal'])\n{again}"
    (tmp_path / "threaded.py").write_text(f"raise {error}('of this release')\n")
    (tmp_path / "DIRAC.py").write_text(f"raise {error}('of this release')\n")
    path = os.pathsep.join((str(PROGRAM.parent), str(tmp_path)))
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True
    )
    assert done.stdout == f"{error}('of this release')\n"
    assert f"not imported: DIRAC: {error}: of this release" in done.stderr


@pytest.mark.parametrize(("target", "threads"), [("purgeExpired", 0), ("beat", 1)])
def test_a_thread_of_a_module_is_put_off_and_one_that_cleans_a_cache_is_dropped(tmp_path, target, threads):
    done = warmed(tmp_path, f"threading.Thread(target={target}).start()", "print(len(threads), threaded.done.is_set())")
    assert done.stdout.split() == [str(threads), "False"]


def test_a_thread_that_runs_all_the_same_is_refused(tmp_path):
    done = warmed(tmp_path, "_thread.start_new_thread(unseen, ()); seen.wait(10)", "print('warm')")
    assert (done.returncode, done.stdout) == (1, "")
    assert "importing started threads" in done.stderr


def test_what_uses_the_modules_has_their_threads(tmp_path):
    work = (
        "from warm_interpreter.work import Work\n"
        "work = Work({}, lambda: None, threads)\n"
        "work.do({'op': 'ping'})\nprint(threaded.done.is_set())\n"
        "print(work.do({'op': 'python', 'variables': {}, 'code': 'import threaded; result = threaded.done.wait(10)'}))"
    )
    done = warmed(tmp_path, "threading.Thread(target=beat).start()", work)
    assert done.stdout.split() == ["False", "True"], done.stderr


class Caller:
    def __init__(self, path):
        self.line = socket.socket(socket.AF_UNIX)
        self.line.connect(str(path))
        self.file = self.line.makefile("rwb")

    def __call__(self, op, **rest):
        request = {"op": op, "account": ME, "folder": "", "env": {}, "limit": 20, **rest}
        self.file.write(json.dumps(typed.encode(request)).encode() + b"\n")
        self.file.flush()
        return typed.decode(json.loads(self.file.readline()))

    def close(self):
        self.file.close()
        self.line.close()


@pytest.fixture
def ask(interpreter):
    caller = Caller(interpreter)
    yield caller
    caller.close()


def module():
    spec = importlib.util.spec_from_file_location("warm_typed", PROGRAM.parent / "warm_interpreter/typed.py")
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_values_survive_in_both_directions(value):
    warm = module()
    assert warm.decode(json.loads(json.dumps(typed.encode(value)))) == value
    assert typed.decode(json.loads(json.dumps(warm.encode(value)))) == value


def test_an_object_comes_back_as_its_text_and_cannot_be_sent():
    seen = typed.decode(json.loads(json.dumps(module().encode({"a": object}))))
    assert seen["a"] == typed.Opaque("type", "<class 'object'>")
    with pytest.raises(TypeError, match="cannot be sent"):
        typed.encode(object())
    with pytest.raises(ValueError, match="no value of kind"):
        module().decode({"~": "object", "v": ["x", "y"]})


def test_python_answers_result_with_its_types(ask):
    assert ask("python", code="result = {1: (key, b'x')}", variables={"key": 7})["value"] == {1: (7, b"x")}


def test_an_exception_is_an_error_with_its_traceback(ask):
    reply = ask("python", code="1/0", variables={})
    assert reply["error"] == "ZeroDivisionError: division by zero"
    assert "Traceback" in reply["err"]


def test_a_call_constructs_and_calls(ask):
    reply = ask("call", path="decimal:Decimal", init=["1.5"], method="__mul__", args=[2], named={})
    assert reply["error" if "error" in reply else "value"] == typed.Opaque("Decimal", "Decimal('3.0')")


def test_a_command_has_its_outputs_apart_and_its_exit_code(ask):
    reply = ask("exec", argv=["sh", "-c", "echo out; echo err >&2; exit 7"])
    assert (reply["out"], reply["err"], reply["rc"]) == ("out\n", "err\n", 7)


def test_a_command_that_does_not_exist_exits_as_in_a_shell(ask):
    assert ask("exec", argv=["no-such-command"])["rc"] == 127


def test_a_console_script_runs_in_the_fork_with_its_arguments(ask):
    # pip and ruff have console scripts everywhere that tests run; pytest is one for certain
    reply = ask("script", argv=["pytest", "--version"])
    assert reply["rc"] == 0
    assert "pytest" in reply["out"] + reply["err"]


def test_a_script_that_is_none_is_run_as_a_command(ask):
    assert ask("script", argv=["echo", "hello"])["out"] == "hello\n"


def test_standard_input_is_given(ask):
    assert ask("exec", argv=["cat"], stdin="given")["out"] == "given"


def test_environment_and_folder_are_the_requests_own(ask, tmp_path):
    folder = tmp_path / "new"
    reply = ask(
        "exec", argv=["sh", "-c", "pwd; echo $X509_USER_PROXY"], folder=str(folder), env={"X509_USER_PROXY": "p"}
    )
    assert reply["out"] == f"{folder}\np\n"
    assert ask("exec", argv=["sh", "-c", "echo $X509_USER_PROXY"])["out"] == "\n"


def test_files_are_written_and_read(ask, tmp_path):
    assert ask("put", path="a/b.bin", content=b"\x00", folder=str(tmp_path))["value"] == str(tmp_path / "a/b.bin")
    assert ask("read", path="a/b.bin", folder=str(tmp_path))["value"] == b"\x00"
    assert "FileNotFoundError" in ask("read", path="none", folder=str(tmp_path))["error"]


def test_the_limit_kills_all_that_was_started_and_says_so(ask, tmp_path):
    mark = tmp_path / "pid"
    began = time.monotonic()
    reply = ask("exec", argv=["sh", "-c", f"setsid sleep 600 & echo $! > {mark}; echo so far; wait"], limit=0.5)
    assert reply["limit"] is True
    assert reply["out"] == "so far\n"
    assert time.monotonic() - began < 5
    assert not Path(f"/proc/{mark.read_text().strip()}").exists()


def test_what_a_finished_command_left_running_is_ended(ask, tmp_path):
    mark = tmp_path / "pid"
    assert ask("exec", argv=["sh", "-c", f"setsid sleep 600 & echo $! > {mark}"])["rc"] == 0
    assert not Path(f"/proc/{mark.read_text().strip()}").exists()


def test_large_output_is_read_to_its_end_and_cut(ask):
    reply = ask("exec", argv=["sh", "-c", "head -c 5000000 /dev/zero | tr '\\0' x"])
    assert reply["rc"] == 0
    assert 2_000_000 <= len(reply["out"]) < 2_200_000


def test_a_large_value_is_whole(ask):
    assert len(ask("python", code="result = 'x' * 6_000_000", variables={})["value"]) == 6_000_000


def test_a_child_that_dies_without_an_answer_is_an_error(ask):
    reply = ask("python", code="import os; os._exit(9)", variables={})
    assert (reply["rc"], reply["error"]) == (9, "the process ended with 9 before it answered")


def test_one_request_leaves_nothing_for_the_next(ask):
    ask("python", code="import decimal; decimal.spoiled = 1", variables={})
    assert ask("python", code="import decimal; result = hasattr(decimal, 'spoiled')", variables={})["value"] is False


@pytest.mark.parametrize("line", [b"nonsense\n", b'{"op": "nothing"}\n', b'["a"]\n', b'{"op": "exec", "account": 1}\n'])
def test_a_bad_request_is_refused_or_an_error_and_the_line_goes_on(ask, line):
    ask.file.write(line)
    ask.file.flush()
    reply = json.loads(ask.file.readline())
    assert reply.keys() & {"refused", "error"}
    assert ask("exec", argv=["echo", "still"])["out"] == "still\n"


def test_many_are_served_at_once(interpreter):
    def one():
        caller = Caller(interpreter)
        replies.append(caller("exec", argv=["sleep", "0.5"])["rc"])
        caller.close()

    replies = []
    threads = [threading.Thread(target=one) for _ in range(8)]
    began = time.monotonic()
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert replies == [0] * 8
    assert time.monotonic() - began < 3.5


def test_a_caller_that_hangs_up_ends_what_it_asked_for(interpreter, tmp_path):
    mark = tmp_path / "pid"
    caller = Caller(interpreter)
    request = {"op": "exec", "account": ME, "argv": ["sh", "-c", f"echo $$ > {mark}; exec sleep 600"], "limit": 600}
    caller.file.write(json.dumps(request).encode() + b"\n")
    caller.file.flush()
    wait_for(lambda: mark.exists() and mark.read_text(), 10, "the command to run")
    caller.close()
    wait_for(lambda: not Path(f"/proc/{mark.read_text().strip()}").exists(), 10, "the command to be ended")


def test_a_locked_product_is_made_once(interpreter, tmp_path):
    product, log = tmp_path / "locks" / "product", tmp_path / "log"
    command = ["sh", "-c", f"echo made >> {log}; sleep 0.3; touch {product}"]

    def one():
        caller = Caller(interpreter)
        replies.append(caller("exec", argv=command, lock=f"{product}.lock", unless=str(product)))
        caller.close()

    replies = []
    threads = [threading.Thread(target=one) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert [each["rc"] for each in replies] == [0] * 4
    assert log.read_text() == "made\n"


def test_a_product_of_a_failed_request_is_removed(ask, tmp_path):
    product = tmp_path / "product"
    reply = ask("exec", argv=["sh", "-c", f"touch {product}; exit 3"], lock=f"{product}.lock", unless=str(product))
    assert reply["rc"] == 3
    assert not product.exists()


def test_a_bridge_joins_its_streams_to_the_socket(interpreter):
    request = json.dumps({"op": "exec", "account": ME, "argv": ["echo", "through"]}) + "\n"
    with subprocess.Popen(
        [sys.executable, "-I", "-S", PROGRAM, "bridge", interpreter], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as bridge:
        bridge.stdin.write(request.encode())
        bridge.stdin.flush()
        assert json.loads(bridge.stdout.readline())["out"] == "through\n"
        bridge.stdin.close()
        assert bridge.wait(5) == 0


def test_the_account_must_exist(ask):
    assert "KeyError" in ask("exec", account="nobody-of-this-name", argv=["id"])["error"]


def test_another_account_cannot_read_what_is_roots(ask, tmp_path):
    # root itself could read it: only who dropped to the account cannot
    secret = tmp_path / "secret"
    secret.write_text("x")
    secret.chmod(0)
    reply = ask("read", account="nobody" if os.geteuid() == 0 else ME, path=str(secret), folder="/tmp")
    assert "PermissionError" in reply["error"]
