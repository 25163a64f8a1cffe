"""AAI-02: proxies are left with the proxy manager, and who may fetches them: whole, the right ones, not for longer.

OpenSSL reads what DIRAC wrote: DIRAC's own word on its proxies is not asked for.
"""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from diraccert.certification.scenario import scenario

#: The policy of a limited proxy (Globus); any other is a full one.
LIMITED_POLICY = "1.3.6.1.4.1.3536.1.1.1.9"
#: A client asks for so many seconds more, to keep the proxy (ProxyManagerClient.downloadProxy), and the service gives
#: up to this much more than it is asked for (ProxyManagerHandler.__maxExtraLifeFactor).
KEPT, GENEROSITY = 4 * 3600, 1.5
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


def seconds_left(client, path):
    """Seconds until the first certificate of a file ends."""
    end = openssl(client, "x509", "-in", path, "-noout", "-enddate").strip().removeprefix("notAfter=")
    ends = datetime.strptime(end, "%b %d %H:%M:%S %Y GMT").replace(tzinfo=UTC)
    return (ends - datetime.now(UTC)).total_seconds()


def read_proxy(client, path):
    openssl(client, "verify", "-allow_proxy_certs", "-CApath", AUTHORITIES, "-untrusted", path, path)
    text = openssl(client, "x509", "-in", path, "-noout", "-text", "-subject", "-nameopt", "compat")
    return Proxy(
        subject=re.search(r"^subject=\s*(.*)$", text, re.MULTILINE)[1],
        bits=int(re.search(r"Public-Key: \((\d+) bit\)", text)[1]),
        left=seconds_left(client, path),
        limited=LIMITED_POLICY in text,
    )


@scenario(
    "AAI-02",
    title="a proxy that was left with the proxy manager comes back whole, to who may have it, for a bounded time",
    owner="aai",
    replaces="tests/Integration/Framework/Test_Proxy.sh",
    limit=120,
    about=5,
)
def test_upload_and_delegation(alice, carol, client, step):
    owner = alice.logged_out()
    with step("alice leaves a proxy"):
        owner.run("dirac-proxy-init -g dteam_user").ok()
        assert list(alice.rpc("Framework/ProxyManager", "getUserProxiesInfo")) == [SUBJECT_OF_ALICE]

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
        assert 4 * HOUR - 60 <= proxy.left <= (4 * HOUR + KEPT) * GENEROSITY

    with step("the services take its bearer for alice"):
        seen = replace(carol, proxy=path).rpc("WorkloadManagement/JobMonitoring", "whoami")
        assert (seen["username"], seen["group"], seen["isLimitedProxy"]) == ("alice", "dteam_user", False)

    with step("never for longer than the certificate"):
        certificate = seconds_left(client, "/home/alice/.globus/usercert.pem")
        hours = int(certificate / HOUR * 0.9)
        _, proxy = fetch("long", "-v", f"{hours}:00")
        assert hours * HOUR - 60 <= proxy.left <= certificate
        beyond = carol.run(f"dirac-admin-get-proxy alice dteam_user -u beyond.pem -v {int(certificate / HOUR) + 24}:00")
        assert beyond.rc != 0
        assert "Traceback" not in beyond.text
        assert "cannot be retrieved" in beyond.text


@scenario(
    "AAI-02b",
    title="a user fetches an own proxy only; who has it not, or not in that group or VO, is refused",
    owner="aai",
    replaces="tests/Integration/Framework/Test_ProxyDB.py",
    limit=120,
    about=3,
)
def test_who_may_fetch(alice, carol, client, step):
    def fetch(user, owner, group, *options):
        path = f"{user.folder}/{owner}-{group}.pem"
        return path, user.run(["dirac-admin-get-proxy", owner, group, "-u", path, "-v", "1:00", *options])

    def refused(user, owner, group, *options):
        path, done = fetch(user, owner, group, *options)
        assert done.rc != 0
        assert "Traceback" not in done.text
        assert "cannot be retrieved" in done.text
        assert client.run(["test", "-e", path]).rc == 1
        return True

    with step("alice fetches her own"):
        path, done = fetch(alice, "alice", "dteam_user")
        done.ok()
        assert read_proxy(client, path).subject.startswith(f"{SUBJECT_OF_ALICE}/CN=")

    with step("what is not one's own, or not there, is refused"):
        assert refused(alice, "bob", "dteam_user")
        assert refused(alice, "alice", "dteam_prod")
        assert refused(carol, "alice", "gridpp_user")
        assert refused(carol, "alice", "dteam_user", "--voms"), "no VOMS attribute is defined for the group"


@scenario(
    "AAI-02c",
    title="a proxy is limited when that is asked for, and when the asker may have no other",
    owner="aai",
    replaces="tests/Integration/Framework/Test_ProxyDB.py",
    suites=("full",),
    limit=90,
    about=4,
)
def test_limited(alice, carol, make_user, client, step):
    pilot = make_user("pilotman", "dteam_pilot")
    limited = {}
    for asking, why, options in (
        (carol, "asks for it", ["--limited"]),
        (alice, "has PrivateLimitedDelegation", []),
        (pilot, "has LimitedDelegation", []),
    ):
        with step(f"{asking.account}, who {why}, fetches alice's proxy"):
            path = f"{asking.folder}/limited.pem"
            asking.run(["dirac-admin-get-proxy", "alice", "dteam_user", "-u", path, "-v", "1:00", *options]).ok()
            limited[asking.account] = read_proxy(client, path).limited
    assert limited == dict.fromkeys(("carol", "alice", "pilotman"), True)
