"""DMS-03: who may change what in the catalogue, and changes of mode, owner and group of several paths in one call."""

from diraccert.certification.scenario import scenario

CATALOGUE = "DataManagement/FileCatalog"
CLIENT = "DIRAC.Resources.Catalog.FileCatalogClient:FileCatalogClient"

#: Mode of alice's directory: who may write into it. Bob is of her group, frank of another VO, and carol's group has
#: the property FileCatalogManagement, which no mode stops.
WRITERS = {
    0o755: {"alice", "carol"},
    0o775: {"alice", "bob", "carol"},
    0o757: {"alice", "frank", "bob", "carol"},
    0o555: {"carol"},
}


def files_of(user, folder):
    """The names of the files in a folder, as the catalogue lists them to this user."""
    listing = user.rpc(CATALOGUE, "listDirectory", [folder], False)["Successful"][folder]
    return {path.rpartition("/")[2] for path in listing["Files"]}


def properties(user, paths):
    """Mode, owner and group of each path, in the order asked for."""
    found = user.rpc(CATALOGUE, "getFileMetadata", paths)["Successful"]
    return [(found[path]["Mode"] & 0o777, found[path]["Owner"], found[path]["OwnerGroup"]) for path in paths]


@scenario(
    "DMS-03a",
    title="mode, owner and group of several files and of a whole tree change in one call, and of no other path",
    owner="dms",
    replaces="tests/Integration/DataManagementSystem/Test_Client_DFC.py",
    limit=120,
    about=5,
)
def test_several_paths_at_once(alice, bob, carol, frank, lfn, register, step):
    files = [f"{lfn}/top/file-{number}" for number in range(3)]
    deep = f"{lfn}/top/below/file-3"
    assert register(alice, *files, deep)["Failed"] == {}
    # The catalogue knows who has spoken to it: bob and frank must have, before something can be given to them.
    for user in (bob, frank):
        user.rpc(CATALOGUE, "getPathPermissions", [lfn])
    before = properties(alice, files)[0]
    assert before[1:] == ("alice", "dteam_user")

    with step("change the mode of two of three files"):
        changed = alice.call(CLIENT, "changePathMode", {files[0]: 0o640, files[1]: 0o600})
        assert sorted(changed["Successful"]) == files[:2]
        assert properties(alice, files) == [
            (0o640, "alice", "dteam_user"),
            (0o600, "alice", "dteam_user"),
            before,
        ]

    with step("give them to other people and another group"):
        changed = carol.call(CLIENT, "changePathOwner", {files[0]: "bob", files[1]: "frank"})
        assert sorted(changed["Successful"]) == files[:2]
        changed = carol.call(CLIENT, "changePathGroup", {files[0]: "gridpp_user", files[1]: "dteam_prod"})
        assert sorted(changed["Successful"]) == files[:2]
        assert properties(alice, files) == [
            (0o640, "bob", "gridpp_user"),
            (0o600, "frank", "dteam_prod"),
            before,
        ]

    with step("a path that does not exist fails alone"):
        changed = alice.call(CLIENT, "changePathMode", {files[2]: 0o444, f"{lfn}/nowhere": 0o444})
        assert sorted(changed["Successful"]) == [files[2]]
        assert sorted(changed["Failed"]) == [f"{lfn}/nowhere"]
        assert properties(alice, files)[2] == (0o444, "alice", "dteam_user")

    with step("a whole tree"):
        changed = carol.call(CLIENT, "changePathOwner", {f"{lfn}/top": "bob"}, True)
        assert sorted(changed["Successful"]) == [f"{lfn}/top"]
        assert [owner for _mode, owner, _group in properties(alice, [*files, deep])] == ["bob"] * 4
        folders = [f"{lfn}/top", f"{lfn}/top/below", lfn]
        found = alice.rpc(CATALOGUE, "getDirectoryMetadata", folders)["Successful"]
        assert [found[path]["Owner"] for path in folders] == ["bob", "bob", "alice"]


@scenario(
    "DMS-03b",
    title="owner, group, others and administrators write where the mode lets them, and nowhere else; all may read",
    owner="dms",
    replaces="tests/Integration/DataManagementSystem/Test_Client_DFC.py",
    limit=120,
    about=7,
)
def test_permission_matrix(alice, bob, carol, frank, lfn, register, step):
    people = (alice, bob, carol, frank)
    for mode, writers in WRITERS.items():
        folder = f"{lfn}/{mode:o}"
        with step(f"a directory of alice with mode {mode:o}"):
            alice.rpc(CATALOGUE, "createDirectory", [folder])
            assert alice.call(CLIENT, "changePathMode", {folder: mode})["Successful"] == {folder: True}
            for user in people:
                register(user, f"{folder}/{user.name}")
            assert files_of(carol, folder) == writers
            asked = {
                user.name: user.rpc(CATALOGUE, "hasAccess", {folder: True}, "Write")["Successful"] for user in people
            }
            assert {name for name, answer in asked.items() if answer[folder]} == writers
            assert files_of(frank, folder) == writers, "every user may read"

    folder = f"{lfn}/755"
    file = f"{folder}/alice"
    with step("others change nothing of alice's file"):
        before = properties(alice, [file])
        for stranger in (bob, frank):
            changes = {
                "changePathMode": 0o777,
                "changePathOwner": stranger.name,
                "changePathGroup": stranger.group,
            }
            for method, value in changes.items():
                refused = stranger.call(CLIENT, method, {file: value})
                assert (refused["Successful"], refused["Failed"]) == ({}, {file: "Permission denied"})
            refused = stranger.rpc(CATALOGUE, "removeFile", [file])
            assert (refused["Successful"], refused["Failed"]) == ({}, {file: "Permission denied"})
            refused = stranger.rpc_raw(CATALOGUE, "setMetadata", folder, {"cert": stranger.name})
            assert refused["OK"] is False
        assert properties(alice, [file]) == before

    with step("an administrator opens the closed directory again"):
        closed = f"{lfn}/555"
        assert register(alice, f"{closed}/again")["Failed"] == {f"{closed}/again": "Permission denied"}
        assert carol.call(CLIENT, "changePathMode", {closed: 0o755})["Successful"] == {closed: True}
        assert register(alice, f"{closed}/again")["Failed"] == {}
        assert files_of(alice, closed) == {"carol", "again"}
