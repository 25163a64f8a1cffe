"""CLI-02: every command explains itself, refuses what it does not know, and says in words what is missing."""

from dataclasses import replace

import pytest

from diraccert.certification.product import ProductError
from diraccert.certification.recorder import Recorder
from diraccert.certification.scenario import scenario

#: The commands of DIRAC and of the extensions beside it.
SCRIPTS = """
from importlib.metadata import distributions
result = sorted({
    entry.name
    for each in distributions()
    if any(entry.group == "dirac" for entry in each.entry_points)
    for entry in each.entry_points
    if entry.group == "console_scripts"
})
"""
EXPIRED = """
from DIRAC.Core.Security.X509Chain import X509Chain
chain = X509Chain()
chain.loadChainFromFile("/home/alice/.globus/usercert.pem")
chain.loadKeyFromFile("/home/alice/.globus/userkey.pem")
result = chain.generateProxyToFile(path, -60, "dteam_user")
"""
#: Commands that look at no option: they print a word or two, whatever one writes behind them.
NO_OPTIONS = {"dirac-platform"}
NO_OPTION_IS_BAD = {"dirac-platform", "dirac-version"}
#: The HTTPS servers' commands ask for the event loop in the environment before they look at their options.
ENVIRONMENT = {"DIRAC_USE_TORNADO_IOLOOP": "Yes"}
#: Commands that can do nothing without a proxy, with arguments that they accept.
NEED_A_PROXY = (
    "dirac-proxy-info --checkvalid",
    "dirac-proxy-get-uploaded-info",
    "dirac-admin-get-proxy alice dteam_user",
    "dirac-wms-job-submit any.jdl",
    "dirac-wms-job-status 999999999",
    "dirac-wms-job-kill 999999999",
    "dirac-wms-job-delete 999999999",
    "dirac-wms-job-logging-info 999999999",
    "dirac-wms-job-get-output 999999999",
    "dirac-dms-user-lfns",
    "dirac-admin-get-site-mask",
)
#: The same, but 8.0.86 is known not to find words for it.
SPEECHLESS = (
    "dirac-wms-job-reschedule 999999999",
    "dirac-dms-lfn-replicas /dteam/nothing",
    "dirac-dms-lfn-metadata /dteam/nothing",
    "dirac-dms-get-file /dteam/nothing",
)
#: A sample that is started as a shell starts it: interpreter, imports and exit are part of it.
REAL = (
    "dirac-version",
    "dirac-info",
    "dirac-proxy-info",
    "dirac-wms-job-submit",
    "dirac-dms-add-file",
    "dirac-admin-list-users",
    "dirac-dms-lfn-replicas",
)


@pytest.fixture
def visitor(mallory):
    """Somebody without a proxy, whose commands are not steps of their own: there are hundreds."""
    return replace(mallory, recorder=Recorder())


@pytest.fixture
def expired(alice, visitor):
    """Alice with a proxy that ended a minute ago."""
    user = replace(alice, proxy=f"{alice.folder}/expired.pem", recorder=visitor.recorder)
    alice.python(EXPIRED, path=user.proxy)
    return user


def failure(user, command):
    """What is wrong with how a command fails that must fail, "" when it does so in words."""
    try:
        done = user.run(command)
    except ProductError as error:
        return f"traceback ({error.message[:60]})"
    return speech(done) or (f"exit code 0: {done.text.strip()[-200:]}" if done.rc == 0 else "")


def speech(done):
    """What is wrong with what a command said, "" when a person can read it."""
    if "Traceback" in done.text:
        return f"traceback ({done.text.strip().splitlines()[-1]})"
    return "" if done.text.strip() else "silence"


def usage(done, rc):
    """What is wrong with a help text that ought to come with this exit code."""
    if done.rc != rc:
        return f"exit code {done.rc}: {done.text.strip()[-200:]}"
    return speech(done) or ("" if "usage:" in done.text.lower() else f"no usage in {done.text.strip()[:200]!r}")


def wrong_usage(user, words, rc):
    """What is wrong with how a command tells its usage, "" when nothing is; one that cannot be imported raises."""
    try:
        return usage(user.run(words, env=ENVIRONMENT), rc)
    except ProductError as error:
        return f"traceback ({error.message[:120]})"


@scenario(
    "CLI-02",
    title="every command prints its usage",
    owner="cli",
    replaces="tests/System/client_scripts.sh",
    limit=200,
    about=18,
)
def test_help(alice, visitor, step):
    scripts = alice.python(SCRIPTS)
    assert len(scripts) > 100, "a release has more commands than that"
    with step(f"-h of {len(scripts)} commands"):
        wrong = {name: wrong_usage(visitor, [name, "-h"], rc=0) for name in scripts if name not in NO_OPTIONS}
        assert {name: why for name, why in wrong.items() if why} == {}
    for name in sorted(NO_OPTIONS & set(scripts)):
        done = alice.run([name]).ok()
        assert speech(done) == ""


@scenario(
    "CLI-02b",
    title="every command refuses an option that it does not have, and prints its usage",
    owner="cli",
    replaces="tests/System/client_scripts.sh",
    suites=("full",),
    limit=200,
    about=18,
)
def test_bad_option(alice, visitor, step):
    scripts = alice.python(SCRIPTS)
    with step(f"--no-such-option of {len(scripts)} commands"):
        wrong = {
            name: wrong_usage(visitor, [name, "--no-such-option"], rc=2)
            for name in scripts
            if name not in NO_OPTION_IS_BAD
        }
        assert {name: why for name, why in wrong.items() if why} == {}


@scenario(
    "CLI-02c",
    title="without a proxy, or with one that has expired, commands fail and say why",
    owner="cli",
    replaces="tests/System/client_scripts.sh",
    limit=120,
    about=5,
)
def test_without_proxy(visitor, expired, unique, step):
    for state, user in (("no proxy", visitor), ("an expired proxy", expired)):
        user.put("any.jdl", f'Executable = "/bin/true"; JobName = "{unique}";')
        with step(f"{len(NEED_A_PROXY)} commands with {state}"):
            wrong = {command: failure(user, command) for command in NEED_A_PROXY}
            assert {command: why for command, why in wrong.items() if why} == {}


@scenario(
    "CLI-02e",
    title="these commands too say in words that there is no proxy",
    owner="cli",
    replaces="tests/System/client_scripts.sh",
    suites=("full",),
    limit=60,
    about=4,
)
def test_speechless(visitor, step):
    with step(f"{len(SPEECHLESS)} commands with no proxy"):
        wrong = {command: failure(visitor, command) for command in SPEECHLESS}
        assert {command: why for command, why in wrong.items() if why} == {}


@scenario(
    "CLI-02d",
    title="commands work as a shell starts them",
    owner="cli",
    replaces="tests/System/client_core.sh",
    limit=120,
    about=6,
)
def test_real(alice, step):
    for name in REAL:
        done = alice.run([name, "-h"], real=True)
        assert usage(done, rc=0) == "", name
    with step("and do their work"):
        assert alice.run("dirac-version", real=True).ok().out.strip()
        assert "alice" in alice.run("dirac-proxy-info", real=True).ok().out
        assert usage(alice.run("dirac-wms-job-status --no-such-option", real=True), rc=2) == ""
