"""Fixtures of the scenarios of DiracX: its address, questions by HTTP, log-ins by a browser, tokens of users."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from diraccert.certification.user import User
from diraccert.instances.host import Host
from diraccert.instances.instance import Instance

from .outages import crowd, down, signs_of_life  # noqa: F401 : fixtures

URL = "https://diracx:8000"
#: The one OAuth2 client that DiracX knows (diracx.core.settings.AuthSettings.dirac_client_id).
CLIENT_ID = "myDIRACClientID"

#: DiracX looks for a new revision when the one that it knows is older than this, in seconds (diracx.core.sources).
FRESH = 5
CENTRAL = "/opt/dirac/etc/DIRAC-Certification.cfg"
TAKE = ("chpst", "-u", "dirac", "/opt/dirac-cert/sbin/take-configuration")

ASK = """
import requests
answer = requests.request(method, url, headers=headers, timeout=30, **named)
headers = {name.lower(): value for name, value in answer.headers.items()}
result = {"status": answer.status_code, "text": answer.text, "headers": headers}
"""
TOKEN_OF_PROXY = """
from DIRAC.Core.Security.DiracX import diracxTokenFromPEM
from DIRAC.Core.Security.Locations import getDefaultProxyLocation
result = diracxTokenFromPEM(getDefaultProxyLocation())
"""
#: What is in the proxy, where `dirac` looks for it: the session of a user serves both.
CREDENTIALS_OF_PROXY = """
import json, os, time
from DIRAC.Core.Security.DiracX import diracxTokenFromPEM
from DIRAC.Core.Security.Locations import getDefaultProxyLocation
os.makedirs(os.path.dirname(path), exist_ok=True)
with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
    json.dump(diracxTokenFromPEM(getDefaultProxyLocation()), file)
"""
#: A person with a browser: follows the address that `dirac login` shows, and fills in the provider's form.
LOG_IN = """
import html, re, subprocess, sys, urllib.parse
import requests

vo, group, name, password = sys.argv[1:]
asked = subprocess.Popen(
    ["dirac", "login", vo, "--group", group], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
)
said = ""
for line in asked.stdout:
    said += line
    if shown := re.search(r"http\\S*user_code\\S*", said):
        break
else:
    sys.exit(said)
browser = requests.Session()
form = browser.get(shown[0], timeout=20)
action = html.unescape(re.search(r'action="([^"]+)"', form.text)[1])
page = browser.post(urllib.parse.urljoin(form.url, action), data={"login": name, "password": password}, timeout=20)
print("browser:", page.status_code, page.url.partition("?")[0])
print(said + asked.stdout.read())
sys.exit(asked.wait())
"""


def claims(token: str) -> dict[str, Any]:
    """What a JSON web token says, unverified."""
    payload = token.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return found


def take_over(server: Host, diracx: Host) -> Any:
    """What a site's cron job does: DIRAC's configuration as it is now becomes DiracX's. The command's answer."""
    return diracx.run(list(TAKE), stdin=server.read(CENTRAL), limit=60)


@dataclass(frozen=True)
class Answer:
    """What DiracX answers to a question."""

    status: int
    text: str
    headers: Mapping[str, str]

    @property
    def json(self) -> Any:
        """The answer's value."""
        return json.loads(self.text)


Ask = Callable[..., Answer]


@pytest.fixture
def diracx(instance: Instance) -> Host:
    """The host of DiracX."""
    return instance.host("diracx")


@pytest.fixture
def ask() -> Ask:
    """``ask(alice, "GET", "/api/auth/userinfo", token=...)``: a question from the machine of a user."""

    def asking(user: User, method: str, path: str, *, token: str = "", headers: Any = None, **named: Any) -> Answer:
        sent = {**(headers or {}), **({"Authorization": f"Bearer {token}"} if token else {})}
        answer = user.python(ASK, method=method, url=URL + path, headers=sent, named=named)
        return Answer(**answer)

    return asking


@pytest.fixture
def log_in() -> Callable[..., Any]:
    """``log_in(alice, "dteam", "dteam_user")``: ``dirac login`` by device code with a browser; a CommandResult.

    The identity provider's password of a person is the person's name; ``person`` logs in as another one.
    """

    def logging(user: User, vo: str, group: str, person: str = "", password: str = "") -> Any:
        program = user.put("log_in.py", LOG_IN)
        name = person or user.account
        return user.run(["python", program, vo, group, name, password or name], real=True, env=environment(user))

    return logging


def environment(user: User) -> dict[str, str]:
    """What `dirac` of DiracX is told: where DiracX is, and where this scenario keeps its credentials."""
    return {"DIRACX_URL": URL, "DIRACX_CREDENTIALS_PATH": credentials(user), "PYTHONUNBUFFERED": "1"}


def credentials(user: User) -> str:
    """The path of the credentials that `dirac login` leaves for this scenario."""
    return f"{user.folder}/diracx.json"


@pytest.fixture
def dirac() -> Callable[..., Any]:
    """``dirac(alice, "whoami")``: a command of DiracX with what ``log_in`` left; a CommandResult."""

    def running(user: User, command: str) -> Any:
        return user.run(f"dirac {command}", real=True, env=environment(user))

    return running


@pytest.fixture
def refreshed(ask: Ask) -> Callable[[User, str], Answer]:
    """``refreshed(alice, refresh_token)``: the answer to the exchange of a refresh token for a new pair."""

    def exchanging(user: User, token: str) -> Answer:
        data = {"grant_type": "refresh_token", "client_id": CLIENT_ID, "refresh_token": token}
        return ask(user, "POST", "/api/auth/token", data=data)

    return exchanging


@pytest.fixture
def token_of() -> Callable[[User], dict[str, Any]]:
    """``token_of(alice)``: the DiracX token in the user's proxy (access_token, refresh_token), None without one."""

    def reading(user: User) -> Any:
        return user.python(TOKEN_OF_PROXY)

    return reading


#: Options are set (None: removed) and committed; answers what they were. A refusal is a message in "refused".
COMMIT = """
from DIRAC.ConfigurationSystem.Client.CSAPI import CSAPI
api = CSAPI()
current = api.getCurrentCFG()["Value"]
before = {}
for path, value in options.items():
    before[path] = current.getOption(path.strip("/"))
    if value is None:
        done = api.delOption(path)
    else:
        section = path.rpartition("/")[0]
        for depth in range(2, section.count("/") + 2):
            api.createSection("/".join(section.split("/")[:depth]))
        done = api.setOption(path, value)
    assert done["OK"], done
done = api.commit()
result = before if done["OK"] else {"refused": str(done["Message"])}
"""


@pytest.fixture
def committed(dave: User) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """``committed({path: value})``: the administrator commits options as DIRAC's own tools do, None removes one.

    Answers what they were, or the reason of a refusal as ``{"refused": ...}``. For exclusive scenarios.
    """

    def commit(options: Mapping[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = dave.python(COMMIT, options=dict(options), limit=90)
        return answer

    return commit


@pytest.fixture
def changed_configuration(committed: Callable[..., dict[str, Any]]) -> Callable[..., AbstractContextManager[None]]:
    """``with changed_configuration({"/DiracX/DisabledVOs": "gridpp"}):`` these options, and at the end as before."""

    @contextmanager
    def changing(options: Mapping[str, Any]) -> Iterator[None]:
        before = committed(options)
        assert "refused" not in before, before
        try:
            yield
        finally:
            assert "refused" not in committed(before)

    return changing
