"""AAI-02: proxies are left with the proxy manager, and whoever may fetches them: whole, of the right person, not for longer.

OpenSSL reads what DIRAC wrote: DIRAC's own word on its proxies is not asked for.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timezone

from diraccert.certification.scenario import scenario

#: The policy of a limited proxy (Globus); any other is a full one.
LIMITED_POLICY = "1.3.6.1.4.1.3536.1.1.1.9"
#: DIRAC gives up to this much more than what was asked for (ProxyManagerHandler.__maxExtraLifeFactor).
GENEROSITY = 1.5
#: RFC 3820 proxies of less are weak.
STRENGTH = 2048
SUBJECT_OF_ALICE = "/O=DIRAC Certification/CN=alice"
AUTHORITIES = "/opt/dirac/etc/grid-security/certificates"
HOUR = 3600


@dataclass(frozen=True)
class Proxy:
    """What OpenSSL says of the first certificate of a proxy file; ``left`` is in seconds."""

    subject: str
    bits: int
    left: float
    limited: bool


def openssl(client, *argv):
    done = client.run(["openssl", *argv])
    assert done.rc == 0, done.err
    return done.out


def read_proxy(client, path):
    openssl(client, "verify", "-allow_proxy_certs", "-CApath", AUTHORITIES, "-untrusted", path, path)
    text = openssl(client, "x509", "-in", path, "-noout", "-text", "-subject", "-nameopt", "compat")
    end = re.search(r"Not After : (.*) GMT", text)[1]
    ends = datetime.strptime(end, "%b %d %H:%M:%S %Y").replace(tzinfo=timezone.utc)
    return Proxy(
        subject=re.search(r"^subject=\s*(.*)$", text, re.MULTILINE)[1],
        bits=int(re.search(r"Public-Key: \((\d+) bit\)", text)[1]),
        left=(ends - datetime.now(timezone.utc)).total_seconds(),
        limited=LIMITED_POLICY in text,
    )


@scenario(
    "AAI-02",
    title="a proxy that was left with the proxy manager comes back whole, to who may have it, for a bounded time",
    owner="aai",
    replaces="tests/Integration/Framework/Test_Proxy.sh",
    limit=90,
    about=10,
)
def test_upload_and_delegation(alice, carol, client, step):
    owner = alice.logged_out()
    with step("alice leaves a proxy"):
        owner.run("dirac-proxy-init -g dteam_user").ok()
        left = [row for row in alice.rpc("Framework/ProxyManager", "getUserProxiesInfo").items()]
        assert [dn for dn, _ in left] == [SUBJECT_OF_ALICE]

    def fetch(name, *options):
        path = f"{carol.folder}/{name}.pem"
        carol.run(["dirac-admin-get-proxy", "alice", "dteam_user", "-u", path, *options]).ok()
        proxy = read_proxy(client, path)
        assert proxy.subject.startswith(f"{SUBJECT_OF_ALICE}/CN=")
        assert proxy.bits >= STRENGTH
        assert client.run(["stat", "-c", "%a", path]).out.strip() == "600"
        return path, proxy

    with step("carol, who may, fetches it for four hours"):
        path, proxy = fetch("full", "-v", "4:00")
        assert not proxy.limited
        assert 4 * HOUR - 60 <= proxy.left <= 4 * HOUR * GENEROSITY

    with step("the services take its bearer for alice"):
        seen = replace(carol, proxy=path).rpc("WorkloadManagement/JobMonitoring", "whoami")
        assert (seen["username"], seen["group"], seen["isLimitedProxy"]) == ("alice", "dteam_user", False)

    with step("limited, when that is asked for"):
        path, proxy = fetch("limited", "--limited")
        assert proxy.limited
        seen = replace(carol, proxy=path).rpc("WorkloadManagement/JobMonitoring", "whoami")
        assert (seen["username"], seen["isLimitedProxy"]) == ("alice", True)

    with step("never for longer than the certificate"):
        openssl(client, "version")
        certificate = read_end(client, "/home/alice/.globus/usercert.pem")
        hours = int(certificate / HOUR * 0.9)
        _, proxy = fetch("long", "-v", f"{hours}:00")
        assert hours * HOUR - 60 <= proxy.left <= certificate
        beyond = carol.run(f"dirac-admin-get-proxy alice dteam_user -u beyond.pem -v {int(certificate / HOUR) + 24}:00")
        assert beyond.rc != 0
        assert "Traceback" not in beyond.text
        assert "cannot be retrieved" in beyond.text


def read_end(client, path):
    """Seconds until a certificate ends."""
    end = openssl(client, "x509", "-in", path, "-noout", "-enddate").strip().removeprefix("notAfter=")
    ends = datetime.strptime(end, "%b %d %H:%M:%S %Y GMT").replace(tzinfo=timezone.utc)
    return (ends - datetime.now(timezone.utc)).total_seconds()


@scenario(
    "AAI-02b",
    title="a user fetches only an own, limited proxy; a pilot only limited ones; groups and VOMS are checked",
    owner="aai",
    replaces="tests/Integration/Framework/Test_ProxyDB.py",
    limit=90,
    about=10,
)
def test_who_may_fetch(alice, carol, make_user, client, step):
    def fetch(user, owner, group, *options):
        path = f"{user.folder}/{owner}.pem"
        return path, user.run(["dirac-admin-get-proxy", owner, group, "-u", path, "-v", "1:00", *options])

    def refused(user, owner, group, *options):
        path, done = fetch(user, owner, group, *options)
        assert done.rc != 0
        assert "Traceback" not in done.text
        assert "cannot be retrieved" in done.text
        assert client.run(["test", "-e", path]).rc == 1
        return True

    for name, asking in (("alice", alice), ("a pilot", make_user("pilotman", "dteam_pilot"))):
        with step(f"{name} fetches alice's proxy"):
            path, done = fetch(asking, "alice", "dteam_user")
            done.ok()
            proxy = read_proxy(client, path)
            assert proxy.limited, "whoever has no FullDelegation gets limited proxies only"
            assert proxy.subject.startswith(f"{SUBJECT_OF_ALICE}/CN=")

    with step("what is not one's own, or not there, is refused"):
        assert refused(alice, "bob", "dteam_user")
        assert refused(alice, "alice", "dteam_prod")
        assert refused(carol, "alice", "gridpp_user")
        assert refused(carol, "alice", "dteam_user", "--voms"), "no VOMS attribute is defined for the group"
