"""RMS-01: a user asks for files to be put, replicated and removed, and the request system does it later."""

from zlib import adler32

import pytest

from diraccert.certification.scenario import scenario

AGENT = "RequestManagement/RequestExecutingAgent"
CATALOGUE = "DataManagement/FileCatalog"
REQUESTS = "RequestManagement/ReqManager"
#: Until then a request was executed with a proxy that has VOMS attributes, whether or not its group has any (release
#: notes of 8.0.39, #7479); and no VOMS server is here.
WITHOUT_VOMS = ">=8.0.39"


@pytest.fixture
def source(client, server, unique):
    """A file under the same path where the request is made and where it is executed: its path and its bytes."""
    path, content = f"/tmp/{unique}.dat", f"{unique}\n".encode() * 500
    for host in (client, server):
        host.put(path, content, 0o644, "root")
    yield path, content
    for host in (client, server):
        host.run(["rm", "-f", path])


@pytest.fixture
def execute(alice, cycle, wait_for):
    """``execute(first, ...)``: one cycle of the agent for these requests, and their final statuses."""

    def statuses(requests):
        return [alice.rpc(REQUESTS, "getRequestStatus", request) for request in requests]

    def run(*requests):
        # The cycle of another scenario may be faster: it takes every request that waits.
        cycle(AGENT)
        wait_for(
            lambda: not {"Waiting", "Assigned"}.intersection(statuses(requests)), limit=30, hint="the requests' ends"
        )
        return statuses(requests)

    return run


@pytest.fixture
def stored(server):
    """``stored(file)``: the bytes of a file by storage element, as they lie on the server's disk."""

    def read(file):
        found = server.run(["find", "/opt/dirac/storage", "-type", "f", "-path", f"*{file}"]).out.split()
        return {path.split("/")[4]: server.read(path) for path in found}

    return read


def replicas_of(user, lfn):
    """The storage elements that the catalogue names for a file, [] when it knows no such file."""
    return sorted(user.rpc(CATALOGUE, "getReplicas", [lfn], False)["Successful"].get(lfn, {}))


def made(command, user):
    """The id of the request that a command has made for this user."""
    words = command.ok().text.replace("'", " ").split()
    name = words[words.index("Request") + 1]
    return int(name) if name.isdecimal() else user.rpc(REQUESTS, "getRequestIDForName", name)


@scenario(
    "RMS-01a",
    title="requests put, replicate and remove files; each ends Done, and catalogue and storage show it",
    owner="rms",
    replaces="tests/System/rms_scripts.sh",
    needs=("agents", "dips"),
    lines=WITHOUT_VOMS,
    limit=180,
    about=20,
)
def test_requests(alice, lfn, unique, source, execute, stored, step):
    path, content = source
    put, copied, removed = (f"{lfn}/{name}.dat" for name in ("put", "copied", "removed"))
    alice.put("mine.dat", content)
    alice.put("upload.txt", f"{copied} mine.dat SE-1\n{removed} mine.dat SE-1\n")
    alice.run("dirac-dms-add-file upload.txt").ok()
    # before anything is asked for: the agent that another scenario starts takes every request that it finds
    assert (replicas_of(alice, put), replicas_of(alice, copied)) == ([], ["SE-1"])

    with step("ask"):
        requests = [
            made(alice.run(f"dirac-dms-put-and-register-request {unique}-put {put} {path} SE-1"), alice),
            copy(alice, f"{unique}-copy", copied),
            made(alice.run(f"dirac-dms-create-removal-request All {removed}"), alice),
        ]
    with step("all of it is done"):
        assert execute(*requests) == ["Done"] * 3
        told = alice.run(f"dirac-rms-request {requests[0]}").ok().text
        assert f"Request name='{unique}-put' ID={requests[0]} Status='Done'" in told
    with step("the file was put"):
        assert replicas_of(alice, put) == ["SE-1"]
        assert stored(put) == {"SE-1": content}
        registered = alice.rpc(CATALOGUE, "getFileMetadata", [put])["Successful"][put]
        assert (registered["Size"], registered["Checksum"].lower()) == (len(content), f"{adler32(content):08x}")
        assert (registered["Owner"], registered["OwnerGroup"]) == ("alice", "dteam_user")
    with step("the second was replicated"):
        assert replicas_of(alice, copied) == ["SE-1", "SE-2"]
        assert stored(copied) == {"SE-1": content, "SE-2": content}
    with step("the third is gone"):
        missing = alice.rpc(CATALOGUE, "getReplicas", [removed], False)
        assert (missing["Successful"], sorted(missing["Failed"])) == ({}, [removed])
        assert stored(removed) == {}


@scenario(
    "RMS-01b",
    title="a request removes one replica only; replicas that are lost or changed are not copied, and it is said why",
    owner="rms",
    replaces="tests/System/rms_scripts.sh",
    needs=("agents", "dips"),
    suites=("full",),
    lines=WITHOUT_VOMS,
    limit=120,
    about=15,
)
def test_one_replica_and_failures(alice, server, lfn, unique, execute, stored, step):
    files = {name: f"{lfn}/{name}.dat" for name in ("two", "lost", "changed")}
    for name, file in files.items():
        alice.put(f"{name}.dat", f"{unique} {name}")
        alice.run(f"dirac-dms-add-file {file} {name}.dat SE-1").ok()
    alice.run(f"dirac-dms-replicate-lfn {files['two']} SE-2").ok()

    with step("somebody damages the storage"):
        for name, harm in (
            ("lost", 'rm "$1"'),
            ("changed", 'tr a-z b-za <"$1" >/tmp/$$ && cat /tmp/$$ >"$1" && rm /tmp/$$'),
        ):
            disk = f"/opt/dirac/storage/SE-1{files[name]}"
            assert server.run(["sh", "-c", harm, "sh", disk]).rc == 0

    with step("ask for all of it"):
        copies = {name: copy(alice, f"{unique}-{name}", files[name]) for name in ("lost", "changed")}
        remove = made(alice.run(f"dirac-dms-create-removal-request SE-1 {files['two']}"), alice)
        assert execute(remove, *copies.values()) == ["Done", "Failed", "Failed"]
    with step("one replica is left"):
        assert replicas_of(alice, files["two"]) == ["SE-2"]
        assert list(stored(files["two"])) == ["SE-2"]
    with step("nothing was copied, and the requests say why"):
        for name, reason in (("lost", "File doesn't exist"), ("changed", "All replicas have a bad checksum")):
            assert replicas_of(alice, files[name]) == ["SE-1"]
            told = alice.run(f"dirac-rms-request {copies[name]} --Full").ok().text
            assert reason in told


def copy(user, name, file):
    """The id of a new request for a copy of a file on SE-2."""
    return made(user.run(f"dirac-dms-replicate-and-register-request {name} {file} SE-2"), user)
