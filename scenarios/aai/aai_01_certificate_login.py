"""AAI-01: a user logs in with a certificate, sees the status of the login, and destroys it; nobody else gets in."""

import re
from dataclasses import dataclass

import pytest

from diraccert.certification.product import ProductError
from diraccert.certification.scenario import scenario

#: A login takes less than this, in seconds.
PATIENCE = 120
VO = "from DIRAC.ConfigurationSystem.Client.Helpers import Registry\nresult = Registry.getVOForGroup(group)"
SUBJECT = "/O=DIRAC Certification/CN=frank"
#: One of each protocol.
SERVICES = ("WorkloadManagement/JobMonitoring", "Accounting/DataStore")
#: Groups that grace, heidi, ivan and judy are not in: of their own VO, of another, of none.
FOREIGN_GROUPS = ("dirac_admin", "gridpp_user", "no_such_group")


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

    def to(self, group="", hours=0):
        """The words of a login to a group, or to none that is named, for so many hours, or for its own time."""
        options = (self.group.format(group) if group else "", self.hours.format(hours) if hours else "")
        return " ".join(filter(None, (self.command, *options)))


#: FrameworkSystem/scripts/dirac_login.py has the lifetime.
LOGIN = Login("dirac-login", "{}", "--lifetime {}", "dirac-login --status", "dirac-login {}", 12 * 3600)
#: Until 8.0 there was this one only; FrameworkSystem/Client/ProxyGeneration.py has the lifetime.
LOGIN_OF_OLD = Login(
    "dirac-proxy-init", "-g {}", "-v {}:00", "dirac-proxy-info", "dirac-proxy-init -x -N -g {}", 24 * 3600
)


@pytest.fixture
def login(client):
    """How this release logs in."""
    return LOGIN if client.run(["test", "-e", f"/opt/dirac/venv/bin/{LOGIN.command}"]).rc == 0 else LOGIN_OF_OLD


def fields(text):
    """The ``name : value`` lines that DIRAC prints of a proxy."""
    return {name.strip(): value.strip() for name, value in re.findall(r"^([\w ]+?)\s*: (.*)$", text, re.MULTILINE)}


def seconds(timeleft):
    """``11:59:58`` in seconds."""
    hours, minutes, rest = map(int, timeleft.split(":"))
    return hours * 3600 + minutes * 60 + rest


def lifetime_is(timeleft, granted):
    return granted - PATIENCE <= seconds(timeleft) <= granted


def refused(done):
    """A refusal says why in words: never a traceback, never nothing."""
    assert done.rc != 0, f"let in: {' '.join(done.text.split())}"
    assert "Traceback" not in done.text
    assert done.text.strip()
    return True


def taken_for(user, service):
    """Whom a service takes the user for, as "name in group"; "" for nobody: an error, or DIRAC does not even begin."""
    try:
        answer = user.rpc_raw(service, "whoami")
    except ProductError as error:
        # which is refused the configuration, by a server that asks who it is from release 9 on
        if "DIRACInitError" in error.message or "/Configuration/Server" in error.message:
            return ""
        raise
    seen = answer["Value"] if answer["OK"] else {}
    name = seen.get("username", "anonymous")
    return "" if name == "anonymous" else f"{name} in {seen['group']}"


def known(user, login, wait_for, services=()):
    """Log in to a group of one's own. What a run of a minute ago was refused, services may refuse still (finding
    GROUP-BY-CACHED-NAME)."""
    wait_for(lambda: user.run(login.to("dteam_prod")).rc == 0, limit=75, hint=f"{user.account} to be let in")
    for service in services:
        wait_for(
            lambda service=service: user.rpc(service, "whoami")["username"] == user.account,
            limit=75,
            hint=f"{service} to know {user.account}",
        )


@scenario(
    "AAI-01",
    title="a certificate logs in to a group, the status is right, and destroying the proxy logs out",
    owner="aai",
    replaces="tests/System/client_core.sh",
    limit=120,
    about=4,
)
def test_certificate_login(frank, login, client, step):
    user = frank.logged_out()
    with step("a machine without a proxy, also at the place where DIRAC looks last"):
        assert client.run(["bash", "-c", "rm -f /tmp/x509up_u$(id -u frank)"]).rc == 0

    with step("log in, look at it"):
        granted = fields(user.run(login.to("gridpp_user")).ok().out)
        status = fields(user.run(login.status).ok().out)
        info = fields(user.run("dirac-proxy-info").ok().out)
    for told in (granted, status, info):
        assert told["DIRAC group"] == "gridpp_user"
        assert told["username"] == "frank"
        assert told["identity"] == SUBJECT
        assert lifetime_is(told["timeleft"], login.lifetime), told["timeleft"]
    assert info["path"] == user.proxy
    assert client.run(["stat", "-c", "%a %U", user.proxy]).out.split() == ["600", "frank"]

    with step("the services see the same person, group and VO"):
        seen = user.rpc("WorkloadManagement/JobMonitoring", "whoami")
        assert (seen["username"], seen["group"], seen["DN"]) == ("frank", "gridpp_user", SUBJECT)
        assert "NormalUser" in seen["properties"]
        assert user.python(VO, group=info["DIRAC group"]) == "gridpp"

    with step("a copy is with the proxy manager"):
        uploaded = user.run("dirac-proxy-get-uploaded-info").ok().out
        assert f"Checking for DNs {SUBJECT}" in uploaded
        rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in uploaded.splitlines() if "|" in line]
        kept = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
        assert {row["UserDN"] for row in kept} == {SUBJECT}
        # until 9 there were copies for a single group too
        expiry = next(row["ExpirationTime"] for row in kept if not row.get("UserGroup"))
        certificate = client.run(["openssl", "x509", "-noout", "-enddate", "-dateopt", "iso_8601", "-in",
                                  "/home/frank/.globus/usercert.pem"]).out  # fmt: skip
        assert certificate.startswith("notAfter=")
        assert expiry <= certificate.removeprefix("notAfter=").strip(), "no proxy outlives its certificate"
        assert expiry[:7] == certificate.removeprefix("notAfter=")[:7], "the copy lives about as long"

    with step("log out"):
        user.run("dirac-proxy-destroy").ok()
        assert client.run(["test", "-e", user.proxy]).rc == 1
        for command in ("dirac-proxy-info", login.status, "dirac-proxy-get-uploaded-info"):
            assert refused(user.run(command)), command


