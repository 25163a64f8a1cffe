"""DX-02: a person logs in to DiracX with a browser, is who the registry says, and is out after the log-out."""

import json
import time

from diraccert.certification.scenario import scenario

from .conftest import claims, credentials

#: Properties of an ordinary user's group (roles/cert).
USER_PROPERTIES = {"NormalUser", "PrivateLimitedDelegation"}


def kept(user):
    """The tokens that the log-in left."""
    return json.loads(user.read(credentials(user)))


@scenario(
    "DX-02",
    title="a log-in by device code gives the right VO, group and properties; a log-out ends it",
    owner="diracx",
    needs=("diracx",),
    limit=120,
    about=12,
)
def test_log_in_and_out(alice, ask, client, dirac, log_in, refreshed, step):
    with step("dirac login, and the person says yes in a browser"):
        said = log_in(alice, "dteam", "dteam_user").ok().out
        assert "Login successful" in said
        assert client.run(["stat", "-c", "%a %U", credentials(alice)]).out.split() == ["600", "alice"]
    with step("DiracX knows who it is"):
        told = json.loads(dirac(alice, "whoami").ok().out)
        assert (told["vo"], told["dirac_group"], told["preferred_username"]) == ("dteam", "dteam_user", "alice")
        assert told["sub"] == "dteam:sub-alice"
        assert set(told["properties"]) == USER_PROPERTIES
    tokens = kept(alice)
    with step("the token says the same, and no more"):
        inside = claims(tokens["access_token"])
        assert inside["iss"].rstrip("/") == "https://diracx:8000"
        assert (inside["vo"], inside["dirac_group"]) == ("dteam", "dteam_user")
        assert set(inside["dirac_properties"]) == USER_PROPERTIES
        assert 0 < inside["exp"] - time.time() <= 1200

    with step("dirac logout"):
        assert "Logout successful" in dirac(alice, "logout").ok().out
        assert client.run(["test", "-e", credentials(alice)]).rc == 1
    with step("nobody is logged in any more"):
        assert "not authenticated" in dirac(alice, "whoami").text
        assert refreshed(alice, tokens["refresh_token"]).status == 401
        assert ask(alice, "GET", "/api/auth/userinfo").status == 401


@scenario(
    "DX-02a",
    title="a refresh token serves once: its second use is refused and revokes what the first one gave",
    owner="diracx",
    needs=("diracx",),
    limit=90,
    about=8,
)
def test_refresh_rotation(bob, ask, log_in, refreshed, step):
    log_in(bob, "dteam", "dteam_user").ok()
    first = kept(bob)
    with step("the first use gives a new pair for the same person"):
        answer = refreshed(bob, first["refresh_token"])
        assert answer.status == 200
        second = answer.json
        assert second["refresh_token"] != first["refresh_token"]
        assert ask(bob, "GET", "/api/auth/userinfo", token=second["access_token"]).json["preferred_username"] == "bob"
        ends = [claims(each["refresh_token"])["exp"] for each in (first, second)]
        assert ends[0] == ends[1], "rotation does not make a log-in longer"
    with step("the second use is an attack"):
        assert refreshed(bob, first["refresh_token"]).status == 401
    with step("so its successor is revoked too"):
        assert refreshed(bob, second["refresh_token"]).status == 401


@scenario(
    "DX-02b",
    title="somebody who is not in the registry of the VO is told so at the log-in",
    owner="diracx",
    needs=("diracx",),
    limit=120,
    about=10,
)
def test_who_may_not_log_in(alice, client, log_in, step):
    for person in ("mallory", "erin"):
        with step(f"{person}, whom dteam does not know"):
            done = log_in(alice, "dteam", "dteam_user", person=person)
            assert client.run(["test", "-e", credentials(alice)]).rc == 1, "no tokens for a stranger"
            assert done.rc != 0
            assert "Traceback" not in done.text, "a refusal is said in words"


@scenario(
    "DX-02c",
    title="a wrong password, group or VO logs nobody in",
    owner="diracx",
    needs=("diracx",),
    limit=90,
    about=6,
)
def test_wrong_log_ins(alice, ask, client, dirac, step):
    with step("a VO that is not there"):
        done = dirac(alice, "login nosuchvo")
        assert done.rc != 0
        assert "Unknown VO nosuchvo" in " ".join(done.text.replace("│", " ").split())
    for scope in ("vo:dteam group:gridpp_user", "vo:dteam group:nosuchgroup", "vo:nosuchvo", "vo:dteam vo:gridpp", ""):
        with step(f"the scope {scope!r}"):
            asked = {"client_id": "myDIRACClientID", "scope": scope}
            assert ask(alice, "POST", "/api/auth/device", params=asked).status == 400
    with step("a client that nobody registered"):
        asked = {"client_id": "somebody", "scope": "vo:dteam group:dteam_user"}
        assert ask(alice, "POST", "/api/auth/device", params=asked).status in (400, 401, 403)
    assert client.run(["test", "-e", credentials(alice)]).rc == 1
