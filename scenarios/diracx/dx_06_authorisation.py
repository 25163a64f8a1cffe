"""DX-06: every question to DiracX is answered to those who may ask it, and to nobody else."""

import base64
import json
from datetime import UTC, datetime

import pytest

from diraccert.certification.scenario import scenario

from .conftest import FRESH, claims, take_over

#: The order of the columns below: nobody; a token that is none, changed by its owner, without signature, of yesterday;
#: the owner of the job, another user of the group, a user of another VO, a pilot, an administrator.
ASKING = ("nobody", "garbage", "forged", "unsigned", "expired", "owner", "other", "stranger", "pilot", "admin")
NOBODY = (401,) * 5
EVERYBODY = (200,) * 5
PUBLIC = (200,) * 10
OWNER = (200, 403, 403, 403, 200)
OWNER_OR_PILOT = (200, 403, 403, 200, 200)
USERS = (200, 200, 200, 403, 200)
#: What each of them is answered, as the policies of diracx.routers state it. {job} is a waiting job of the owner.
TABLE = (
    ("GET", "/api/health/ready", None, PUBLIC),
    ("GET", "/.well-known/jwks.json", None, PUBLIC),
    ("GET", "/.well-known/dirac-metadata", None, PUBLIC),
    ("GET", "/.well-known/openid-configuration", None, PUBLIC),
    ("GET", "/api/auth/userinfo", None, NOBODY + EVERYBODY),
    ("GET", "/api/auth/refresh-tokens", None, NOBODY + EVERYBODY),
    ("GET", "/api/config/", None, NOBODY + EVERYBODY),
    ("POST", "/api/jobs/search", "search", NOBODY + USERS),
    ("POST", "/api/jobs/summary", {"grouping": ["Status"]}, NOBODY + USERS),
    ("GET", "/api/jobs/{job}/sandbox", None, NOBODY + OWNER),
    ("GET", "/api/jobs/{job}/sandbox/output", None, NOBODY + OWNER),
    ("POST", "/api/jobs/sandbox", "sandbox", NOBODY + USERS),
    ("GET", "/api/jobs/sandbox?pfn={pfn}", None, NOBODY + OWNER),
    ("PATCH", "/api/jobs/status", "status", NOBODY + OWNER_OR_PILOT),
    ("PATCH", "/api/jobs/status?force=true", "status", (*NOBODY, 403, 403, 403, 403, 200)),
    ("PATCH", "/api/jobs/metadata", "metadata", (*NOBODY, 204, 403, 403, 204, 204)),
    ("POST", "/api/jobs/jdl", ["nothing that is a job"], (*NOBODY, 400, 400, 400, 403, 400)),
    ("POST", "/api/pilots/search", {}, NOBODY + USERS),
    ("POST", "/api/pilots/summary", {"grouping": ["Status"]}, NOBODY + USERS),
    ("GET", "/api/rss/site", None, NOBODY + EVERYBODY),
    ("GET", "/api/rss/storage", None, NOBODY + EVERYBODY),
    ("GET", "/api/rss/compute", None, NOBODY + EVERYBODY),
    ("GET", "/api/rss/fts", None, NOBODY + EVERYBODY),
)
#: Whether everybody sees the jobs of everybody; DIRAC reads it too.
GLOBAL = "/Operations/Defaults/Services/JobMonitoring/GlobalJobsInfo"
#: All questions in one go: a request of its own for each is two hundred.
QUESTIONS = """
import requests
session = requests.Session()
result = []
for method, address, body, tokens in questions:
    row = []
    for token in tokens:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        row.append(session.request(method, url + address, headers=headers, json=body, timeout=30).status_code)
    result.append(row)
"""
#: A token as DiracX signs them, that has expired: made with its own key.
EXPIRED = """
import json, sys, time
from joserfc import jwt
from joserfc.jwk import KeySet
key = KeySet.import_key_set(json.load(open("/opt/diracx/etc/jwks.json"))).keys[0]
told = json.load(sys.stdin)
told.update(iat=int(time.time()) - 7200, exp=int(time.time()) - 3600)
print(jwt.encode({"alg": "Ed25519", "kid": key.kid}, told, key, algorithms=["Ed25519"]))
"""


