"""SEC-01: a service makes of what it is sent only what DIRAC declares serialisable, whatever the sender names.

Two modules are planted where the services' Python finds modules. What their classes do is seen as files that
appear on the server; the serialisable one shows that an object which is made does leave its file.
"""

import json
from datetime import datetime

import pytest

from diraccert.certification.scenario import scenario

PLANTED = """
from DIRAC.Core.Utilities.JEncode import JSerializable

def left(what):
    open("/tmp/{name}-" + what, "w").close()

left("imported")

class Harmless(JSerializable):
    _attrToSerialize = []

    def __init__(self):
        left("harmless")

class Harmful:
    def __init__(self, *arguments, **options):
        left("harmful")

    def __setattr__(self, name, value):
        left("harmful")

def harmful(*arguments, **options):
    left("harmful")
"""

HTTPS = """
import requests
from DIRAC import gConfig
from DIRAC.ConfigurationSystem.Client.PathFinder import getServiceURL
from DIRAC.Core.Security.Locations import getCAsLocation, getProxyLocation
result = []
for payload in payloads:
    answer = requests.post(
        getServiceURL(service),
        data={"method": "echo", "args": payload, "clientSetup": gConfig.getValue("/DIRAC/Setup", "None")},
        cert=getProxyLocation(), verify=getCAsLocation(), timeout=20,
    )
    result.append([answer.status_code, answer.text])
"""
DISET = """
from types import SimpleNamespace
from DIRAC.Core.Base.Client import Client
from DIRAC.Core.DISET.private.Transports import BaseTransport
from DIRAC.Core.Utilities import MixedEncode

def encode(data):
    return payload if isinstance(data, dict) and data.get("Value") == ["the payload"] else MixedEncode.encode(data)

BaseTransport.MixedEncode = SimpleNamespace(encode=encode, decode=MixedEncode.decode)
result = []
for payload in payloads:
    answer = Client(url=service, timeout=20).echo("the payload")
    result.append([answer["OK"], answer["Value"] if answer["OK"] else answer["Message"]])
"""

HTTPS_SERVICE = "WorkloadManagement/JobMonitoring"
DISET_SERVICE = "Accounting/DataStore"


@pytest.fixture
def planted(server, unique):
    """The name of a module on the server that is there for this scenario."""
    name = unique.replace("-", "_")
    where = server.run(["/opt/dirac/venv/bin/python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"])
    path = f"{where.out.strip()}/{name}.py"
    server.put(path, PLANTED.format(name=unique).encode(), 0o644, "root:root")
    yield name
    server.run(["bash", "-c", f'rm -f "{path}" /tmp/{unique}-*; rm -f "$(dirname {path})/__pycache__/{name}".*'])


def attacks(module):
    """What a sender may name instead of a serialisable class; as JSON values."""
    return {
        "a class": {"__dCls": "Harmful", "__dMod": module, "command": "anything"},
        "a function": {"__dCls": "harmful", "__dMod": module},
        "a class of Python's": {"__dCls": "Popen", "__dMod": "subprocess", "args": "true"},
        "a function of Python's": {"__dCls": "system", "__dMod": "os"},
        "a class inside a list": [{"deep": [{"__dCls": "Harmful", "__dMod": module}]}],
        "a base of all that is serialisable": {"__dCls": "__builtins__", "__dMod": module},
        "a module that is not there": {"__dCls": "Harmful", "__dMod": f"{module}_not_there"},
    }


def left(server, unique):
    """What planted code left on the server."""
    done = server.run(["bash", "-c", f"cd /tmp && ls -d {unique}-* 2>/dev/null"])
    return {name.removeprefix(f"{unique}-") for name in done.out.split()}


def since(user, service):
    """When the process of a service started."""
    started = user.rpc(service, "ping")["service start time"]
    assert isinstance(started, datetime)
    return started


@scenario(
    "SEC-01",
    title="an HTTPS service refuses to make an object of a class that is not serialisable",
    owner="security",
    lines=">=8.0",
    limit=60,
    about=4,
)
def test_https(alice, server, planted, unique, step):
    def send(values):
        answers = alice.python(HTTPS, service=HTTPS_SERVICE, payloads=[json.dumps([value]) for value in values])
        assert not [text for _, text in answers if "Traceback" in text]
        return [(status, json.loads(text)["OK"] if status == 200 else False) for status, text in answers]

    started = since(alice, HTTPS_SERVICE)
    with step("what is serialisable is made, so that it would be seen"):
        assert send(["hello", {"__dCls": "Harmless", "__dMod": planted}]) == [(200, True), (200, True)]
        assert "harmless" in left(server, unique)

    tried = attacks(planted)
    with step(f"refused are {', '.join(tried)}"):
        taken = {name: ok for name, (_, ok) in zip(tried, send(tried.values()), strict=True)}
        assert taken == dict.fromkeys(tried, False)
        assert "harmful" not in left(server, unique)
    assert since(alice, HTTPS_SERVICE) == started, "the service went on all the while"


@scenario(
    "SEC-01b",
    title="a DISET service refuses to make an object of a class that is not serialisable, and a pickle",
    owner="security",
    lines=">=7.3",
    limit=60,
    about=4,
)
def test_diset(alice, server, planted, unique, step):
    def send(payloads):
        answers = alice.python(DISET, service=DISET_SERVICE, payloads=list(payloads))
        assert not [said for ok, said in answers if not ok and "Traceback" in said]
        return [ok for ok, _ in answers]

    def message(value):
        return json.dumps({"OK": True, "Value": [value]}).encode()

    started = since(alice, DISET_SERVICE)
    with step("what is serialisable is made, so that it would be seen"):
        assert send([message("hello")]) == [True]
        send([message({"__dCls": "Harmless", "__dMod": planted})])
        assert "harmless" in left(server, unique)

    tried = {name: message(value) for name, value in attacks(planted).items()} | {
        "a pickle": f"c{planted}\nharmful\n(tR.".encode(),
        "a pickle in the old encoding": f"ls{len(planted)}:{planted}c{planted}\nharmful\n(tR.e".encode(),
        "an endless list": b"l" * 100_000,
    }
    with step(f"refused are {', '.join(tried)}"):
        assert dict(zip(tried, send(tried.values()), strict=True)) == dict.fromkeys(tried, False)
        assert "harmful" not in left(server, unique)
    assert since(alice, DISET_SERVICE) == started, "the service went on all the while"


@scenario(
    "SEC-01c",
    title="a service does not even import a module because a sender names it",
    owner="security",
    lines=">=8.0",
    suites=("full",),
    limit=60,
    about=3,
)
def test_import(alice, server, planted, unique):
    value = {"__dCls": "Harmful", "__dMod": planted}
    alice.python(HTTPS, service=HTTPS_SERVICE, payloads=[json.dumps([value])])
    assert left(server, unique) == set()
