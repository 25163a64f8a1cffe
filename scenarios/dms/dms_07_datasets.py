"""DMS-07: datasets, as `dataset ...` of the catalogue's command line has them."""

import pytest

from diraccert.certification.scenario import scenario

CATALOGUE = "DataManagement/FileCatalog"


def only(answer, name):
    """The value of the one name that a bulk call was asked for."""
    assert answer["Failed"] == {}
    return answer["Successful"][name]


@pytest.fixture
def campaign(alice, lfn, unique, metadata_field, register):
    """A directory of two files of 100 and 23 bytes with metadata of their own, and the query that finds them."""
    field = metadata_field("campaign", "VARCHAR(64)")
    assert register(alice, f"{lfn}/data/one", element="SE-1", size=100)["Failed"] == {}
    assert register(alice, f"{lfn}/data/two", element="SE-2", size=23)["Failed"] == {}
    alice.rpc(CATALOGUE, "setMetadata", f"{lfn}/data", {field: unique})
    return f"{field}={unique}"


@pytest.fixture
def dataset(alice, lfn, unique, campaign):
    """The short name of a dataset in the directory ``{lfn}/sets`` over the files of the campaign."""
    assert alice.rpc(CATALOGUE, "createDirectory", [f"{lfn}/sets"])["Failed"] == {}
    assert "Successfully added dataset" in typed(alice, f"dataset add {lfn}/sets/{unique} {campaign}")
    yield unique
    alice.rpc(CATALOGUE, "removeDataset", {unique: ""})


def typed(user, *lines):
    """What the catalogue's command line says to these lines."""
    return user.run("dirac-dms-filecatalog-cli", stdin="\n".join((*lines, "quit", ""))).ok().out


def shown(user, name):
    """Status, size and number of files, as the list of datasets shows them."""
    kept = only(user.rpc(CATALOGUE, "getDatasets", {name: ""}), name)[name]
    return (kept["Status"], kept["TotalSize"], kept["NumberOfFiles"])


def files_in(user, name):
    """The names of the files of a dataset."""
    return sorted(path.rpartition("/")[2] for path in only(user.rpc(CATALOGUE, "getDatasetFiles", {name: ""}), name))


@scenario(
    "DMS-07a",
    title="a dataset is defined, shown, annotated, checked, updated and removed, and its directory can be listed",
    owner="dms",
    replaces="DIRACGrid/DIRAC#3317",
    limit=120,
    about=4,
)
def test_dataset(alice, lfn, unique, dataset, register, step):
    folder = f"{lfn}/sets"

    def listed(verbose):
        return only(alice.rpc(CATALOGUE, "listDirectory", [folder], verbose), folder)

    with step("show"):
        assert shown(alice, dataset) == ("Dynamic", 123, 2)
        kept = only(alice.rpc(CATALOGUE, "getDatasets", {dataset: ""}), dataset)[dataset]
        assert (kept["Owner"], kept["OwnerGroup"]) == ("alice", "dteam_user")
        assert unique in kept["MetaQuery"].values()
        said = typed(alice, f"dataset show {dataset}", f"dataset show -l {dataset}")
        assert said.split().count(dataset) == 1
        assert f"{dataset}:" in said.split()

    with step("annotate"):
        typed(alice, f"dataset annotate {folder}/{dataset} taken on a rainy day")
        assert only(alice.rpc(CATALOGUE, "getDatasetAnnotation", {dataset: ""}), dataset) == "taken on a rainy day"

    with step("its directory can be listed"):
        for verbose in (False, True):
            found = listed(verbose)
            assert list(found["Datasets"]) == [dataset]
            assert (found["Files"], found["SubDirs"]) == ({}, {})
        assert listed(True)["Datasets"][dataset]["Annotation"] == "taken on a rainy day"
        assert dataset in typed(alice, f"ls {folder}")
        assert dataset in typed(alice, f"ls -l {folder}")

    with step("check and update when a file is added"):
        assert only(alice.rpc(CATALOGUE, "checkDataset", {dataset: ""}), dataset) == {}
        register(alice, f"{lfn}/data/three", size=1000)
        changed = only(alice.rpc(CATALOGUE, "checkDataset", {dataset: ""}), dataset)
        assert {key: tuple(changed[key]) for key in ("TotalSize", "NumberOfFiles")} == {
            "TotalSize": (123, 1123), "NumberOfFiles": (2, 3),
        }  # fmt: skip
        assert shown(alice, dataset) == ("Dynamic", 123, 2)
        assert "Successfully updated" in typed(alice, f"dataset update {dataset}")
        assert shown(alice, dataset) == ("Dynamic", 1123, 3)

    with step("a second one of the same name is refused"):
        again = alice.rpc(CATALOGUE, "addDataset", {f"{folder}/{dataset}": {"Path": lfn}})
        assert (again["Successful"], sorted(again["Failed"])) == ({}, [f"{folder}/{dataset}"])

    with step("remove"):
        assert "Successfully removed" in typed(alice, f"dataset rm {dataset}")
        assert listed(False)["Datasets"] == {}
        assert only(alice.rpc(CATALOGUE, "getDatasets", {dataset: ""}), dataset) == {}
        left = only(alice.rpc(CATALOGUE, "listDirectory", [f"{lfn}/data"], False), f"{lfn}/data")["Files"]
        assert sorted(left) == ["one", "three", "two"]


