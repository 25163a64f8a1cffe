"""RSS-01: an administrator sets the status of a site and a storage element; it is seen, kept, owned, and ends.

The storage element is the scenario's own: a row of the resource status that no configuration names. The site is
the spare one, at which nothing runs.
"""

from diraccert.certification.scenario import scenario

STATUS_TYPES = ("CheckAccess", "ReadAccess", "RemoveAccess", "WriteAccess")
#: Whom an element belongs to while nobody holds its token: the resource status system itself.
NOBODY = "rs_svc"
SPARE_SITE = "DIRAC.Spare.org"
STATUS = "ResourceStatus/ResourceStatus"
ADMIN = "DIRAC.Interfaces.API.DiracAdmin:DiracAdmin"
SUMMARIZE = "ResourceStatus/SummarizeLogsAgent"


def rows(user, table, name, *columns):
    """The rows of an element in a table of the resource status, as dictionaries of these columns."""
    wanted = {"Name": name, "Meta": {"columns": list(columns)}}
    found = user.rpc(STATUS, "select", table, wanted)
    return [dict(zip(columns, row, strict=True)) for row in found]


def statuses(user, name):
    return {row["StatusType"]: row["Status"] for row in rows(user, "ResourceStatus", name, "StatusType", "Status")}


def owners(user, name):
    return {row["TokenOwner"] for row in rows(user, "ResourceStatus", name, "TokenOwner")}


def refused(done):
    """A refusal says why in words."""
    assert done.rc != 0 or "not authorized" in done.text.lower() or "unauthorized" in done.text.lower(), done.text
    assert "Traceback" not in done.text
    assert done.text.strip()
    return True


@scenario(
    "RSS-01",
    title="the status of a storage element is added, listed, set, owned by token, given back and expired",
    owner="rss",
    replaces="tests/System/rss_scripts.sh",
    limit=180,
    about=8,
)
def test_storage_element_status(alice, carol, dave, unique, cycle, step):
    name = f"{unique}-SE"
    element = f"--element=Resource --name={name}"

    with step("add"):
        for status_type in STATUS_TYPES:
            row = {"Name": name, "StatusType": status_type, "Status": "Active", "Reason": unique}
            dave.rpc(STATUS, "insert", "ResourceStatus", row | {"ElementType": "StorageElement", "TokenOwner": "dave"})
        assert statuses(alice, name) == dict.fromkeys(STATUS_TYPES, "Active")
        listed = alice.run(f"dirac-rss-list-status {element}").ok().out
        for status_type in STATUS_TYPES:
            assert any({status_type, "Active", "dave"} <= set(line.split()) for line in listed.splitlines()), listed

    with step("ban reading only"):
        done = dave.run(
            f"dirac-rss-set-status {element} --statusType=ReadAccess --status=Banned --reason={unique}-ban"
        ).ok()
        assert "TokenOwner is dave" in done.out
        assert statuses(alice, name) == {**dict.fromkeys(STATUS_TYPES, "Active"), "ReadAccess": "Banned"}
        assert {"StatusType": "ReadAccess", "Reason": f"{unique}-ban"} in rows(
            alice, "ResourceStatus", name, "StatusType", "Reason"
        )
        banned = alice.run(f"dirac-rss-list-status {element} --status=Banned").ok().out
        assert "ReadAccess" in banned
        assert "WriteAccess" not in banned

    with step("only who manages sites may"):
        assert refused(alice.run(f"dirac-rss-set-status {element} --status=Banned --reason={unique}-intruder"))
        assert statuses(dave, name)["WriteAccess"] == "Active"

    with step("the ban is in the history"):
        cycle(SUMMARIZE)
        kept = rows(alice, "ResourceHistory", name, "StatusType", "Status", "Reason", "TokenOwner")
        ban = {"StatusType": "ReadAccess", "Status": "Banned", "Reason": f"{unique}-ban", "TokenOwner": "dave"}
        assert kept == [ban]

    with step("carol takes the token, gives it back"):
        carol.run(f"dirac-rss-set-token {element} --reason={unique}-token --days=2").ok()
        assert owners(alice, name) == {"carol"}
        carol.run(f"dirac-rss-set-token {element} --reason={unique}-release --releaseToken").ok()
        assert owners(alice, name) == {NOBODY}

    with step("a token that has expired is taken back"):
        dave.run(f"dirac-rss-set-token {element} --reason={unique}-short --days=0").ok()
        cycle("ResourceStatus/TokenAgent")
        assert owners(alice, name) == {NOBODY}

    with step("delete"):
        dave.rpc(STATUS, "delete", "ResourceStatus", {"Name": name})
        assert rows(alice, "ResourceStatus", name, "StatusType") == []


