"""DMS-04: metadata of directories and files, and what is found by them."""

import pytest

from diraccert.certification.scenario import scenario

CATALOGUE = "DataManagement/FileCatalog"

#: Runs below the two years, with the day of each; the third number sorts differently as text.
RUNS = {
    "real/run-1": (1, "2024-02-01"),
    "real/run-2": (2, "2024-06-15"),
    "real/run-10": (10, "2024-12-31"),
    "mc/run-20": (20, "2025-03-03"),
}
#: Metadata of single files.
EVENTS = {"real/run-1/a": 100, "real/run-2/a": 250, "real/run-10/b": 99, "mc/run-20/a": 1000}
COLOURS = {"real/run-1/a": "blue", "real/run-1/b": "red", "real/run-10/b": "black", "mc/run-20/b": "blue"}


@pytest.fixture
def fields(metadata_field):
    """The names of the fields that this scenario searches by."""
    return {
        "run": metadata_field("run", "int"),
        "kind": metadata_field("kind", "VARCHAR(64)"),
        "day": metadata_field("day", "date"),
        "events": metadata_field("events", "int", of="-f"),
        "colour": metadata_field("colour", "VARCHAR(64)", of="-f"),
    }


@pytest.fixture
def tree(alice, lfn, fields, register):
    """Eight files in four runs, with all their metadata."""
    names = [f"{run}/{name}" for run in RUNS for name in "ab"]
    assert register(alice, *(f"{lfn}/{name}" for name in names))["Failed"] == {}
    for kind in ("real", "mc"):
        alice.rpc(CATALOGUE, "setMetadata", f"{lfn}/{kind}", {fields["kind"]: kind})
    for run, (number, day) in RUNS.items():
        alice.rpc(CATALOGUE, "setMetadata", f"{lfn}/{run}", {fields["run"]: number, fields["day"]: f"{day} 12:00:00"})
    for name, events in EVENTS.items():
        alice.rpc(CATALOGUE, "setMetadata", f"{lfn}/{name}", {fields["events"]: events})
    for name, colour in COLOURS.items():
        alice.rpc(CATALOGUE, "setMetadata", f"{lfn}/{name}", {fields["colour"]: colour})
    return lfn


def both(*runs):
    """Both files of each run."""
    return {f"{run}/{name}" for run in runs for name in "ab"}


QUERIES = [
    ({"run": 2}, both("real/run-2")),
    ({"run": {">": 2}}, both("real/run-10", "mc/run-20")),
    ({"run": {">=": 2, "<": 20}}, both("real/run-2", "real/run-10")),
    ({"run": {"in": [1, 20, 77]}}, both("real/run-1", "mc/run-20")),
    ({"run": {"!=": 10}}, both("real/run-1", "real/run-2", "mc/run-20")),
    ({"run": 3}, set()),
    ({"kind": "mc"}, both("mc/run-20")),
    ({"kind": "real"}, both("real/run-1", "real/run-2", "real/run-10")),
    ({"kind": "real", "run": {">": 1}}, both("real/run-2", "real/run-10")),
    ({"kind": "mc", "run": {"<": 20}}, set()),
    ({"day": {">=": "2024-06-01 00:00:00", "<=": "2024-12-31 12:00:00"}}, both("real/run-2", "real/run-10")),
    ({"day": {"<": "2024-12-31 12:00:00"}}, both("real/run-1", "real/run-2")),
    ({"events": {">": 99, "<=": 250}}, {"real/run-1/a", "real/run-2/a"}),
    ({"events": 1000}, {"mc/run-20/a"}),
    ({"colour": "blue"}, {"real/run-1/a", "mc/run-20/b"}),
    ({"colour": {"in": ["red", "black"]}}, {"real/run-1/b", "real/run-10/b"}),
    ({"colour": "bl*"}, {"real/run-1/a", "real/run-10/b", "mc/run-20/b"}),
    ({"kind": "real", "colour": "blue"}, {"real/run-1/a"}),
    ({"run": {">": 1}, "events": {">=": 99}}, {"real/run-2/a", "real/run-10/b", "mc/run-20/a"}),
]


