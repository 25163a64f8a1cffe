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
answer = requests.post(
    getServiceURL(service),
    data={"method": "echo", "args": payload, "clientSetup": gConfig.getValue("/DIRAC/Setup")},
    cert=getProxyLocation(), verify=getCAsLocation(), timeout=20,
)
result = [answer.status_code, answer.text]
"""
DISET = """
from types import SimpleNamespace
from DIRAC.Core.Base.Client import Client
from DIRAC.Core.DISET.private.Transports import BaseTransport
from DIRAC.Core.Utilities import MixedEncode

def encode(data):
    return payload if isinstance(data, dict) and data.get("Value") == ["the payload"] else MixedEncode.encode(data)

BaseTransport.MixedEncode = SimpleNamespace(encode=encode, decode=MixedEncode.decode)
answer = Client(url=service, timeout=20).echo("the payload")
result = [answer["OK"], answer["Value"] if answer["OK"] else answer["Message"]]
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
    about=5,
)
def test_https(alice, server, planted, unique, step):
    def send(value):
        status, text = alice.python(HTTPS, service=HTTPS_SERVICE, payload=json.dumps([value]))
        return status, text

    started = since(alice, HTTPS_SERVICE)
    with step("what is serialisable is made, so that it would be seen"):
        status, text = send("hello")
        assert (status, json.loads(text)["Value"]) == (200, "hello")
        status, text = send({"__dCls": "Harmless", "__dMod": planted})
        assert (status, json.loads(text)["OK"]) == (200, True)
        assert "harmless" in left(server, unique)

    for name, value in attacks(planted).items():
        with step(f"{name} is refused"):
            status, text = send(value)
            assert status != 200 or json.loads(text)["OK"] is False
            assert "Traceback" not in text
            assert "harmful" not in left(server, unique)
    assert since(alice, HTTPS_SERVICE) == started, "the service went on all the while"


@scenario(
    "SEC-01b",
    title="a DISET service refuses to make an object of a class that is not serialisable, and a pickle",
    owner="security",
    lines=">=7.3,<9",
    limit=60,
    about=5,
)
def test_diset(alice, server, planted, unique, step):
    def send(payload):
        return tuple(alice.python(DISET, service=DISET_SERVICE, payload=payload))

    def message(value):
        return json.dumps({"OK": True, "Value": [value]}).encode()

    started = since(alice, DISET_SERVICE)
    with step("what is serialisable is made, so that it would be seen"):
        assert send(message("hello")) == (True, "hello")
        send(message({"__dCls": "Harmless", "__dMod": planted}))
        assert "harmless" in left(server, unique)

    for name, value in attacks(planted).items():
        with step(f"{name} is refused"):
            taken, said = send(message(value))
            assert not taken
            assert "Traceback" not in said
            assert "harmful" not in left(server, unique)
    for name, payload in {
        "a pickle": f"c{planted}\nharmful\n(tR.".encode(),
        "a pickle in the old encoding": f"ls{len(planted)}:{planted}c{planted}\nharmful\n(tR.e".encode(),
        "an endless list": b"l" * 100_000,
    }.items():
        with step(f"{name} is refused"):
            assert not send(payload)[0]
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
    alice.python(HTTPS, service=HTTPS_SERVICE, payload=json.dumps([value]))
    assert left(server, unique) == set()
