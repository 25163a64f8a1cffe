"""DX-01: DiracX serves what DIRAC's configuration says, follows its changes, and takes no wrong value."""

from diraccert.certification.scenario import scenario

from .conftest import FRESH, take_over

CONFIGURATION = "/api/config/"
EMAIL = "/Registry/Users/bob/Email"
VERIFY = "/Systems/Configuration/Services/Server/VerifyDiracXSyncOnCommit"
SECTIONS = """
from DIRAC import gConfig
result = {vo: {group: sorted(gConfig.getValue(f"/Registry/Groups/{group}/Properties", []))
               for group in gConfig.getSections("/Registry/Groups")["Value"]
               if gConfig.getValue(f"/Registry/Groups/{group}/VO", "") == vo}
          for vo in gConfig.getSections("/Registry/VO")["Value"]}
"""


@scenario(
    "DX-01",
    title="DiracX serves the registry and the operations of DIRAC, and says 304 to who has them",
    owner="diracx",
    needs=("diracx",),
    limit=90,
    about=5,
)
def test_served(alice, dave, ask, token_of, step):
    token = token_of(alice)["access_token"]
    answer = ask(alice, "GET", CONFIGURATION, token=token)
    assert answer.status == 200
    served = answer.json
    with step("every VO, group and property of the registry"):
        wanted = dave.python(SECTIONS)
        groups = {
            vo: {name: sorted(told["Properties"]) for name, told in here["Groups"].items()}
            for vo, here in served["Registry"].items()
        }
        assert groups == wanted
    with step("people by their subject, with the certificate that DIRAC knows them by"):
        person = served["Registry"]["dteam"]["Users"]["sub-alice"]
        assert person["PreferedUsername"] == "alice"
        assert person["DNs"] == ["/O=DIRAC Certification/CN=alice"]
    with step("options of the operations, the defaults in each VO"):
        groups = {vo: told["Pilot"]["GenericPilotGroup"] for vo, told in served["Operations"].items()}
        assert groups == dict.fromkeys(wanted, "dteam_pilot")
    with step("who has it is told so, by revision and by time"):
        revision = answer.headers["etag"]
        assert ask(alice, "GET", CONFIGURATION, token=token, headers={"If-None-Match": revision}).status == 304
        assert ask(alice, "GET", CONFIGURATION, token=token, headers={"If-None-Match": '"old"'}).status == 200
        since = {"If-Modified-Since": answer.headers["last-modified"]}
        assert ask(alice, "GET", CONFIGURATION, token=token, headers={"If-None-Match": revision, **since}).status == 304
    with step("and nobody else is told anything"):
        assert ask(alice, "GET", CONFIGURATION).status == 401


@scenario(
    "DX-01a",
    title="a change that is committed in DIRAC is served by DiracX after the next synchronisation, with a new ETag",
    owner="diracx",
    needs=("diracx",),
    suites=("full",),
    limit=150,
    about=20,
    exclusive=True,
)
def test_change(alice, ask, changed_configuration, diracx, server, step, token_of, unique, wait_for):
    token = token_of(alice)["access_token"]

    def email():
        return ask(alice, "GET", CONFIGURATION, token=token).json["Registry"]["dteam"]["Users"]["sub-bob"]["Email"]

    before = ask(alice, "GET", CONFIGURATION, token=token)
    new = f"{unique}@cert.example.org"
    with changed_configuration({EMAIL: new}):
        with step("nothing changes before the synchronisation"):
            assert ask(alice, "GET", CONFIGURATION, token=token).headers["etag"] == before.headers["etag"]
        taken = take_over(server, diracx)
        assert taken.rc == 0, taken.err
        wait_for(lambda: email() == new, limit=FRESH + 10, hint="DiracX to serve the new address")
        after = ask(alice, "GET", CONFIGURATION, token=token)
        assert after.headers["etag"] != before.headers["etag"]
        held = {"If-None-Match": before.headers["etag"]}
        assert ask(alice, "GET", CONFIGURATION, token=token, headers=held).status == 200
        with step("a second synchronisation changes nothing"):
            assert take_over(server, diracx).out.strip() == "unchanged"
    assert take_over(server, diracx).rc == 0
    wait_for(lambda: email() == "bob@cert.example.org", limit=FRESH + 10, hint="DiracX to serve the old address again")


@scenario(
    "DX-01b",
    title="a value that DiracX cannot take is refused at the synchronisation, and what was served is served on",
    owner="diracx",
    needs=("diracx",),
    suites=("full",),
    limit=150,
    about=20,
    exclusive=True,
)
def test_wrong_value(alice, ask, changed_configuration, diracx, server, step, token_of):
    token = token_of(alice)["access_token"]
    before = ask(alice, "GET", CONFIGURATION, token=token)
    with changed_configuration({EMAIL: "no address"}):
        with step("the synchronisation says which value"):
            taken = take_over(server, diracx)
            assert taken.rc != 0
            assert "Registry.dteam.Users.sub-bob.Email" in taken.err
        with step("DiracX goes on with what it has"):
            after = ask(alice, "GET", CONFIGURATION, token=token)
            assert (after.status, after.headers["etag"]) == (200, before.headers["etag"])


@scenario(
    "DX-01c",
    title="with VerifyDiracXSyncOnCommit a value that DiracX cannot take is refused when it is committed in DIRAC",
    owner="diracx",
    needs=("diracx",),
    suites=("full",),
    limit=150,
    about=20,
    exclusive=True,
)
def test_verified_commit(committed, changed_configuration, dave, step):
    current = "from DIRAC.ConfigurationSystem.Client.CSAPI import CSAPI\n"
    current += "result = CSAPI().getCurrentCFG()['Value'].getOption(path)"
    with changed_configuration({VERIFY: "True"}):
        with step("a wrong value"):
            refused = committed({EMAIL: "no address"}).get("refused", "it was taken")
            assert "Registry.dteam.Users.sub-bob.Email" in refused
            assert dave.python(current, path=EMAIL.strip("/")) == "bob@cert.example.org"
        with step("a good value"), changed_configuration({EMAIL: "bob2@cert.example.org"}):
            assert dave.python(current, path=EMAIL.strip("/")) == "bob2@cert.example.org"
