import pytest

from diraccert.certification.product import CommandResult, ProductError, shorten, value_of
from diraccert.certification.recorder import MOST_STEPS, Recorder
from diraccert.certification.user import User


class Interpreter:
    def __init__(self, **reply):
        self.reply = {"rc": 0, "out": "", "err": "", "seconds": 0.1, **reply}
        self.asked = []
        self.sessions = []

    def request(self, message, limit):
        self.asked.append((message, limit))
        return self.reply

    def session(self, account, group):
        self.sessions.append((account, group))
        return f"/sessions/{account}-{group}.pem"


def user(**reply):
    return User("alice", "dteam_user", "dteam", "/home/alice/work/t", Interpreter(**reply), Recorder())


def test_a_command_runs_with_the_session_in_the_working_folder():
    alice = user(out="JobID = 12\n")
    result = alice.run("dirac-wms-job-submit 'my job.jdl'", limit=7)
    (message, limit) = alice.interpreter.asked[0]
    assert message["op"] == "script"
    assert message["argv"] == ["dirac-wms-job-submit", "my job.jdl"]
    assert message["folder"] == "/home/alice/work/t"
    assert message["env"] == {"X509_USER_PROXY": "/sessions/alice-dteam_user.pem"}
    assert limit == 7
    assert result.command == "dirac-wms-job-submit 'my job.jdl'"
    assert list(alice.recorder.mentioned) == ["12"]


def test_a_real_command_is_a_new_process():
    alice = user()
    alice.run(["dirac-proxy-info"], real=True, env={"A": "b"})
    message = alice.interpreter.asked[0][0]
    assert message["op"] == "exec"
    assert message["env"]["A"] == "b"


def test_who_is_logged_out_has_a_proxy_file_of_their_own_and_no_session():
    alice = user()
    alice.logged_out().run("dirac-login")
    assert alice.interpreter.sessions == []
    assert alice.interpreter.asked[0][0]["env"] == {"X509_USER_PROXY": "/home/alice/work/t/own-proxy.pem"}


def test_another_group_is_another_session():
    alice = user()
    alice.as_group("dteam_prod").run("dirac-proxy-info")
    assert alice.interpreter.sessions == [("alice", "dteam_prod")]


def test_a_command_that_fails_is_a_step_that_is_not_ok_and_raises_only_when_asked():
    alice = user(rc=3, err="no proxy")
    result = alice.run("dirac-proxy-info")
    assert alice.recorder.steps[0].ok is False
    assert alice.recorder.steps[0].detail == "exit code 3: no proxy"
    with pytest.raises(ProductError, match="exited with 3: no proxy"):
        result.ok()


def test_a_limit_is_a_product_error_with_the_last_output():
    with pytest.raises(ProductError, match="no answer within 5 s; last output: waiting for the CS"):
        user(limit=True, rc=-1, out="waiting for the CS").run("dirac-proxy-init", limit=5)


def test_rpc_answers_the_value_and_raises_the_message():
    assert user(value={"OK": True, "Value": {12: "x"}}).rpc("A/B", "get", 1) == {12: "x"}
    with pytest.raises(ProductError, match=r"A/B\.get: not authorised"):
        user(value={"OK": False, "Message": "not authorised"}).rpc("A/B", "get")


def test_rpc_raw_answers_an_error_as_it_is_but_no_other_kind_of_answer():
    refused = {"OK": False, "Message": "not authorised", "Errno": 1112}
    alice = user(value=refused)
    assert alice.rpc_raw("A/B", "get") == refused
    assert alice.recorder.steps[0].ok is False
    with pytest.raises(ProductError, match="which is no S_OK or S_ERROR"):
        user(value=None).rpc_raw("A/B", "get")


def test_ids_of_submitted_jobs_are_remembered():
    alice = user(value={"OK": True, "Value": [12, 13]})
    alice.rpc("WorkloadManagement/JobManager", "submitJob", "jdl")
    assert list(alice.recorder.mentioned) == ["12", "13"]


def test_call_passes_constructor_and_arguments():
    alice = user(value={"OK": True, "Value": 5})
    assert alice.call("a.b:C", "m", 1, init={"x": 2}, y=3) == 5
    message = alice.interpreter.asked[0][0]
    assert (message["path"], message["method"], message["init"]) == ("a.b:C", "m", {"x": 2})
    assert (message["args"], message["named"]) == ([1], {"y": 3})


def test_an_exception_in_the_client_is_a_product_error():
    with pytest.raises(ProductError, match="AttributeError: no such method"):
        user(error="AttributeError: no such method", err="Traceback ...").python("result = 1")


def test_files_need_no_session():
    alice = user(value="/home/alice/work/t/a")
    assert alice.put("a", "text") == "/home/alice/work/t/a"
    assert alice.interpreter.asked[0][0]["content"] == b"text"
    assert alice.interpreter.sessions == []


def test_plain_answers_are_their_own_value():
    assert value_of([1], "x") == [1]
    assert value_of({"OK": "a dictionary with this key"}, "x") == {"OK": "a dictionary with this key"}


def test_texts_are_shortened_to_their_ends():
    text = shorten("a" * 500 + "\n" + "z" * 500, 100)
    assert len(text) <= 100
    assert text.startswith("aaa")
    assert text.endswith("zzz")
    assert shorten("a\n  b") == "a b"


def test_steps_nest_and_say_what_broke_off_first():
    ticks = iter(range(100))
    recorder = Recorder(clock=lambda: float(next(ticks)))
    with pytest.raises(ZeroDivisionError), recorder.step("outer"), recorder.step("inner"):
        _ = 1 / 0
    assert [(each.what, each.ok) for each in recorder.steps] == [("inner", False), ("outer", False)]
    assert recorder.broken_off == "inner"
    assert recorder.steps[0].detail == "ZeroDivisionError: division by zero"


def test_a_scenario_that_polls_does_not_fill_the_record():
    heard = []
    recorder = Recorder(listener=heard.append)
    for _ in range(MOST_STEPS + 5):
        with recorder.step("poll"):
            pass
    assert len(recorder.steps) == len(heard) == MOST_STEPS
    assert recorder.left_out == 5


def test_outputs_are_joined_for_commands_that_use_either():
    assert CommandResult(("a",), 0, "out", "err", 0.0).text == "outerr"
