"""DMS-01: a user's file lives on two storage elements, and dies on both, with the commands that users type."""

from zlib import adler32

from diraccert.certification.scenario import scenario

CATALOGUE = "DataManagement/FileCatalog"
#: Every value of a byte, so that nothing on the way may take the file for text.
CONTENT = bytes(range(256)) * 40


@scenario(
    "DMS-01",
    title="a user's file is uploaded, replicated, read back and removed; catalogue and storage agree at every step",
    owner="dms",
    replaces="tests/System/client_dms.sh",
    needs=("dips",),
    limit=90,
    about=8,
)
def test_file_life_cycle(alice, server, lfn, unique, step):
    content = CONTENT + unique.encode()
    checksum = f"{adler32(content):08x}"
    name = f"{unique}.dat"
    file = f"{lfn}/{name}"

    def replicas():
        return sorted(alice.rpc(CATALOGUE, "getReplicas", [file], False)["Successful"].get(file, {}))

    def stored():
        found = server.run(["find", "/opt/dirac/storage", "-type", "f", "-name", name]).out.split()
        return {path.split("/")[4]: path for path in found}

    with step("upload"):
        alice.put("mine.dat", content)
        alice.run(f"dirac-dms-add-file {file} mine.dat SE-1", real=True).ok()
        assert replicas() == ["SE-1"]
        assert sorted(stored()) == ["SE-1"]
        registered = alice.rpc(CATALOGUE, "getFileMetadata", [file])["Successful"][file]
        assert registered["Size"] == len(content)
        assert registered["Checksum"].lower() == checksum
        assert (registered["Owner"], registered["OwnerGroup"]) == ("alice", "dteam_user")

    with step("an LFN is written once"):
        alice.put("other.dat", b"another content")
        assert alice.run(f"dirac-dms-add-file {file} other.dat SE-2").rc != 0
        assert replicas() == ["SE-1"]
        assert sorted(stored()) == ["SE-1"]

    with step("replicate"):
        alice.run(f"dirac-dms-replicate-lfn {file} SE-2 SE-1").ok()
        assert replicas() == ["SE-1", "SE-2"]
        on_disk = stored()
        assert sorted(on_disk) == ["SE-1", "SE-2"]
        for element in ("SE-1", "SE-2"):
            assert server.read(on_disk[element]) == content

    with step("what the commands say of it"):
        assert checksum in alice.run(f"dirac-dms-lfn-metadata {file}").ok().out.lower()
        assert str(len(content)) in alice.run(f"dirac-dms-catalog-metadata {file}").ok().out
        listed = alice.run(f"dirac-dms-lfn-replicas {file}").ok().out
        assert "SE-1" in listed
        assert "SE-2" in listed
        urls = {alice.run(f"dirac-dms-lfn-accessURL {file} {element}").ok().out.split("'")[-2] for element in on_disk}
        assert len(urls) == 2
        assert all(url.startswith("dips://server:") and url.endswith(file) for url in urls)
        told = alice.run("dirac-dms-user-lfns").ok().text
        listing = told.split("have been put in ")[1].split()[0]
        assert file in alice.read(listing).decode().splitlines()

    with step("read it back"):
        alice.run(f"dirac-dms-get-file {file}").ok()
        assert alice.read(name) == content

    with step("remove one replica"):
        alice.run(f"dirac-dms-remove-replicas {file} SE-2").ok()
        assert replicas() == ["SE-1"]
        assert sorted(stored()) == ["SE-1"]

    with step("remove the file"):
        alice.run(f"dirac-dms-remove-files {file}").ok()
        missing = alice.rpc(CATALOGUE, "getReplicas", [file], False)
        assert (missing["Successful"], sorted(missing["Failed"])) == ({}, [file])
        assert stored() == {}
        assert "No such file" in alice.run(f"dirac-dms-lfn-replicas {file}").text