@scenario(
    "DMS-07b",
    title="a dataset says which files it has, where they are, and how it stands",
    owner="dms",
    suites=("full",),
    about=2,
)
def test_files_of_dataset(alice, lfn, dataset, step):
    with step("files"):
        assert files_in(alice, dataset) == ["one", "two"]
        assert files_in(alice, f"{lfn}/sets/{dataset}") == ["one", "two"]
        said = typed(alice, f"dataset files {dataset}")
        assert {word for word in said.split() if word.startswith(lfn)} == {f"{lfn}/data/one", f"{lfn}/data/two"}
    with step("replicas"):
        lfns = only(alice.rpc(CATALOGUE, "getDatasetFiles", {dataset: ""}), dataset)
        replicas = alice.rpc(CATALOGUE, "getReplicas", lfns, False)["Successful"]
        where = {path.removeprefix(f"{lfn}/data/"): list(elements) for path, elements in replicas.items()}
        assert where == {"one": ["SE-1"], "two": ["SE-2"]}
    with step("status"):
        kept = only(alice.rpc(CATALOGUE, "getDatasetParameters", {dataset: ""}), dataset)
        assert (kept["Status"], kept["TotalSize"], kept["NumberOfFiles"]) == ("Dynamic", 123, 2)
        assert "Dynamic" in typed(alice, f"dataset status {dataset}")


@scenario(
    "DMS-07c",
    title="a frozen dataset keeps its contents, a released one follows its query again",
    owner="dms",
    suites=("full",),
    about=2,
)
def test_freeze(alice, lfn, dataset, register, step):
    with step("freeze"):
        assert only(alice.rpc(CATALOGUE, "freezeDataset", {dataset: ""}), dataset) is True
        assert shown(alice, dataset)[0] == "Frozen"
        register(alice, f"{lfn}/data/zulu", size=1000)
        assert files_in(alice, dataset) == ["one", "two"]
    with step("release"):
        assert only(alice.rpc(CATALOGUE, "releaseDataset", {dataset: ""}), dataset) is True
        assert shown(alice, dataset)[0] == "Dynamic"
        assert files_in(alice, dataset) == ["one", "two", "zulu"]


@scenario(
    "DMS-07d",
    title="a dataset is checked and removed by the full path that it was defined with",
    owner="dms",
    suites=("full",),
    about=2,
)
def test_by_full_path(alice, lfn, dataset, step):
    path = f"{lfn}/sets/{dataset}"
    alice.rpc(CATALOGUE, "removeFile", [f"{lfn}/data/two"])
    with step("check"):
        changed = only(alice.rpc(CATALOGUE, "checkDataset", {path: ""}), path)
        assert sorted(changed) == ["DatasetHash", "NumberOfFiles", "TotalSize"]
    with step("remove"):
        assert only(alice.rpc(CATALOGUE, "removeDataset", {path: ""}), path) is True
        assert only(alice.rpc(CATALOGUE, "listDirectory", [f"{lfn}/sets"], False), f"{lfn}/sets")["Datasets"] == {}


@scenario(
    "DMS-07e",
    title="a dataset is defined in a directory that is not there yet",
    owner="dms",
    suites=("full",),
    about=2,
)
def test_in_a_new_directory(alice, lfn, unique, campaign):
    assert "Successfully added dataset" in typed(alice, f"dataset add {lfn}/new/{unique} {campaign}")
    assert shown(alice, unique) == ("Dynamic", 123, 2)
    alice.rpc(CATALOGUE, "removeDataset", {unique: ""})