@scenario(
    "DMS-04a",
    title="files are found by whole numbers, words and dates of their directories and their own, and no others",
    owner="dms",
    replaces="tests/Integration/DataManagementSystem/Test_UserMetadata.py",
    limit=120,
    about=6,
)
def test_find_by_metadata(alice, bob, tree, fields, step):
    def found(query, path=tree, user=alice):
        named = {fields[name]: value for name, value in query.items()}
        lfns = user.rpc(CATALOGUE, "findFilesByMetadata", named, path)
        assert len(lfns) == len(set(lfns))
        return {lfn.removeprefix(f"{tree}/") for lfn in lfns}

    def metadata(path):
        return alice.rpc(CATALOGUE, "getDirectoryUserMetadata", path)

    with step("exact answers"):
        for query, expected in QUERIES:
            assert found(query) == expected, query

    with step("below a path, and for another user"):
        assert found({"run": {">": 0}}, f"{tree}/mc") == both("mc/run-20")
        assert found({"kind": "real"}, f"{tree}/real/run-2") == both("real/run-2")
        assert found({"run": 10}, user=bob) == both("real/run-10")

    with step("directories"):
        named = alice.rpc(CATALOGUE, "findDirectoriesByMetadata", {fields["run"]: {">=": 10}}, tree)
        assert sorted(named.values()) == [f"{tree}/mc/run-20", f"{tree}/real/run-10"]

    with step("a directory has the metadata of those above it"):
        below = metadata(f"{tree}/real/run-1")
        assert (below[fields["kind"]], below[fields["run"]]) == ("real", 1)
        assert str(below[fields["day"]])[:10] == "2024-02-01"
        assert sorted(metadata(f"{tree}/real")) == [fields["kind"]]
        own = alice.rpc(CATALOGUE, "getFileUserMetadata", f"{tree}/real/run-1/a")
        assert (own[fields["events"]], own[fields["colour"]]) == (100, "blue")

    with step("what is set above cannot be contradicted below"):
        refused = alice.rpc_raw(CATALOGUE, "setMetadata", f"{tree}/real/run-1", {fields["kind"]: "mc"})
        assert (refused["OK"], "conflict" in refused["Message"]) == (False, True)
        assert metadata(f"{tree}/real/run-1")[fields["kind"]] == "real"

    with step("a new value takes the place of the old one, a removed one is no longer found"):
        alice.rpc(CATALOGUE, "setMetadata", f"{tree}/real/run-2", {fields["run"]: 3})
        assert found({"run": 2}) == set()
        assert found({"run": 3}) == both("real/run-2")
        alice.rpc(CATALOGUE, "setMetadata", f"{tree}/real/run-1/a", {fields["colour"]: "green"})
        assert found({"colour": "blue"}) == {"mc/run-20/b"}
        alice.rpc(CATALOGUE, "removeMetadata", {f"{tree}/real/run-2": [fields["run"]]})
        assert found({"run": {">": 1}}) == both("real/run-10", "mc/run-20")

    with step("a parameter without an index is kept, and cannot be searched by"):
        alice.rpc(CATALOGUE, "setMetadata", f"{tree}/mc", {"certnote": "seen by nobody"})
        assert metadata(f"{tree}/mc/run-20")["certnote"] == "seen by nobody"

    with step("as users type it"):
        lines = (
            f"find -q {tree} {fields['run']}>=10\nfind -q {tree} {fields['kind']}=real {fields['colour']}=red\nquit\n"
        )
        said = alice.run("dirac-dms-filecatalog-cli", stdin=lines).ok().out
        listed = [word.removeprefix(f"{tree}/") for word in said.split() if word.startswith(f"{tree}/")]
        assert sorted(listed) == sorted([*both("real/run-10", "mc/run-20"), "real/run-1/b"])
        said = alice.run(["dirac-dms-find-lfns", f"Path={tree}", f"{fields['events']}>99"]).ok().text
        assert {f"{tree}/{name}" for name in ("real/run-1/a", "real/run-2/a", "mc/run-20/a")} == {
            word for word in said.split() if word.startswith(f"{tree}/")
        }


@scenario(
    "DMS-04b",
    title="a metadata field is made once with one type for files or for directories, and can be removed",
    owner="dms",
    replaces="tests/Integration/DataManagementSystem/Test_UserMetadata.py",
    suites=("full",),
    about=2,
    exclusive=True,  # an upload that runs beside the removal of a field fails
)
def test_fields(alice, unique, step):
    directories, files = (f"{unique.replace('-', '_')}_{word}" for word in ("d", "f"))

    def known():
        fields = alice.rpc(CATALOGUE, "getMetadataFields")
        kinds = (fields["DirectoryMetaFields"], fields["FileMetaFields"])
        return [(kind.get(directories), kind.get(files)) for kind in kinds]

    def refused(name, kind, of):
        return not alice.rpc_raw(CATALOGUE, "addMetadataField", name, kind, of)["OK"]

    with step("make one of each"):
        alice.rpc(CATALOGUE, "addMetadataField", directories, "int", "-d")
        alice.rpc(CATALOGUE, "addMetadataField", files, "VARCHAR(16)", "-f")
        assert known() == [("int", None), (None, "VARCHAR(16)")]
    with step("a name has one meaning"):
        assert refused(directories, "VARCHAR(16)", "-d")
        assert refused(directories, "int", "-f")
        assert refused(files, "VARCHAR(16)", "-d")
        assert known() == [("int", None), (None, "VARCHAR(16)")]
    with step("remove them"):
        alice.rpc(CATALOGUE, "deleteMetadataField", directories)
        alice.rpc(CATALOGUE, "deleteMetadataField", files)
        assert known() == [(None, None), (None, None)]