@scenario(
    "RSS-01b",
    title="a site is banned and allowed again, with its history; a user may not",
    owner="rss",
    replaces="tests/System/rss_scripts.sh",
    limit=180,
    about=8,
)
def test_site_status(alice, dave, unique, cycle, step):
    def site():
        return rows(alice, "SiteStatus", SPARE_SITE, "Status", "Reason", "TokenOwner")[0]

    def mask():
        return SPARE_SITE in alice.call(ADMIN, "getSiteMask")

    dave.run(f"dirac-admin-allow-site --email=False {SPARE_SITE} {unique}-before").ok()
    assert mask()

    with step("a user may not ban"):
        assert refused(alice.run(f"dirac-admin-ban-site --email=False {SPARE_SITE} {unique}-intruder"))
        assert site()["Status"] == "Active"

    with step("ban"):
        dave.run(f"dirac-admin-ban-site --email=False {SPARE_SITE} {unique}-ban").ok()
        assert site() == {"Status": "Banned", "Reason": f"{unique}-ban", "TokenOwner": "dave"}
        assert not mask()
        assert SPARE_SITE in alice.run("dirac-admin-get-banned-sites").ok().out
        again = dave.run(f"dirac-admin-ban-site --email=False {SPARE_SITE} {unique}-again").ok()
        assert "already Banned" in again.out
        cycle(SUMMARIZE)

    with step("allow"):
        dave.run(f"dirac-admin-allow-site --email=False {SPARE_SITE} {unique}-allow").ok()
        assert site() == {"Status": "Active", "Reason": f"{unique}-allow", "TokenOwner": "dave"}
        assert mask()
        assert SPARE_SITE not in alice.run("dirac-admin-get-banned-sites").ok().out
        cycle(SUMMARIZE)

    with step("both are in the history"):
        history = rows(alice, "SiteHistory", SPARE_SITE, "Status", "Reason")
        mine = [(row["Status"], row["Reason"]) for row in history if row["Reason"].startswith(unique)]
        assert [entry for entry in mine if not entry[1].endswith("-before")] == [
            ("Banned", f"{unique}-ban"), ("Active", f"{unique}-allow"),
        ]  # fmt: skip

    with step("a site that does not exist"):
        unknown = dave.run(f"dirac-admin-ban-site --email=False DIRAC.{unique}.org why")
        assert refused(unknown)
        assert "not in list of defined sites" in unknown.text


@scenario(
    "RSS-01c",
    title="dirac-rss-query-db adds, selects, modifies and deletes",
    owner="rss",
    replaces="tests/System/rss_scripts.sh",
    suites=("full",),
    limit=60,
    about=4,
)
def test_query_db(dave, unique, step):
    name = f"{unique}-SE"

    def query(what, *options):
        words = f"dirac-rss-query-db {what} resource status --name={name} --statusType=ReadAccess".split()
        return dave.run([*words, *options]).ok().out

    with step("add, select"):
        query("add", "--elementType=StorageElement", "--status=Active", f"--reason={unique}")
        assert statuses(dave, name) == {"ReadAccess": "Active"}
        assert unique in query("select")
    with step("modify, delete"):
        query("modify", "--status=Banned", f"--reason={unique}")
        assert statuses(dave, name) == {"ReadAccess": "Banned"}
        query("delete")
        assert statuses(dave, name) == {}


@scenario(
    "RSS-01d",
    title="dirac-admin-get-site-mask prints the sites that are open",
    owner="rss",
    replaces="tests/System/rss_scripts.sh",
    suites=("full",),
    limit=60,
    about=2,
)
def test_site_mask_is_printed(alice):
    done = alice.run("dirac-admin-get-site-mask").ok()
    assert sorted(done.out.split()) == sorted(alice.call(ADMIN, "getSiteMask"))


@scenario(
    "RSS-01e",
    title="every change of a status before the first summary is in the history",
    owner="rss",
    suites=("full",),
    limit=60,
    about=6,
)
def test_whole_history(dave, unique, cycle, step):
    name = f"{unique}-SE"
    row = {"Name": name, "StatusType": "ReadAccess", "Status": "Active", "Reason": unique}
    dave.rpc(STATUS, "insert", "ResourceStatus", row | {"ElementType": "StorageElement"})
    for status in ("Degraded", "Banned", "Active"):
        dave.rpc(STATUS, "addOrModify", "ResourceStatus", row | {"Status": status})
    cycle(SUMMARIZE)
    assert [row["Status"] for row in rows(dave, "ResourceHistory", name, "Status")] == ["Degraded", "Banned", "Active"]
    dave.rpc(STATUS, "delete", "ResourceStatus", {"Name": name})