@scenario(
    "AAI-01b",
    title="a login names its group and its lifetime; a group that is not one's own is refused",
    owner="aai",
    replaces="tests/System/client_core.sh",
    limit=120,
    about=6,
)
def test_group_and_lifetime(make_user, login, step, wait_for):
    grace = make_user("grace", "dteam_prod").logged_out()
    known(grace, login, wait_for)

    with step("another group, for three hours"):
        grace.run(login.to("dteam_prod", hours=3)).ok()
        info = fields(grace.run("dirac-proxy-info").ok().out)
        assert info["DIRAC group"] == "dteam_prod"
        assert "ProductionManagement" in info["properties"]
        assert lifetime_is(info["timeleft"], 3 * 3600), info["timeleft"]
        grace.run("dirac-proxy-destroy").ok()

    with step("no group: the first of the groups that are one's own"):
        grace.run(login.to()).ok()
        assert fields(grace.run("dirac-proxy-info").ok().out)["DIRAC group"] == "dteam_user"
        grace.run("dirac-proxy-destroy").ok()

    for group in FOREIGN_GROUPS:
        with step(f"group {group} is not grace's"):
            assert refused(grace.run(["dirac-proxy-init", "-g", group]))


@scenario(
    "AAI-01f",
    title="services that know a user do not take the same user for a member of a group that is not the user's own",
    owner="aai",
    replaces="tests/System/client_core.sh",
    suites=("full",),
    limit=120,
    about=6,
)
def test_known_user_in_foreign_group(make_user, login, step, wait_for):
    ivan = make_user("ivan", "dteam_prod").logged_out()
    with step("the services know ivan in a group of his own"):
        known(ivan, login, wait_for, SERVICES)
    for group in FOREIGN_GROUPS:
        with step(f"group {group} is not ivan's"):
            ivan.run(login.unchecked.format(group))
            assert [taken_for(ivan, service) for service in SERVICES] == ["", ""]


@scenario(
    "AAI-01g",
    title="a user who was refused a foreign group is let in to a group of one's own at once",
    owner="aai",
    replaces="tests/System/client_core.sh",
    suites=("full",),
    limit=200,
    about=70,
)
def test_refused_user_in_own_group(make_user, login, step, wait_for):
    mine = ["judy in dteam_prod"] * len(SERVICES)
    judy = make_user("judy", "dteam_prod").logged_out()
    known(judy, login, wait_for)
    with step("judy asks the services in the name of a foreign group; what they say to that is AAI-01f"):
        judy.run(login.unchecked.format(FOREIGN_GROUPS[0]))
        for service in SERVICES:
            taken_for(judy, service)
    with step("in a group of her own they know judy"):
        judy.run(login.to("dteam_prod")).ok()
        at_once = [taken_for(judy, service) for service in SERVICES]
        if at_once != mine:
            # A refusal that ends by itself is of what was kept of the one before; any other has another cause.
            wait_for(lambda: [taken_for(judy, each) for each in SERVICES] == mine, limit=90, hint="judy to be let in")
        assert at_once == mine, f"let in only later: at once they took judy for {at_once}"


@scenario(
    "AAI-01d",
    title="a login to a group that is not one's own says so",
    owner="aai",
    replaces="tests/System/client_core.sh",
    suites=("full",),
    limit=120,
    about=4,
)
def test_login_to_foreign_group(make_user, login, step, wait_for):
    heidi = make_user("heidi", "dteam_prod").logged_out()
    known(heidi, login, wait_for)
    for group in FOREIGN_GROUPS:
        with step(f"group {group} is not heidi's"):
            assert refused(heidi.run(login.to(group)))


@scenario(
    "AAI-01c",
    title="an unregistered and an expired certificate are refused, and told why",
    owner="aai",
    replaces="tests/System/client_core.sh",
    limit=90,
    about=3,
)
def test_strangers_are_refused(mallory, oscar, login, step):
    for stranger in (mallory, oscar):
        with step(stranger.account):
            stay_outside(stranger, login)


@scenario(
    "AAI-01e",
    title="a revoked certificate is refused",
    owner="aai",
    suites=("full",),
    limit=60,
    about=2,
)
def test_revoked_is_refused(rita, login):
    stay_outside(rita, login)


def stay_outside(stranger, login):
    """Neither of the logins lets one in, nor does a service."""
    for command in (login, LOGIN_OF_OLD):
        assert refused(stranger.run(command.to("dteam_user")))
    for service in SERVICES:
        assert taken_for(stranger, service) == ""