def part(value):
    """A part of a token from what it says."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@pytest.fixture
def tokens(alice, bob, frank, dave, make_user, token_of, diracx):
    """A token of each kind of asker."""
    users = {"owner": alice, "other": bob, "stranger": frank, "admin": dave}
    found = {name: token_of(user)["access_token"] for name, user in users.items()}
    found["pilot"] = token_of(make_user("pilotman", "dteam_pilot"))["access_token"]
    head, said, signature = found["other"].split(".")
    more = claims(found["other"])
    more["dirac_properties"] = [*more["dirac_properties"], "JobAdministrator"]
    made = diracx.run(
        ["/opt/diracx/venv/bin/python", "-I", "-c", EXPIRED], stdin=json.dumps(claims(found["owner"])).encode()
    )
    assert made.rc == 0, made.err
    return {
        **found,
        "nobody": "",
        "garbage": "a.b.c",
        "forged": f"{head}.{part(more)}.{signature}",
        "unsigned": f"{part({'typ': 'JWT', 'alg': 'none'})}.{said}.",
        "expired": made.out.strip(),
    }


@scenario(
    "DX-06",
    title="every question to DiracX gets the answer that its asker may have: 200, 401 or 403",
    owner="diracx",
    needs=("diracx",),
    limit=150,
    about=15,
)
def test_matrix(alice, ask, jobs, step, tokens, unique):
    job = jobs.submit(alice, Executable="/bin/true")
    job.reach("Waiting")
    sandbox = {"checksum_algorithm": "sha256", "checksum": "0" * 64, "size": 10, "format": "tar.zst"}
    pfn = ask(alice, "POST", "/api/jobs/sandbox", token=tokens["owner"], json=sandbox).json["pfn"]
    now = datetime.now(tz=UTC).isoformat()
    bodies = {
        "sandbox": sandbox,
        # many jobs are answered by pages, with 206
        "search": {"search": [{"parameter": "JobID", "operator": "eq", "value": job.id}]},
        "status": {str(job.id): {now: {"ApplicationStatus": unique}}},
        "metadata": {str(job.id): {"HostName": unique}},
    }
    asked = []
    for method, address, given, _ in TABLE:
        body = bodies[given] if isinstance(given, str) else given
        asked.append((method, address.format(job=job.id, pfn=pfn), body, [tokens[who] for who in ASKING]))
    with step(f"{len(TABLE)} questions by each of {', '.join(ASKING)}"):
        answers = alice.python(QUESTIONS, url="https://diracx:8000", questions=asked, limit=120)
    got = {
        f"{method} {address}": dict(zip(ASKING, row, strict=True))
        for (method, address, _, _), row in zip(TABLE, answers, strict=True)
    }
    wanted = {f"{method} {address}": dict(zip(ASKING, row, strict=True)) for method, address, _, row in TABLE}
    different = {
        f"{question} by {who}": (got[question][who], answer)
        for question, row in wanted.items()
        for who, answer in row.items()
        if got[question][who] != answer
    }
    assert different == {}
    with step("nobody's question changed the job, but for those who may"):
        assert job.status == "Waiting"


@scenario(
    "DX-06a",
    title="a search finds everybody's jobs, as DIRAC's monitoring does, and one's own only without GlobalJobsInfo",
    owner="diracx",
    needs=("diracx",),
    suites=("full",),
    limit=150,
    about=25,
    exclusive=True,
)
def test_search(alice, frank, ask, changed_configuration, diracx, jobs, server, step, tokens, wait_for):
    job = jobs.submit(alice, Executable="/bin/true")
    query = {"parameters": ["JobID", "Owner", "VO"],
             "search": [{"parameter": "JobID", "operator": "eq", "value": job.id}]}  # fmt: skip
    mine = [{"JobID": job.id, "Owner": "alice", "VO": "dteam"}]

    def found(user, who):
        return ask(user, "POST", "/api/jobs/search", token=tokens[who], json=query).json

    with step("as it is installed"):
        assert frank.rpc("WorkloadManagement/JobMonitoring", "getJobAttribute", job.id, "Owner") == "alice"
        assert found(frank, "stranger") == found(alice, "owner") == mine
    with changed_configuration({GLOBAL: "False"}), step("GlobalJobsInfo is off"):
        assert take_over(server, diracx).rc == 0
        wait_for(lambda: found(frank, "stranger") == [], limit=FRESH + 10, hint="DiracX to tell frank nothing of it")
        assert found(alice, "owner") == mine
        assert found(alice, "admin") == mine
    assert take_over(server, diracx).rc == 0
    wait_for(lambda: found(frank, "stranger") == mine, limit=FRESH + 10, hint="DiracX to tell of it again")


@scenario(
    "DX-06b",
    title="only a service of DIRAC that has the key gets tokens for others, and no more than these may have",
    owner="diracx",
    needs=("diracx",),
    limit=60,
    about=4,
)
def test_legacy_exchange(alice, ask, server, step):
    key = server.run(["sed", "-n", r"s/^ *LegacyExchangeApiKey *= *//p", "/opt/dirac/etc/dirac.cfg"]).out.strip()
    assert key.startswith("diracx:legacy:")

    def exchanged(name, scope, token=key):
        asked = {"preferred_username": name, "scope": scope}
        return ask(alice, "GET", "/api/auth/legacy-exchange", token=token, params=asked).status

    good = "vo:dteam group:dteam_user property:NormalUser"
    assert exchanged("alice", good) == 200
    with step("a wrong key, and what is no key"):
        other = "diracx:legacy:" + base64.urlsafe_b64encode(b"another key").decode()
        assert exchanged("alice", good, other) == 401
        assert exchanged("alice", good, "no key") in (400, 401)
    with step("somebody, a group, a VO that is not there; a group of others; properties of others"):
        assert exchanged("nobody", good) == 400
        assert exchanged("alice", "vo:dteam group:nosuchgroup") == 400
        assert exchanged("alice", "vo:nosuchvo group:dteam_user") == 400
        assert exchanged("alice", "vo:dteam group:dteam_prod") == 403
        assert exchanged("alice", "vo:dteam group:dteam_user property:TrustedHost") == 403
