"""Fixtures of the scenarios of logins: how a release logs in, what a refusal is, whom a service takes somebody for."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from diraccert.certification.product import CommandResult, ProductError
from diraccert.certification.user import User
from diraccert.instances.host import Host


@dataclass(frozen=True)
class Login:
    """The command with which a release logs in with a certificate, and the one that shows the login's status.

    ``group`` and ``hours`` are how the former takes them; ``lifetime`` is what it grants unless told, in seconds;
    ``unchecked`` makes a proxy of a group, whether or not the user is in it, for the services to look at.
    """

    command: str
    group: str
    hours: str
    status: str
    unchecked: str
    lifetime: int

    def to(self, group: str = "", hours: int = 0) -> str:
        """The words of a login to a group, or to none that is named, for so many hours, or for its own time."""
        options = (self.group.format(group) if group else "", self.hours.format(hours) if hours else "")
        return " ".join(filter(None, (self.command, *options)))


#: FrameworkSystem/scripts/dirac_login.py has the lifetime.
LOGIN = Login("dirac-login", "{}", "--lifetime {}", "dirac-login --status", "dirac-login {}", 12 * 3600)
#: Until 8.0 there was this one only; FrameworkSystem/Client/ProxyGeneration.py has the lifetime.
LOGIN_OF_OLD = Login(
    "dirac-proxy-init", "-g {}", "-v {}:00", "dirac-proxy-info", "dirac-proxy-init -x -N -g {}", 24 * 3600
)

#: How a handshake ends over a certificate that is no good any more, as requests says it; and what the client's own
#: transport says, which looks at the end of its proxy before it asks anybody.
HANDSHAKE = r"\(Caused by SSLError\(SSLError\(\d+, '\[SSL: \w*_CERTIFICATE_(?:EXPIRED|REVOKED)\]"
EXPIRED = r"PEM file \S+ has expired, not valid after "
#: How a service refuses somebody: on HTTPS (TornadoBaseClient, of an answer 401) and on DIRAC's own protocol (ENOAUTH);
#: and how the configuration server does before release 9: the client begins all the same, without a configuration.
REFUSED = re.compile(
    r"Permission denied \( 13 : No access to https://\S+\)$"
    r"|Unauthorized query \( 1111 : "
    r"|Cannot get URL for \S+ in setup \S+ RuntimeError\('Option /DIRAC/Setups/\S+ is not defined'\)$"
    rf"|^HTTPSConnectionPool\([^)]+\): Max retries exceeded with url: \S+ {HANDSHAKE}"
    rf"|^{EXPIRED}"
)
#: How DIRAC says that it does not even begin: since release 9 the configuration server asks on HTTPS who one is.
NOT_EVEN_BEGUN = re.compile(
    r"'Message': 'Reason\(s\):\\n\\tPermission denied \( 13 : No access to https://[\w.:-]+/Configuration/Server\)'"
    r"|'Message': \"Reason\(s\):\\n\\tHTTPSConnectionPool\([^)]+\): Max retries exceeded with url: "
    rf"/Configuration/Server {HANDSHAKE}"
    rf"|^DIRACInitError: Failed to contact the Configuration Server: {EXPIRED}"
)


def seen_as(answer: dict[str, Any]) -> str:
    """Whom ``whoami`` says somebody is, as "name in group"; "" for nobody. Fails for an error that is no refusal."""
    if not answer["OK"]:
        assert REFUSED.search(answer["Message"]), f"this is no refusal: {answer['Message']}"
        return ""
    seen = answer["Value"]
    name = seen.get("username", "anonymous")
    return "" if name == "anonymous" else f"{name} in {seen['group']}"


def is_refusal_to_begin(message: str) -> bool:
    """Whether an error of the client says that it was refused the configuration, and not that none could be had."""
    return NOT_EVEN_BEGUN.search(message) is not None


@pytest.fixture
def login(client: Host) -> Login:
    """How this release logs in."""
    return LOGIN if client.run(["test", "-e", f"/opt/dirac/venv/bin/{LOGIN.command}"]).rc == 0 else LOGIN_OF_OLD


@pytest.fixture
def refused() -> Callable[[CommandResult], bool]:
    """``refused(done)``: a command refuses, and says why in words: never a traceback, never nothing."""

    def one(done: CommandResult) -> bool:
        assert done.rc != 0, f"let in: {' '.join(done.text.split())}"
        assert "Traceback" not in done.text
        assert done.text.strip()
        return True

    return one


@pytest.fixture
def taken_for() -> Callable[[User, str], str]:
    """``taken_for(user, service)``: whom a service takes the user for, as "name in group"; "" for nobody."""

    def one(user: User, service: str) -> str:
        try:
            answer = user.rpc_raw(service, "whoami")
        except ProductError as error:
            if is_refusal_to_begin(error.message):
                return ""
            raise
        return seen_as(answer)

    return one


@pytest.fixture
def known(login: Login, wait_for: Callable[..., Any]) -> Callable[..., None]:
    """``known(user, services)``: log in to a group of one's own, in which the services know one.

    What a run of a minute ago was refused, services may refuse still (finding GROUP-BY-CACHED-NAME).
    """

    def one(user: User, services: Sequence[str] = ()) -> None:
        wait_for(lambda: user.run(login.to("dteam_prod")).rc == 0, limit=75, hint=f"{user.account} to be let in")
        for service in services:
            wait_for(
                lambda service=service: user.rpc(service, "whoami")["username"] == user.account,
                limit=75,
                hint=f"{service} to know {user.account}",
            )

    return one


@pytest.fixture
def address(system: dict[str, Any]) -> Callable[[str], str]:
    """``address(service)``: where it listens, for who has no configuration to look it up in."""
    found = {
        f"{each['system']}/{each['component'].removeprefix('Tornado')}": each["url"] for each in system["services"]
    }

    def one(service: str) -> str:
        assert service in found, f"{service} runs nowhere"
        return str(found[service])

    return one


@pytest.fixture
def stays_outside(
    login: Login,
    refused: Callable[[CommandResult], bool],
    taken_for: Callable[[User, str], str],
    address: Callable[[str], str],
) -> Callable[[User, Sequence[str]], bool]:
    """``stays_outside(stranger, services)``: neither of the logins lets one in, nor does a service, also when it is
    asked at its address with a proxy that nobody has checked."""

    def one(stranger: User, services: Sequence[str]) -> bool:
        for command in (login, LOGIN_OF_OLD):
            assert refused(stranger.run(command.to("dteam_user")))
        stranger.run(LOGIN_OF_OLD.unchecked.format("dteam_user"))
        for service in services:
            assert taken_for(stranger, service) == ""
            assert taken_for(stranger, address(service)) == ""
        return True

    return one
