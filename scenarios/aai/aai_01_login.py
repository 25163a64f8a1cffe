"""AAI-01: a user logs in with a certificate, sees the status of the login, and destroys it."""

import re

from diraccert.certification.scenario import scenario

#: A login takes less than this, in seconds.
PATIENCE = 120
VO = "from DIRAC.ConfigurationSystem.Client.Helpers import Registry\nresult = Registry.getVOForGroup(group)"
SUBJECT = "/O=DIRAC Certification/CN=frank"
#: Groups that grace and heidi are not in: of their own VO, of another, of none.
FOREIGN_GROUPS = ("dirac_admin", "gridpp_user", "no_such_group")


def fields(text):
    """The ``name : value`` lines that DIRAC prints of a proxy."""
    return {name.strip(): value.strip() for name, value in re.findall(r"^([\w ]+?)\s*: (.*)$", text, re.MULTILINE)}


def seconds(timeleft):
    """``11:59:58`` in seconds."""
    hours, minutes, rest = map(int, timeleft.split(":"))
    return hours * 3600 + minutes * 60 + rest


def lifetime_is(timeleft, granted):
    return granted - PATIENCE <= seconds(timeleft) <= granted


@scenario(
    "AAI-01",
    title="a certificate logs in to a group, the status is right, and destroying the proxy logs out",
    owner="aai",
    replaces="tests/System/client_core.sh",
    limit=120,
    about=4,
)
def test_certificate_login(frank, login, refused, client, step):
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
def test_group_and_lifetime(make_user, login, known, refused, step):
    grace = make_user("grace", "dteam_prod").logged_out()
    known(grace)

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
    "AAI-01d",
    title="a login to a group that is not one's own says so",
    owner="aai",
    replaces="tests/System/client_core.sh",
    suites=("full",),
    limit=120,
    about=4,
)
def test_login_to_foreign_group(make_user, login, known, refused, step):
    heidi = make_user("heidi", "dteam_prod").logged_out()
    known(heidi)
    for group in FOREIGN_GROUPS:
        with step(f"group {group} is not heidi's"):
            assert refused(heidi.run(login.to(group)))
