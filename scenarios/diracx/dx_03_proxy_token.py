"""DX-03: who makes a proxy gets a DiracX token with it, of the same person and group, and DiracX takes it."""

import re
import time

from diraccert.certification.scenario import scenario

from .conftest import claims

WHOAMI = "dirac-diracx-whoami"
BEGIN = "-----BEGIN DIRACX-----"
#: A proxy's token is refreshed as long as the proxy lives, in seconds; DIRAC asks for whole minutes.
MINUTE = 60


def tokens_in(user):
    """How many DiracX tokens the proxy file holds."""
    return user.read(user.proxy).decode().count(BEGIN)


@scenario(
    "DX-03",
    title="a proxy holds one DiracX token, of its own group and VO, and a new proxy has a new one",
    owner="diracx",
    needs=("diracx",),
    limit=150,
    about=12,
)
def test_proxy_with_token(carol, erin, ask, token_of, step):
    carol, erin = carol.logged_out(), erin.logged_out()
    seen = []
    for user, vo, group in (
        (carol, "dteam", "dteam_user"),
        (carol, "dteam", "dteam_prod"),
        (erin, "gridpp", "gridpp_user"),
    ):
        with step(f"{user.account} makes a proxy of {group}"):
            user.run(f"dirac-proxy-init -g {group}").ok()
            assert tokens_in(user) == 1
            token = token_of(user)
        with step("DiracX takes it for the same person"):
            told = ask(user, "GET", "/api/auth/userinfo", token=token["access_token"])
            assert told.status == 200
            person = told.json
            assert (person["vo"], person["dirac_group"], person["preferred_username"]) == (vo, group, user.account)
            mine = set(user.python("from DIRAC.ConfigurationSystem.Client.Helpers import Registry\n"
                                   "result = Registry.getPropertiesForGroup(group)", group=group))  # fmt: skip
            assert set(person["properties"]) == mine
        with step("DIRAC's own command says so too"):
            said = user.run(WHOAMI).ok().out
            assert f'"dirac_group": "{group}"' in said
            assert f'"vo": "{vo}"' in said
        seen.append(token["refresh_token"])
    assert len(set(seen)) == len(seen), "every proxy has a token of its own"


@scenario(
    "DX-03a",
    title="the token in a proxy lives as long as the proxy, and dirac-proxy-info knows it",
    owner="diracx",
    needs=("diracx",),
    limit=90,
    about=6,
)
def test_lifetime(frank, token_of, step):
    user = frank.logged_out()
    user.run("dirac-proxy-init -g gridpp_user -v 02:00").ok()
    token = token_of(user)
    with step("the refresh token ends with the proxy"):
        inside = claims(token["refresh_token"])
        left = user.run("dirac-proxy-info").ok().out
        hours, minutes, seconds = map(int, re.search(r"timeleft\s*: (\d+):(\d+):(\d+)", left).groups())
        proxy = hours * 3600 + minutes * 60 + seconds
        lives = inside["exp"] - time.time()
        assert proxy - MINUTE <= lives <= proxy + 2 * MINUTE
    with step("the access token does not outlive it"):
        assert claims(token["access_token"])["exp"] <= inside["exp"]
    with step("the status names it"):
        assert re.search(r"DiracX\s*: True", left)
        user.run("dirac-proxy-info --checkvalid").ok()
    with step("it goes with the proxy"):
        user.run("dirac-proxy-destroy").ok()
        assert "dirac_group" not in user.run(WHOAMI).text


@scenario(
    "DX-03b",
    title="a VO that DisabledVOs names gets proxies without a token, and the others go on as before",
    owner="diracx",
    needs=("diracx",),
    suites=("full",),
    limit=150,
    about=15,
    exclusive=True,
)
def test_disabled_vo(alice, frank, changed_configuration, step):
    frank, alice = frank.logged_out(), alice.logged_out()
    with changed_configuration({"/DiracX/DisabledVOs": "gridpp"}):
        with step("gridpp is named"):
            frank.run("dirac-proxy-init -g gridpp_user", real=True).ok()
            assert tokens_in(frank) == 0
        with step("dteam is not"):
            alice.run("dirac-proxy-init -g dteam_user", real=True).ok()
            assert tokens_in(alice) == 1
    with step("it is named no more"):
        frank.run("dirac-proxy-init -g gridpp_user", real=True).ok()
        assert tokens_in(frank) == 1
